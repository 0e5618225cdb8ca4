"""A decider without rules: it passes every record on. What is lost or doubled beside it is the runtime's doing."""

from collections.abc import Mapping

from yidi.domain.identities import content_hash
from yidi.runtime.decider import ATTEMPT_HEADER, NOTHING, About, Decision, Outgoing, Put, Record, View

SEEN = "seen"
COUNT = "count"


class Relay:
    """Passes each record of an input topic to the topic its route names, once: effects are keyed by content.

    It counts what it passed in the row `count/total` of its partition, the effect that must never happen twice.
    """

    def __init__(self, service: str, routes: Mapping[str, str], references: tuple[str, ...] = ()) -> None:
        self._service = service
        self._routes = dict(routes)
        self._references = references

    @property
    def service(self) -> str:
        return self._service

    @property
    def inputs(self) -> tuple[str, ...]:
        return tuple(self._routes)

    @property
    def references(self) -> tuple[str, ...]:
        return self._references

    def decide(self, view: View, record: Record, now_ms: int) -> Decision:  # noqa: ARG002 — the port's shape
        assert record.value is not None
        if record.topic in self._references:
            return Decision((Put("reference", record.topic, record.value),))
        identity = content_hash(record.value).hex()
        if view.get(SEEN, identity) is not None:
            return NOTHING
        total = int(view.get(COUNT, "total") or b"0") + 1
        changes = (Put(SEEN, identity, b"1"), Put(COUNT, "total", str(total).encode()))
        headers = ((ATTEMPT_HEADER, str(record.attempt).encode()),) if record.attempt > 1 else ()
        return Decision(changes, (Outgoing(self._routes[record.topic], record.key or b"", record.value, headers),))

    def due(self, view: View, timer: str, now_ms: int) -> Decision:  # noqa: ARG002 — the port's shape
        return NOTHING

    def about(self, record: Record) -> About:  # noqa: ARG002 — the port's shape
        return About()
