"""Whole histories of people and filings, and additions to them: a test for each rule."""

from typing import Any

import pytest

from tests.registry.office import HOME, NOW, NOW_DAY, PERSON, PSN_NO, Office, a_filing, an_enrolment, furnished
from yidi.contract import records
from yidi.contract.codec import FILING_HISTORY, PERSON_HISTORY


@pytest.fixture
def office() -> Office:
    return furnished()


def why_not(office: Office, **fields: object) -> str:
    bad = PERSON_HISTORY.encode({**PERSON, **fields})  # type: ignore[typeddict-item]
    return office.refused(office.change(record=bad)).detail


CARD: records.Card = PERSON["cards"][0]
DEPOSIT: records.Deposit = {"deposit_id": "d", "amt": 100, "recorded_at": NOW}


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"psn_name": ""}, "psn_name is empty"),
        ({"gend": "3"}, "gend is neither"),
        ({"certno": "123"}, "certno is not 17 digits"),
        ({"certno": PERSON["certno"][:-1] + ("1" if PERSON["certno"][-1] != "1" else "2")}, "check character"),
        ({"brdy": 0}, "brdy is not the birthday in certno"),
        ({"enrolments": []}, "enrolments are missing"),
        ({"enrolments": [an_enrolment(insuplc_admdvs="33")]}, "insuplc_admdvs is not 6 digits"),
        ({"enrolments": [an_enrolment(insutype="39")]}, "insutype is not 3 digits"),
        ({"enrolments": [an_enrolment(psn_type="1")]}, "psn_type is not 2 or 4 digits"),
        ({"enrolments": [an_enrolment(psn_insu_stas="UNRECOGNISED")]}, "psn_insu_stas"),
        ({"enrolments": [an_enrolment(aid_class="UNRECOGNISED")]}, "aid_class"),
        ({"enrolments": [an_enrolment(enddate=0)]}, "enddate lies before begndate"),
        ({"cards": [{**CARD, "mdtrt_cert_type": "02"}]}, "neither 01 nor 03"),
        ({"cards": [{**CARD, "cert_no": ""}]}, "cert_no is empty"),
        ({"cards": [{**CARD, "enddate": 0}]}, "a card's enddate"),
        ({"deposits": [DEPOSIT, DEPOSIT]}, "1 values of deposit_id stand more than once"),
        ({"deposits": [{**DEPOSIT, "amt": 0}]}, "amt is not above 0"),
        (
            {"qualifications": [{"dise_codg": "M01600", "begndate": 2, "enddate": 1, "institutions": []}]},
            "M01600: enddate lies before begndate",
        ),
        (
            {"selections": [{"fixmedins_code": "H31010000001", "begndate": 2, "enddate": 1}]},
            "H31010000001: enddate lies before begndate",
        ),
    ],
)
def test_each_rule_refuses_by_itself(office: Office, fields: dict[str, object], reason: str) -> None:
    """One thing wrong with a good person, one reason that names it."""
    assert reason in why_not(office, **fields)


def test_all_reasons_are_named_at_once(office: Office) -> None:
    """Three things wrong, three reasons."""
    detail = why_not(office, psn_name="", gend="9", enrolments=[])
    assert detail.count(";") == 2


def test_a_refusal_stays_short(office: Office) -> None:
    """Of many reasons twenty are named and the rest is counted; no reason holds the person's number."""
    detail = why_not(office, enrolments=[an_enrolment(psn_type="x")] * 50)
    assert detail.endswith("and 30 more")
    assert PSN_NO not in detail


def test_a_repair_is_added_and_holds(office: Office) -> None:
    """An enrolment row is appended as recorded last; nothing that was recorded before is touched."""
    repair = an_enrolment(psn_insu_stas="NORMAL", begndate=NOW_DAY - 400)
    (message,) = office.ask(office.change(enrolment=repair))
    assert PERSON_HISTORY.decode(message.value)["enrolments"] == [*PERSON["enrolments"], repair]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"insuplc_admdvs": "888800"}, "no pooling area we know"),
        ({"insuplc_admdvs": "330000"}, "no pooling area we know"),
        ({"recorded_at": 1}, "recorded_at lies before"),
        ({"psn_type": ""}, "psn_type"),
    ],
)
def test_a_bad_repair_is_refused(office: Office, fields: dict[str, object], reason: str) -> None:
    """The place is a known pooling area, and the row is recorded after all others."""
    assert reason in office.refused(office.change(enrolment=an_enrolment(**fields))).detail


def test_a_whole_history_of_filings_records_what_was_accepted_then(office: Office) -> None:
    """Its shape is judged, not whether it would be accepted today: short and unproved ones stay."""
    old = a_filing(begndate=1, enddate=2, proof="", insuplc_admdvs=HOME)
    history: records.FilingHistory = {"psn_no": PSN_NO, "version": 0, "filings": [old]}
    assert office.ask(office.change(record=FILING_HISTORY.encode(history)))


def test_a_whole_history_names_each_filing_once(office: Office) -> None:
    """Two filings under one id, and one that ends before it begins: both reasons."""
    rows = [a_filing(), a_filing(enddate=NOW_DAY - 5)]
    history: records.FilingHistory = {"psn_no": PSN_NO, "version": 0, "filings": rows}
    detail = office.refused(office.change(record=FILING_HISTORY.encode(history))).detail
    assert "1 values of filing_id stand more than once" in detail
    assert "enddate lies before begndate" in detail


@pytest.mark.parametrize(
    ("part", "rows", "row"),
    [
        (
            "qualification",
            "qualifications",
            {"dise_codg": "M1", "begndate": 1, "enddate": None, "institutions": []},
        ),
        ("selection", "selections", {"fixmedins_code": "H33020000001", "begndate": 1, "enddate": 9}),
        ("deposit", "deposits", {"deposit_id": "d-1", "amt": 100, "recorded_at": 5}),
    ],
)
def test_a_row_is_added_once(office: Office, part: str, rows: str, row: dict[str, object]) -> None:
    """A right, a choice, a payment is appended; the same once more makes no version."""
    (message,) = office.ask(office.change(**{part: row}))
    published: Any = PERSON_HISTORY.decode(message.value)
    assert published[rows] == [*PERSON[rows], row]  # type: ignore[literal-required]
    assert office.ask(office.change(**{part: row})) == []


@pytest.mark.parametrize(
    ("part", "row", "reason"),
    [
        ("qualification", {"dise_codg": "", "begndate": 1, "enddate": None, "institutions": []}, "dise_codg is empty"),
        ("selection", {"fixmedins_code": "H", "begndate": 9, "enddate": 1}, "enddate lies before"),
        ("deposit", {"deposit_id": "d-1", "amt": 0, "recorded_at": 5}, "not above 0"),
    ],
)
def test_a_bad_row_is_refused(office: Office, part: str, row: dict[str, object], reason: str) -> None:
    """Named with its reason, and nothing is published."""
    assert reason in office.refused(office.change(**{part: row})).detail


def test_a_payment_counts_once_under_its_id(office: Office) -> None:
    """Another amount under an id that is known is refused, not added."""
    office.ask(office.change(deposit={"deposit_id": "d-1", "amt": 100, "recorded_at": 5}))
    other = {"deposit_id": "d-1", "amt": 200, "recorded_at": 5}
    assert "stand more than once" in office.refused(office.change(deposit=other)).detail
