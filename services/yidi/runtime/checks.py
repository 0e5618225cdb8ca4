"""What is checked of a record before its service is asked: partition, size, headers, and what it waits for."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from yidi.contract import topics
from yidi.contract.topics import Topic
from yidi.domain.faults import Refusal, Stage
from yidi.runtime.decider import AFTER_HEADER, ATTEMPT_HEADER, ATTEMPTS_MAX, Record
from yidi.runtime.limits import HEADERS_MAX
from yidi.runtime.message import wire_bytes

UNKEYED: Final = frozenset({topics.REFERENCE_SHARED})
"""Shared reference data lies in every partition; its key does not say where."""

AFTER_TOPICS_MAX: Final = 8
_AFTER: Final = re.compile(r"([A-Za-z0-9._-]{1,249})=([0-9]{1,18})")

partition_of = lru_cache(maxsize=1 << 16)(topics.partition_of)
"""A person's next message is near: the hash in Python costs twenty times the look-up."""


def check(record: Record, plan: Mapping[str, Topic]) -> None:
    """Refuse a record that must not reach its service; the refusal names what the sender has to change."""
    if record.value is None:
        raise Refusal("UNDECODABLE", "the record has no value: a tombstone is no message", stage=Stage.DECODE)
    topic = plan[record.topic]
    if record.topic not in UNKEYED:
        _check_partition(record, topic.partitions)
    if len(record.headers) > HEADERS_MAX:
        raise Refusal("TOO_LARGE", f"{len(record.headers)} headers; at most {HEADERS_MAX}", stage=Stage.DECODE)
    if len(record.value) > topic.message_bytes_max >> 1:
        _check_size(record, topic)
    if record.headers:
        _check_attempt(record)


def _check_partition(record: Record, partitions: int) -> None:
    if record.key is None:
        raise Refusal("KEY_DIFFERS", "the record has no key: messages are keyed by psn_no", stage=Stage.DECODE)
    expected = partition_of(record.key, partitions)
    if expected != record.partition:
        raise Refusal(
            "WRONG_PARTITION",
            f"{record.topic} offset {record.offset} lies in partition {record.partition}, its key belongs to "
            f"{expected} of {partitions} by murmur2: set the producer's partitioner (librdkafka: "
            "partitioner=murmur2_random; Java and aiokafka: leave the default)",
            stage=Stage.DECODE,
        )


def _check_size(record: Record, topic: Topic) -> None:
    size = wire_bytes(record.key, record.value, record.headers)
    if size > topic.message_bytes_max:
        raise Refusal(
            "TOO_LARGE", f"{size} bytes; {topic.name} takes {topic.message_bytes_max} at most", stage=Stage.DECODE
        )


def _check_attempt(record: Record) -> None:
    raw = record.header(ATTEMPT_HEADER)
    if raw is None:
        return
    if not raw.isdigit() or len(raw) > 9 or int(raw) < 1:  # noqa: PLR2004 — no attempt needs ten digits
        raise Refusal("UNDECODABLE", f"header {ATTEMPT_HEADER} is {raw[:40]!r}, no attempt number", stage=Stage.DECODE)
    if int(raw) > ATTEMPTS_MAX:
        raise Refusal("ATTEMPT_LIMIT", f"attempt {int(raw)}; at most {ATTEMPTS_MAX}", stage=Stage.DECODE)


def awaited(record: Record, references: tuple[str, ...]) -> dict[str, int]:
    """The position of each reference topic that the record waits for; empty when it waits for none.

    The header says `topic=offset`: the offset is that of the last record it needs, so the position is one more.
    """
    raw = record.header(AFTER_HEADER)
    if raw is None:
        return {}
    found: dict[str, int] = {}
    for part in raw.decode("utf-8", "replace").split(",")[: AFTER_TOPICS_MAX + 1]:
        match = _AFTER.fullmatch(part.strip())
        if match is None or match.group(1) not in references or len(found) == AFTER_TOPICS_MAX:
            known = ", ".join(references) or "none"
            words = f"header {AFTER_HEADER} holds {part[:80]!r}: it takes topic=offset of {known}"
            raise Refusal("UNDECODABLE", words, stage=Stage.DECODE)
        found[match.group(1)] = int(match.group(2)) + 1
    return found
