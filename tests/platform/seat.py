"""The platform in a chair: its state in a dict, records put in, messages looked at."""

from typing import Any

from tests.platform import samples
from yidi.contract import topics
from yidi.contract.codec import FORWARDED_REQUEST, JOURNAL_ENTRY, SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.platform.deadlines import Deadlines
from yidi.platform.service import Platform
from yidi.runtime.decider import Decision, Outgoing, Record
from yidi.runtime.memory import MemoryView

INBOXES = ("default", "own")
DEADLINES = Deadlines(visit_ms=1_000, stay_ms=2_000, reversal_ms=500, again_ms=100, again_ms_max=300, asks_max=4)


class Seat:
    """Applies every decision, and keeps every message in order. Refusals that raise are handed to the test."""

    def __init__(self) -> None:
        self.platform = Platform(INBOXES, DEADLINES)
        self.view = MemoryView()
        self.now_ms = samples.NOW_MS
        self.sent: list[Outgoing] = []

    def put(self, record: Record) -> Decision:
        return self._applied(self.platform.decide(self.view, record, self.now_ms))

    def refused(self, record: Record) -> Refusal:
        """The refusal that deciding raises; the state stays as it was."""
        before = dict(self.view.rows)
        try:
            self.platform.decide(self.view, record, self.now_ms)
        except Refusal as refusal:
            assert self.view.rows == before
            return refusal
        raise AssertionError("nothing was refused")

    def publish(self, *references: Any) -> None:
        for record in references:
            assert self.put(samples.published(record)).messages == ()

    def wait(self, elapsed_ms: int) -> list[Decision]:
        """Let time pass; every timer that comes due fires once, in order."""
        self.now_ms += elapsed_ms
        fired = []
        while due := sorted((at, name) for name, at in self.view.timers.items() if at <= self.now_ms):
            at, name = due[0]
            del self.view.timers[name]
            fired.append(self._applied(self.platform.due(self.view, name, at)))
        return fired

    def _applied(self, decision: Decision) -> Decision:
        self.view.apply(decision)
        self.sent += decision.messages
        return decision


def seat(*references: Any) -> Seat:
    """A platform that knows the places, the institutions, one person with one filing, and what is given beside."""
    taken = Seat()
    taken.publish(
        samples.region(samples.INSURED),
        samples.region(samples.TREATMENT),
        samples.region(samples.NEIGHBOUR),
        samples.institution(),
        samples.institution(samples.NEAR_HOSPITAL),
        samples.person(),
        samples.filings(samples.filing()),
        *references,
    )
    return taken


def forwarded(decision: Decision, inbox: str = "default") -> list[Any]:
    topic = topics.agency_requests(inbox)
    return [FORWARDED_REQUEST.decode(message.value) for message in decision.messages if message.topic == topic]


def answers(decision: Decision, inbox: str = "default") -> list[Any]:
    topic = topics.hospital_results(inbox)
    return [SETTLEMENT_RESULT.decode(message.value) for message in decision.messages if message.topic == topic]


def entries(decision: Decision) -> list[Any]:
    return [JOURNAL_ENTRY.decode(message.value) for message in decision.messages if message.topic == topics.JOURNAL]


def code_of(decision: Decision) -> str | None:
    """The fault code that the hospital hears; the error report's must be the same."""
    faults = [answer["fault"]["code"] for answer in answers(decision) if answer["fault"]]
    reported = decision.failure.refusal.fault.code if decision.failure else None
    assert [reported] == (faults or [None])
    return reported
