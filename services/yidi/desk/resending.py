"""Sending a failed record again: where it goes, with which bytes and headers.

A replay is the same bytes under the next attempt. What an agency refused goes through the platform again, which judges
it anew. It names the reference data that must have been read before (header `after`), so that what was mended is seen.
"""

from collections.abc import Collection, Mapping
from typing import Final, NamedTuple

from yidi.contract import topics
from yidi.contract.codec import FORWARDED_REQUEST
from yidi.contract.records import ErrorReport
from yidi.domain.counting import counted
from yidi.domain.faults import FAULTS, Replayable
from yidi.runtime.decider import (
    AFTER_HEADER,
    ATTEMPT_HEADER,
    ATTEMPTS_MAX,
    FIRST_FAILED_HEADER,
    REPLAYS_HEADER,
    Headers,
)

OURS: Final = frozenset({ATTEMPT_HEADER, AFTER_HEADER, FIRST_FAILED_HEADER, REPLAYS_HEADER})
HOPELESS: Final = frozenset({Replayable.NO, Replayable.AFTER_EDIT})


class Resend(NamedTuple):
    """A message to send: the record's bytes, unchanged."""

    topic: str
    key: bytes
    value: bytes


def hopeless(report: ErrorReport, max_attempts: int = ATTEMPTS_MAX) -> str:
    """Why sending the same bytes again cannot help; empty when it can."""
    fault = FAULTS.get(report["code"])
    if report["value"] is None or report["key"] is None:
        return "the record has no key or no value, or it was too large for its report"
    if fault is not None and fault.replayable in HOPELESS:
        return f"{report['code']}: {fault.todo}"
    if report["attempt"] >= max_attempts:
        return f"it was tried {counted(report['attempt'], 'time')}"
    if not report["source_topic"]:
        return "the report names no source"
    return ""


def resend_of(report: ErrorReport) -> Resend:
    """The record as it goes out again. Only for what is not `hopeless`."""
    key, value, source = report["key"] or b"", report["value"] or b"", report["source_topic"]
    if source.startswith("agency.") and source.endswith(".requests"):
        return Resend(topics.SETTLEMENT_REQUESTS, key, FORWARDED_REQUEST.decode(value)["request"])
    return Resend(source, key, value)


def headers_of(report: ErrorReport, attempt: int, after: str) -> Headers:
    """Headers of a replay: the record's own, the attempt, what must have been read, and what it replays."""
    kept = tuple((h["key"], h["value"] or b"") for h in report["headers"] if h["key"] not in OURS)
    return (
        *kept,
        (ATTEMPT_HEADER, str(attempt).encode()),
        *(((AFTER_HEADER, after.encode()),) if after else ()),
        (FIRST_FAILED_HEADER, str(report["first_failed_at"]).encode()),
        (REPLAYS_HEADER, report["error_id"].encode()),
    )


def awaited(topic: str, inboxes: Collection[str]) -> tuple[str, ...]:
    """The reference topics that whoever reads this topic decides by."""
    receiver = next((planned.receiver for planned in topics.plan(inboxes) if planned.name == topic), "")
    return topics.FOLLOWED.get(receiver, ())


def after_of(topic: str, partition: int, ends: Mapping[tuple[str, int], int], inboxes: Collection[str]) -> str:
    """The last record that each reference topic of the receiver holds now, as the header wants it."""
    last = {name: ends.get((name, partition), 0) - 1 for name in awaited(topic, inboxes)}
    return ",".join(f"{name}={offset}" for name, offset in sorted(last.items()) if offset >= 0)
