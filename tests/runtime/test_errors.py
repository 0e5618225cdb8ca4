"""Promises of error reports."""

import pytest

from yidi.contract.codec import ERROR_REPORT, SchemaUnknown, Undecodable
from yidi.contract.records import ErrorReport
from yidi.domain.faults import Refusal, Stage
from yidi.runtime.decider import ATTEMPT_HEADER, FIRST_FAILED_HEADER, About, Failure, Record
from yidi.runtime.errors import refusal_of, report
from yidi.runtime.limits import DETAIL_CHARS_MAX

RECORD = Record("encounters", 3, 42, 1_000, b"key", b"value", (("x", b"\x00"), ("y", b"")))
SIZE_MAX = 10_000


def reported(record: Record, failure: Failure, now_ms: int = 5_000) -> ErrorReport:
    return ERROR_REPORT.decode(report("hospital", record, failure, now_ms, SIZE_MAX).value)


def test_original_is_kept_byte_for_byte() -> None:
    """Key, value, headers, timestamp and place of the failed record are all there."""
    found = reported(RECORD, Failure(Refusal("NOT_FILED", "no filing", stage=Stage.ELIGIBILITY), About(psn_no="p")))
    assert (found["key"], found["value"], found["source_timestamp"]) == (b"key", b"value", 1_000)
    assert found["headers"] == [{"key": "x", "value": b"\x00"}, {"key": "y", "value": b""}]
    assert (found["source_topic"], found["source_partition"], found["source_offset"]) == ("encounters", 3, 42)
    assert (found["code"], found["stage"], found["psn_no"]) == ("NOT_FILED", "ELIGIBILITY", "p")


def test_report_lies_in_the_partition_of_its_source() -> None:
    """Error partition = source partition, key = source key."""
    out = report("hospital", RECORD, Failure(Refusal("NOT_FILED")), 0, SIZE_MAX)
    assert (out.topic, out.partition, out.key) == ("errors.hospital", 3, b"key")


def test_id_repeats_with_the_decision() -> None:
    """The same record, code and attempt make the same id; another code or attempt another one."""
    first = reported(RECORD, Failure(Refusal("NOT_FILED")))
    again = reported(RECORD, Failure(Refusal("NOT_FILED", "in other words")), now_ms=9_000)
    other = reported(RECORD, Failure(Refusal("FILING_EXPIRED")))
    second = reported(RECORD, Failure(Refusal("NOT_FILED"), attempt=2))
    assert first["error_id"] == again["error_id"]
    assert len({first["error_id"], other["error_id"], second["error_id"]}) == 3


def test_attempt_and_first_failure_are_carried_along() -> None:
    """A replay that fails again counts on, from the instant of the first failure."""
    headers = ((ATTEMPT_HEADER, b"4"), (FIRST_FAILED_HEADER, b"77"))
    replay = Record("encounters", 0, 1, 0, b"k", b"v", headers)
    found = reported(replay, Failure(Refusal("NOT_FILED")))
    assert (found["attempt"], found["first_failed_at"], found["last_failed_at"]) == (4, 77, 5_000)


@pytest.mark.parametrize("nonsense", [b"soon", b"-1", b"9" * 40, b"\xff"])
def test_nonsense_in_headers_does_not_break_the_report(nonsense: bytes) -> None:
    """What cannot be read counts as the first attempt, failed now."""
    headers = ((ATTEMPT_HEADER, nonsense), (FIRST_FAILED_HEADER, nonsense))
    found = reported(Record("encounters", 0, 1, 0, None, None, headers), Failure(Refusal("UNDECODABLE")))
    assert (found["attempt"], found["first_failed_at"]) == (1, 5_000)


def test_detail_is_limited() -> None:
    """No defect's traceback bursts the report."""
    found = reported(RECORD, Failure(Refusal("DEFECT", "x" * 100_000)))
    assert len(found["detail"]) == DETAIL_CHARS_MAX


def test_what_does_not_fit_is_left_where_it_lies() -> None:
    """An original larger than a report may be stays in its topic, and the detail says where."""
    huge = Record("encounters", 3, 42, 0, b"k", b"x" * SIZE_MAX)
    found = reported(huge, Failure(Refusal("TOO_LARGE")))
    assert found["value"] is None
    assert f"original of {SIZE_MAX} bytes left at encounters/3/42" in found["detail"]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (Refusal("NOT_FILED"), "NOT_FILED"),
        (Undecodable("x"), "UNDECODABLE"),
        (SchemaUnknown("x"), "SCHEMA_UNKNOWN"),
        (ValueError("x"), "DEFECT"),
        (RecursionError("x"), "DEFECT"),
    ],
)
def test_every_exception_has_its_code(error: Exception, code: str) -> None:
    """A refusal is itself, poison is named, anything else is a defect."""
    assert refusal_of(error).fault.code == code


def test_defect_says_where() -> None:
    """The detail of a defect ends with the exception and the line."""
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 // 0
    detail = refusal_of(caught.value).detail
    assert "ZeroDivisionError" in detail
    assert "test_errors.py" in detail
