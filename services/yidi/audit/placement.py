"""Check: every record lies where its person's records lie, under the person's key."""

from typing import Any, Final

from yidi.audit.book import Book
from yidi.audit.check import Check
from yidi.audit.legs import ERROR_TOPICS, Leg
from yidi.audit.report import Step
from yidi.audit.seen import Seen
from yidi.contract.topics import partition_of
from yidi.runtime.decider import Record

EVERYWHERE: Final = frozenset({Leg.SHARED, Leg.ERROR})
"""Shared data lies in every partition; an error report lies where its record lies, whatever its key."""

SHARED_KEY: Final = b"shared"
"""Changes of shared data all lie in one partition: one task writes them (docs/contract.md)."""

_LOST: Final = "the producer's partitioner must be murmur2 (librdkafka: partitioner=murmur2_random)"


class Misplaced(Exception):
    """A readable record under the wrong key or in the wrong partition; the text says which."""


_known_keys: dict[tuple[bytes, int], int] = {}


def placed(leg: Leg, record: Record, message: dict[str, Any], book: Book) -> None:
    """Return, or raise Misplaced."""
    if leg in EVERYWHERE:
        if leg is Leg.ERROR and message["source_partition"] != record.partition:
            raise Misplaced(f"a report of partition {message['source_partition']} lies in {record.partition}")
        return
    key = record.key
    if key is None:
        raise Misplaced("a record without a key")
    if _partition(key, book.partitions) != record.partition:
        raise Misplaced(f"its key belongs to partition {_partition(key, book.partitions)}: {_LOST}")
    if key != _owner(message):
        raise Misplaced("its key is not the person inside")


def _owner(message: dict[str, Any]) -> bytes:
    """Whose the message is: the person's, or that of shared data, whose subject is a kind and a key."""
    owner: str = message.get("psn_no", message.get("subject", ""))
    return SHARED_KEY if "/" in owner else owner.encode()


def _partition(key: bytes, partitions: int) -> int:
    """Remembered: murmur2 in Python costs as much as decoding a message, and a person's records lie together."""
    found = _known_keys.get((key, partitions))
    if found is None:
        if len(_known_keys) >= _KEYS_KEPT:
            _known_keys.clear()
        found = _known_keys[key, partitions] = partition_of(key, partitions)
    return found


_KEYS_KEPT: Final = 100_000


class Placement(Check):
    name = "placement"
    promise = "Every record lies in the murmur2 partition of its key, and its key is its person, or it was reported."

    def on_record(self, _record: Record, _digest: bytes) -> None:
        self.findings.tested += 1

    def on_misplaced(self, seen: Seen, words: str) -> None:
        record = seen.record
        if not self.book.reported(record.topic, record.offset):
            self.missing(f"{words}, and nobody reported it", seen.step(words), known=self.book.whole(*ERROR_TOPICS))


def step_of(record: Record, words: str) -> Step:
    """A step for a record that cannot be read."""
    return Step(record.topic, record.partition, record.offset, "", words)
