"""A new version of a record: numbered, kept, and sent where it belongs.

A version is one above every version this partition's task has given on the same topic. So versions of one key rise, and
the highest version somebody has read of a topic's partition tells how far they have read it.
"""

from typing import Any, Final

from yidi.contract import topics
from yidi.domain.faults import Refusal
from yidi.registry.subjects import Kind
from yidi.runtime.decider import NOTHING, Decision, Outgoing, Put, View

VERSIONS: Final = "versions"
"""Table: the last version given, by topic."""


def publication(view: View, kind: Kind, record: Any, base_version: int | None, partitions: int) -> Decision:  # noqa: ANN401 — any kind's record
    """The record's next version; nothing when it says what the published one says.

    Refusal REFERENCE_STALE when the change was made from another version than the one that is published (0 is none).
    """
    key = kind.key_of(record)
    held = kind.held(view, key)
    published = 0 if held is None else held["version"]
    if base_version is not None and base_version != published:
        raise Refusal("REFERENCE_STALE", f"base_version {base_version}, but version {published} is published")
    if held is not None and held == {**record, "version": published}:
        return NOTHING
    version = int(view.get(VERSIONS, kind.topic) or b"0") + 1
    value = kind.record_type.encode({**record, "version": version})
    changes = (Put(kind.table, key, value), Put(VERSIONS, kind.topic, str(version).encode()))
    return Decision(changes=changes, messages=_messages(kind, key, value, partitions))


def _messages(kind: Kind, key: str, value: bytes, partitions: int) -> tuple[Outgoing, ...]:
    """One message in the person's own partition; shared data in every partition."""
    if kind.topic != topics.REFERENCE_SHARED:
        return (Outgoing(kind.topic, key.encode(), value),)
    return tuple(Outgoing(kind.topic, key.encode(), value, partition=p) for p in range(partitions))
