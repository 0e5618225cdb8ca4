"""The manual claim's deadline, the person's whereabouts, and what the desk believes about services."""

from datetime import date
from types import SimpleNamespace

import pytest

from yidi.desk.papers import claim_of, deadline
from yidi.desk.whereabouts import Where, whereabouts
from yidi.domain.fault_advice import TODO_ZH
from yidi.domain.faults import FAULTS
from yidi.domain.instants import start_of

DAY = start_of(date(2026, 11, 30))


@pytest.mark.parametrize(
    ("treated", "last"),
    [
        (date(2026, 8, 20), date(2026, 11, 20)),
        (date(2026, 11, 30), date(2027, 2, 28)),
        (date(2027, 11, 30), date(2028, 2, 29)),
        (date(2026, 12, 31), date(2027, 3, 31)),
    ],
)
def test_three_months(treated: date, last: date) -> None:
    """Three months later, on the last day of a shorter month at most."""
    assert deadline(treated) == last


def test_deadline_over() -> None:
    """A claim past its deadline is not hidden: it is the first doubt."""
    row = SimpleNamespace(begntime=DAY, endtime=None, med_type="11", medfee_sumamt=100, code="NOT_FILED")
    assert claim_of(row, date(2026, 12, 1), account=False)["payable_doubts"] == []
    late = claim_of(row, date(2027, 3, 1), account=False)
    assert (late["days_left"], len(late["payable_doubts"])) == (-1, 1)


def test_stay_that_goes_on_has_no_deadline() -> None:
    """Before the discharge nothing counts: the stay can still settle directly, and that is said."""
    row = SimpleNamespace(begntime=DAY, endtime=None, med_type="21", medfee_sumamt=100, code="NOT_FILED")
    made = claim_of(row, date(2027, 6, 1), account=False)
    assert made["deadline"] is None
    assert "settles directly" in made["payable_doubts"][0]["en"]


def test_counted_from_discharge() -> None:
    """A stay's deadline counts from its discharge, a visit's from its day."""
    row = SimpleNamespace(begntime=DAY, endtime=start_of(date(2027, 1, 5)), med_type="21", medfee_sumamt=1, code="X")
    assert claim_of(row, date(2027, 1, 6), account=True)["deadline"] == "2027-04-05"


@pytest.mark.parametrize(
    ("state", "med_type", "endtime", "failed_at", "where"),
    [
        ("open", "21", None, DAY, Where.IN_HOSPITAL),
        ("open", "21", DAY + 1, DAY, Where.IN_HOSPITAL),
        ("open", "21", DAY - 1, DAY, Where.AT_THE_COUNTER),
        ("taken", "11", DAY - 1, DAY, Where.AT_THE_COUNTER),
        ("open", "21", DAY - 2, DAY - 1, Where.DISCHARGED_PAID),
        ("taken", "11", DAY - 2, DAY - 1, Where.PAID_ON_THE_SPOT),
        ("claimed", "21", None, DAY, Where.CLAIMED),
        ("open", None, None, DAY, Where.UNKNOWN),
    ],
)
def test_where_the_person_is(
    state: str, med_type: str | None, endtime: int | None, failed_at: int, where: Where
) -> None:
    """Facts of the encounter and the day of the failure say where the person is: at the counter on that day only."""
    row = SimpleNamespace(
        state=state, med_type=med_type, endtime=endtime, first_failed_at=failed_at, fault_class="BUSINESS"
    )
    assert whereabouts(row, DAY).where is where


@pytest.mark.parametrize(("fault_class", "way"), [("BUSINESS", "manual claim"), ("UNKNOWN", "books it late")])
def test_the_way_out_after_paying(fault_class: str, way: str) -> None:
    """Once the person has paid, only a system's fault is booked late; all else is a claim."""
    row = SimpleNamespace(
        state="open", med_type="21", endtime=DAY - 2, first_failed_at=DAY - 1, fault_class=fault_class
    )
    assert way in whereabouts(row, DAY).en


def test_advice_in_both_languages() -> None:
    """Every fault says what to do in Chinese, too."""
    assert set(TODO_ZH) == set(FAULTS)
