"""W3C trace context without randomness: a repeat of a decision makes the same spans (design §2)."""

import hashlib
import re
from typing import Final

from yidi.runtime.decider import TRACE_HEADER, Record

_TRACEPARENT: Final = re.compile(rb"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}")
_TRACE_BYTES: Final = 16
_SPAN_BYTES: Final = 8


def trace_id(record: Record) -> str:
    """The trace that a record belongs to: of its own header when that is valid, else derived from where it lies."""
    header = record.header(TRACE_HEADER) if record.headers else None
    found = _TRACEPARENT.fullmatch(header) if header else None
    if found:
        return found.group(1).decode()
    return derived_trace(f"{record.topic}/{record.partition}/{record.offset}")


def derived_trace(source: str) -> str:
    """A trace id for what has none, such as a timer."""
    return hashlib.blake2b(source.encode(), digest_size=_TRACE_BYTES).hexdigest()


def traceparent(trace: str, source: str, index: int) -> bytes:
    """The header of the `index`-th message that `source` (service and record) brings about."""
    span = hashlib.blake2b(f"{source}/{index}".encode(), digest_size=_SPAN_BYTES).hexdigest()
    return f"00-{trace}-{span}-01".encode()
