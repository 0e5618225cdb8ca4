"""Promises of traces."""

from yidi.runtime.decider import TRACE_HEADER, Record
from yidi.runtime.trace import trace_id, traceparent

VALID = b"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def record(*headers: tuple[str, bytes]) -> Record:
    return Record("t", 1, 2, 0, b"k", b"v", headers)


def test_trace_of_the_header_goes_on() -> None:
    """A valid traceparent names the trace."""
    assert trace_id(record((TRACE_HEADER, VALID))) == VALID[3:35].decode()


def test_nonsense_gets_a_trace_of_its_own() -> None:
    """Without a valid header the trace is derived from where the record lies."""
    assert trace_id(record((TRACE_HEADER, b"\xff"))) == trace_id(record())
    assert trace_id(record()) != trace_id(Record("t", 1, 3, 0, b"k", b"v"))


def test_spans_repeat_and_differ() -> None:
    """A repeat makes the same span, another message of the same record another one."""
    assert traceparent("0" * 32, "s", 0) == traceparent("0" * 32, "s", 0)
    assert traceparent("0" * 32, "s", 0) != traceparent("0" * 32, "s", 1)
    assert len(traceparent("0" * 32, "s", 0)) == len(VALID)
