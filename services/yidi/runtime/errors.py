"""Error reports: the byte-exact original of what failed, and why. Services never build them (design §7)."""

import traceback
from dataclasses import asdict
from typing import Final

from yidi.contract import topics
from yidi.contract.codec import ERROR_REPORT, SchemaUnknown, WireError
from yidi.domain.faults import Refusal, Stage
from yidi.domain.identities import derived_id
from yidi.runtime.decider import FIRST_FAILED_HEADER, About, Failure, Outgoing, Record
from yidi.runtime.limits import DETAIL_CHARS_MAX
from yidi.runtime.trace import trace_id, traceparent

ABOUT_CHARS_MAX: Final = 200
"""No id of the field is longer; a hostile one must not burst the report."""


def refusal_of(error: Exception) -> Refusal:
    """What an exception out of a decision means: a refusal, poison, or a defect with the end of its traceback."""
    if isinstance(error, Refusal):
        return error
    if isinstance(error, SchemaUnknown):
        return Refusal("SCHEMA_UNKNOWN", str(error), stage=Stage.DECODE)
    if isinstance(error, WireError):
        return Refusal("UNDECODABLE", str(error), stage=Stage.DECODE)
    return Refusal("DEFECT", _end_of_traceback(error))


def report(service: str, record: Record, failure: Failure, now_ms: int, size_max: int) -> Outgoing:
    """The report of one failed record, for the record's own partition of `errors.<service>`.

    Its id is derived from where the record lies, the code and the attempt: a repeat of the decision is the same
    report. An original that does not fit into `size_max` bytes is left where it lies, and the detail says so.
    """
    attempt = failure.attempt or _attempt(record)
    value = _encoded(service, record, failure, now_ms, attempt, whole=True)
    if len(value) > size_max - _key_bytes(record):
        value = _encoded(service, record, failure, now_ms, attempt, whole=False)
    return Outgoing(topics.errors(service), record.key or b"", value, (), record.partition)


def _encoded(service: str, record: Record, failure: Failure, now_ms: int, attempt: int, *, whole: bool) -> bytes:
    refusal, source = failure.refusal, f"{record.topic}/{record.partition}/{record.offset}"
    omitted = "" if whole else f"original of {len(record.value or b'')} bytes left at {source}; "
    about = {name: _short(value) for name, value in asdict(failure.about).items()}
    return ERROR_REPORT.encode(
        {
            "error_id": derived_id(source, f"error/{refusal.fault.code}", attempt),
            "service": service,
            "code": refusal.fault.code,
            "fault_class": refusal.fault.fault_class.value,
            "stage": refusal.stage.value,
            "detail": (omitted + refusal.detail)[:DETAIL_CHARS_MAX],
            "attempt": attempt,
            "first_failed_at": _first_failed(record, now_ms),
            "last_failed_at": now_ms,
            **about,  # type: ignore[typeddict-item]
            "traceparent": traceparent(trace_id(record), f"{service}/{source}", 0).decode(),
            "source_topic": record.topic,
            "source_partition": record.partition,
            "source_offset": record.offset,
            "source_timestamp": record.timestamp_ms,
            "key": record.key if whole else None,
            "value": record.value if whole else None,
            "headers": [{"key": name, "value": value} for name, value in record.headers] if whole else [],
        }
    )


def _attempt(record: Record) -> int:
    try:
        return record.attempt
    except ValueError:
        return 1


def _first_failed(record: Record, now_ms: int) -> int:
    raw = record.header(FIRST_FAILED_HEADER) if record.headers else None
    if raw is not None and raw.isdigit() and len(raw) <= len(str(now_ms)):
        return min(int(raw), now_ms)
    return now_ms


def _key_bytes(record: Record) -> int:
    return len(record.key or b"")


def _short(value: str | None) -> str | None:
    return None if value is None else value[:ABOUT_CHARS_MAX]


def _end_of_traceback(error: Exception) -> str:
    """The last lines, without values of variables: a traceback holds code and messages, no records."""
    return "".join(traceback.format_exception(error))[-DETAIL_CHARS_MAX:]


def unknown_source(partition: int, timer: str, now_ms: int) -> Record:
    """Stands for the record of a timer that failed without naming one."""
    return Record(topic="", partition=partition, offset=-1, timestamp_ms=now_ms, key=timer.encode(), value=None)


__all__ = ["About", "Failure", "refusal_of", "report", "unknown_source"]
