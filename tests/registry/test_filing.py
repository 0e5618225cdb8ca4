"""May a filing be recorded: a test for each rule, and all reasons at once."""

from datetime import date

import pytest

from tests.registry.office import HOME, NEIGHBOUR, NOW, NOW_DAY, PSN_NO, Office, a_filing, an_enrolment, furnished
from yidi.contract import records, topics
from yidi.contract.codec import FILING_HISTORY
from yidi.registry.filing import months_later


@pytest.fixture
def office() -> Office:
    return furnished()


def why_not(office: Office, filing: records.Filing) -> str:
    refusal = office.refused(office.change(filing=filing))
    assert refusal.fault.code == "REFERENCE_INVALID"
    return refusal.detail


def test_a_good_filing_is_published_in_the_persons_history(office: Office) -> None:
    """It is appended, under the next version, keyed by the person."""
    (message,) = office.ask(office.change(filing=a_filing()))
    history = FILING_HISTORY.decode(message.value)
    assert (message.topic, message.key, message.partition) == (topics.REFERENCE_FILINGS, PSN_NO.encode(), None)
    assert history["filings"] == [a_filing()]


def test_filings_are_kept_in_the_order_recorded(office: Office) -> None:
    """A second filing comes after the first; both stand."""
    office.ask(office.change(filing=a_filing()))
    (message,) = office.ask(office.change(filing=a_filing(filing_id="2", mdtrtarea_admvs="110100")))
    assert [row["filing_id"] for row in FILING_HISTORY.decode(message.value)["filings"]] == ["filing-1", "2"]


def test_a_make_up_filing_may_begin_in_the_past(office: Office) -> None:
    """Effective time and recorded time are two things: it covers an earlier admission."""
    assert office.ask(office.change(filing=a_filing(begndate=NOW_DAY - 30)))


def test_a_whole_node_is_a_place(office: Office) -> None:
    """People file for a city or for a whole provincial node."""
    assert office.ask(office.change(filing=a_filing(mdtrtarea_admvs="310000")))


def test_all_reasons_are_named_at_once(office: Office) -> None:
    """Region not open, abnormal enrolment, proof missing, wrong dates: one refusal tells everything."""
    bad = a_filing(insuplc_admdvs="661400", proof="", enddate=NOW_DAY + 10, mdtrtarea_admvs="999900")
    detail = why_not(office, bad)
    for part in ("proof", "6 months", "insured in 330200", "661400 is not open", "999900 is no pooling area"):
        assert part in detail


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"filing_id": ""}, "filing_id is empty"),
        ({"filing_type": "UNRECOGNISED"}, "filing_type is not one of the types"),
        ({"insuplc_admdvs": "33"}, "insuplc_admdvs is not 6 digits"),
        ({"mdtrtarea_admvs": "Shanghai"}, "mdtrtarea_admvs is not 6 digits"),
        ({"enddate": NOW_DAY - 1}, "enddate lies before begndate"),
        ({"channel": ""}, "channel is missing"),
        ({"recorded_at": NOW + 3_600_000}, "recorded_at lies in the future"),
        ({"cancelled_at": NOW}, "there is no such filing to cancel"),
        ({"proof": ""}, "proof or commitment letter is missing"),
        ({"enddate": None}, "a temporary filing needs an enddate"),
        ({"enddate": NOW_DAY + 170}, "at least 6 months"),
        ({"filing_type": "RETIRED_RESETTLED"}, "a long-term filing is indefinite"),
        ({"insutype": "310"}, "insutype 310: the person is not enrolled in it"),
        ({"insuplc_admdvs": NEIGHBOUR}, "the person is insured in 330200 on that day"),
        ({"begndate": 0, "enddate": 365}, "not enrolled in it on that day"),
        ({"mdtrtarea_admvs": NEIGHBOUR}, "own node: nobody files there"),
        ({"mdtrtarea_admvs": HOME}, "own node: nobody files there"),
        ({"mdtrtarea_admvs": "330105"}, "no pooling area and no node"),
        ({"mdtrtarea_admvs": "888800"}, "no pooling area and no node"),
    ],
)
def test_each_rule_refuses_by_itself(office: Office, fields: dict[str, object], reason: str) -> None:
    """One thing wrong with a good filing, one reason that names it."""
    assert reason in why_not(office, a_filing(**fields))


def test_other_temporary_needs_no_proof(office: Office) -> None:
    """Going elsewhere for a while needs nothing beyond identity."""
    assert office.ask(office.change(filing=a_filing(filing_type="OTHER_TEMPORARY", proof="")))


def test_an_abnormal_enrolment_refuses(office: Office) -> None:
    """Of overlapping rows the one recorded last holds: arrears since yesterday."""
    office.ask(office.change(enrolment=an_enrolment(psn_insu_stas="ARREARS", begndate=NOW_DAY - 1)))
    assert "abnormal enrolment: ARREARS" in why_not(office, a_filing())


def test_the_same_type_and_place_twice_overlaps(office: Office) -> None:
    """A second referral to the same place within the first one's time is refused and the first one named."""
    office.ask(office.change(filing=a_filing()))
    assert "overlapping filing filing-1" in why_not(office, a_filing(filing_id="2", begndate=NOW_DAY + 100))


def test_filings_of_other_types_may_stand_beside_each_other(office: Office) -> None:
    """Long-term and referral for one place are both valid; the platform takes the better one."""
    office.ask(office.change(filing=a_filing()))
    long_term = a_filing(filing_id="2", filing_type="LONG_TERM_RESIDENT", enddate=None)
    assert office.ask(office.change(filing=long_term))


def test_after_a_cancellation_the_place_is_free_again(office: Office) -> None:
    """Wrong area: cancel and file again. The cancelled filing stays in the history."""
    office.ask(office.change(filing=a_filing()))
    office.ask(office.change(filing=a_filing(cancelled_at=NOW)))
    (message,) = office.ask(office.change(filing=a_filing(filing_id="2")))
    assert [row["cancelled_at"] for row in FILING_HISTORY.decode(message.value)["filings"]] == [NOW, None]


def test_a_cancellation_changes_nothing_else(office: Office) -> None:
    """Its other fields must be those of the filing; it is not cancelled twice, nor before it was made."""
    office.ask(office.change(filing=a_filing()))
    assert "mdtrtarea_admvs differ" in why_not(office, a_filing(cancelled_at=NOW, mdtrtarea_admvs="110100"))
    assert "before recorded_at" in why_not(office, a_filing(cancelled_at=NOW - 1))
    office.ask(office.change(filing=a_filing(cancelled_at=NOW)))
    assert "cancelled already" in why_not(office, a_filing(cancelled_at=NOW + 1))


def test_a_person_whom_nobody_knows_cannot_file(office: Office) -> None:
    """The refusal names the field, and not the person."""
    refusal = office.refused(office.change("33019999999999999999", filing=a_filing()))
    assert "no person" in refusal.detail
    assert "33019999999999999999" not in refusal.detail


def test_six_months_are_counted_by_the_calendar() -> None:
    """From 31 August it is the last of February; over the turn of the year, too."""
    assert months_later(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert months_later(date(2025, 1, 15), 6) == date(2025, 7, 15)
    assert months_later(date(2025, 7, 1), 6) == date(2026, 1, 1)


def test_half_a_year_exactly_is_enough(office: Office) -> None:
    """Valid from the first day of the first month to the day before the first of the seventh."""
    begins = 20_089  # 2025-01-01
    last = begins + 180  # 2025-06-30
    assert office.ask(office.change(filing=a_filing(begndate=begins, enddate=last)))
