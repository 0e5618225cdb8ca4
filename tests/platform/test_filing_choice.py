"""The choice of a filing: never an invalid one, always the best one, and the right word when there is none."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from yidi.platform.filing_choice import CLASS_OF_TYPE, RANK, Choice, Visit, choose, is_valid, refusal
from yidi.platform.reference import Filing

INSURED, AREA, NODE, DAY = "330100", "310100", "310000", 20_000


def filing(filing_type: str = "OTHER_TEMPORARY", **changes: Any):
    fields = {
        "filing_id": "F1",
        "filing_type": filing_type,
        "insuplc_admdvs": INSURED,
        "insutype": "310",
        "place": AREA,
        "begndate": DAY - 10,
        "enddate": DAY + 10,
        "recorded_at": 0,
        "cancelled_on": None,
    }
    return Filing(**{**fields, **changes})


def visit(**changes: Any):
    fields = {
        "insuplc_admdvs": INSURED,
        "insutype": "310",
        "area": AREA,
        "node": NODE,
        "covered_from": DAY,
        "covered_until": DAY,
        "emergency": False,
    }
    return Visit(**{**fields, **changes})


days = st.integers(DAY - 3, DAY + 3)
filings = st.lists(
    st.builds(
        Filing,
        filing_id=st.sampled_from("ABCDEFGH"),
        filing_type=st.sampled_from([*CLASS_OF_TYPE, "UNRECOGNISED"]),
        insuplc_admdvs=st.sampled_from([INSURED, "330200"]),
        insutype=st.sampled_from(["310", "390"]),
        place=st.sampled_from([AREA, NODE, "320100"]),
        begndate=days,
        enddate=st.none() | days,
        recorded_at=st.integers(0, 5),
        cancelled_on=st.none() | days,
    ),
    max_size=6,
)
visits = st.builds(visit, emergency=st.booleans(), covered_until=st.integers(DAY, DAY + 2))


@settings(max_examples=200)
@given(filings, visits)
def test_the_chosen_filing_is_valid_and_none_better_is_left(rows: Any, asked: Any):
    """A choice names a valid filing (or the emergency flag), and no valid standing filing ranks before it."""
    choice = choose(rows, asked)
    valid = [row for row in rows if is_valid(row, asked)]
    if choice is None:
        assert not valid
        assert not asked.emergency
        return
    if choice.filing_id is None:
        assert asked.emergency
        assert choice.filing_class == "EMERGENCY"
    else:
        assert any((CLASS_OF_TYPE[row.filing_type], row.filing_id) == choice for row in valid)
    standing = [RANK[CLASS_OF_TYPE[row.filing_type]] for row in valid if row.cancelled_on is None]
    assert RANK[choice.filing_class] <= min(standing, default=3)


@settings(max_examples=200)
@given(filings, visits)
def test_a_valid_filing_holds_on_every_day_it_must_cover(rows: Any, asked: Any):
    """What is valid begins by the treatment date, ends after the last day needed, and is not cancelled by then."""
    for row in rows:
        if is_valid(row, asked):
            assert row.begndate <= asked.covered_from
            assert row.enddate is None or row.enddate >= asked.covered_until
            assert row.cancelled_on is None or row.cancelled_on > asked.covered_until
            assert (row.insuplc_admdvs, row.insutype) == (INSURED, "310")
            assert row.place in (AREA, NODE)


@settings(max_examples=100)
@given(filings, visits, st.lists(st.integers(0, 9), min_size=6, max_size=6))
def test_when_a_filing_was_recorded_never_makes_it_valid(rows: Any, asked: Any, recorded: list[int]):
    """Effective and recorded time are two things: other recording times change neither validity nor the class."""
    moved = [Filing(*_fields(row)[:7], at, row.cancelled_on) for row, at in zip(rows, recorded, strict=False)]
    assert [is_valid(row, asked) for row in moved] == [is_valid(row, asked) for row in rows]
    before, after = choose(rows, asked), choose(moved, asked)
    assert (before and before.filing_class) == (after and after.filing_class)


def _fields(row: Any) -> list[Any]:
    return [getattr(row, name) for name in row.__struct_fields__]


def test_long_term_comes_before_referral_before_emergency_before_other():
    """Of several valid filings the class decides, whatever was recorded first."""
    rows = [filing(kind, filing_id=kind) for kind in ("OTHER_TEMPORARY", "EMERGENCY", "REFERRAL", "POSTED_WORKER")]
    for kind in ("POSTED_WORKER", "REFERRAL", "EMERGENCY", "OTHER_TEMPORARY"):
        assert choose(rows, visit()) == Choice(CLASS_OF_TYPE[kind], kind)
        rows = [row for row in rows if row.filing_id != kind]
    assert choose(rows, visit()) is None


def test_of_equals_the_one_recorded_last_is_used():
    """Two filings of one class: the later record corrects the earlier one."""
    rows = [filing(filing_id="OLD", recorded_at=1), filing(filing_id="NEW", recorded_at=2)]
    assert choose(rows, visit()) == Choice("OTHER_TEMPORARY", "NEW")


def test_the_emergency_flag_counts_as_filed_but_yields_to_a_better_filing():
    """With the flag an unfiled person is an emergency; a referral still comes first, other temporary does not."""
    asked = visit(emergency=True)
    assert choose([], asked) == Choice("EMERGENCY", None)
    assert choose([filing("OTHER_TEMPORARY")], asked) == Choice("EMERGENCY", None)
    assert choose([filing("REFERRAL")], asked) == Choice("REFERRAL", "F1")


def test_a_filing_for_the_whole_node_covers_each_of_its_areas():
    """A municipality, or a whole province, may be named as the place."""
    assert choose([filing(place=NODE)], visit()) == Choice("OTHER_TEMPORARY", "F1")


def test_a_make_up_filing_covers_the_visit_before_it_was_recorded():
    """Recorded long after the visit, effective from before it: it counts."""
    assert choose([filing(recorded_at=10**15)], visit()) is not None


def test_cancelling_ends_a_filing_and_does_not_undo_it():
    """A visit that began before the cancellation stays covered; from that day on nothing is; a standing one wins."""
    cancelled = filing("POSTED_WORKER", cancelled_on=DAY + 1)
    assert choose([cancelled], visit()) == Choice("LONG_TERM", "F1")
    assert choose([filing(cancelled_on=DAY)], visit()) is None
    assert choose([cancelled, filing(filing_id="F2")], visit()) == Choice("OTHER_TEMPORARY", "F2")


def test_first_and_last_day_are_covered_and_their_neighbours_are_not():
    """Both ends of a filing belong to it."""
    for day, covered in ((DAY - 11, False), (DAY - 10, True), (DAY + 10, True), (DAY + 11, False)):
        found = choose([filing()], visit(covered_from=day, covered_until=day))
        assert (found is not None) == covered


def test_expired_wrong_area_and_not_filed_are_told_apart():
    """The refusal says what to do: file again, cancel and file for the right place, or file."""
    expired, elsewhere = filing(enddate=DAY - 1), filing(place="320100")
    assert _code([]) == "NOT_FILED"
    assert _code([expired]) == "FILING_EXPIRED"
    assert _code([filing(begndate=DAY + 1)]) == "FILING_EXPIRED"
    assert _code([elsewhere]) == "FILING_WRONG_AREA"
    assert _code([expired, elsewhere]) == "FILING_EXPIRED"
    assert _code([filing(place="320100", enddate=DAY - 1)]) == "NOT_FILED"
    assert _code([filing(cancelled_on=DAY)]) == "NOT_FILED"
    assert _code([filing(insutype="390")]) == "NOT_FILED"
    assert _code([filing(insuplc_admdvs="330200")]) == "NOT_FILED"
    assert _code([filing("UNRECOGNISED")]) == "NOT_FILED"


def test_an_expiry_that_ends_the_stay_is_named_with_both_dates():
    """Where the insured place wants the whole stay covered, the detail shows what was needed."""
    found = refusal([filing()], visit(covered_until=DAY + 11))
    assert found.fault.code == "FILING_EXPIRED"
    assert "2024-10-04 to 2024-10-15" in found.detail


def _code(rows: Any) -> str:
    return refusal(rows, visit()).fault.code
