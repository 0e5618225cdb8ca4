"""What a message says in a few words, and by which ids it is found."""

import pytest

from tests.chain.legs import leg, result
from tests.contract.stored import StoredExample, example, stored_examples
from yidi.chain.leg import UNREADABLE, Leg, leg_of
from yidi.contract.codec import SETTLEMENT_REQUEST, record_type_of
from yidi.runtime.decider import TRACE_HEADER, Record

FLOW = {
    "EncounterCharges",
    "SettlementRequest",
    "ChargeDetails",
    "ForwardedRequest",
    "SettlementResult",
    "JournalEntry",
    "ErrorReport",
}


@pytest.mark.parametrize("stored", stored_examples(), ids=lambda stored: stored.path.stem)
def test_every_message_of_the_flow_has_words(stored: StoredExample) -> None:
    """Each stored example of a message of the flow is told in words; none of them fails."""
    told = Leg(Record("any", 0, 0, 0, b"", b""), stored.record, stored.load())
    assert bool(told.words) == (stored.record in FLOW)


def test_a_forwarded_reversal_is_called_so() -> None:
    """What travels without a verdict is a stay's details or a reversal, and the words tell them apart."""
    reversal = SETTLEMENT_REQUEST.encode({**example("SettlementRequest"), "operation": "REVERSE"})
    assert leg("ForwardedRequest", verdict=None, request=reversal).words.startswith("REVERSE to ")
    assert leg("ForwardedRequest", verdict=None, request=b"?").words.startswith(UNREADABLE)


@pytest.mark.parametrize("value", [None, b"", b"\x00", b"noise", b"\x00\x00\x0fB?foreign"])
def test_foreign_bytes_make_an_unreadable_leg(value: bytes | None) -> None:
    """Bytes that are no message of ours never raise."""
    read = leg_of(Record("encounters", 0, 0, 0, b"k", value))
    assert (read.kind, read.content, read.words, read.ids) == (UNREADABLE, {}, "", frozenset())


def test_our_bytes_are_read() -> None:
    """A message of ours is decoded, with all its ids."""
    request = example("SettlementRequest")
    value = SETTLEMENT_REQUEST.encode(request)
    assert record_type_of(value) is SETTLEMENT_REQUEST
    read = leg_of(Record("settlement.requests", 0, 0, 0, b"k", value))
    assert {request["msgid"], request["setl_id"], request["mdtrt_id"]} <= read.ids


def test_a_refusal_names_its_fault() -> None:
    """A refused result says by whom and why."""
    fault = {"code": "NOT_FILED", "service": "platform", "zh": "未备案", "en": "", "detail": "", "todo": ""}
    assert "NOT_FILED by the platform" in result("REFUSED", fault=fault).words


@pytest.mark.parametrize(("header", "trace"), [(b"00-abc-def-01", "abc"), (b"nonsense", ""), (b"", "")])
def test_the_trace_is_read_from_its_header(header: bytes, trace: str) -> None:
    """The trace id is the W3C header's second part; a header of other shape has none."""
    read = Leg(Record("t", 0, 0, 0, b"", b"", ((TRACE_HEADER, header),)), "ErrorReport", {})
    assert read.trace_id == trace
