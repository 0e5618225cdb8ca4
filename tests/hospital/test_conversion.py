"""Splitting and folding: the figures of the field, and identities over random bills."""

from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.hospital.ward import BEGIN, Ward, catalogue, charges, dialect, line, refund, request_of
from yidi.contract import records
from yidi.domain.money import round_half_up
from yidi.hospital.catalogue import Catalogue, Dialect, Entry, Tariff
from yidi.hospital.conversion import convert, split
from yidi.hospital.folding import IdentityBroken, fold, prove

COMPONENTS = ("fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt")


def tariff(level: str = "3") -> Tariff:
    speech = dialect()
    return Tariff(Catalogue.of(catalogue()), Dialect("ward", speech["items"], speech["categories"]), level)


def components(row: records.FeeLine) -> tuple[int, ...]:
    return tuple(row[name] for name in COMPONENTS)  # type: ignore[literal-required]


def entry(grade: str, ratio: int = 0) -> Entry:
    return Entry("X", grade, ratio, {}, 0, 10**9)


SPLITS = [
    (452, 10_000, 4_520_000, None, entry("02", 500), (0, 0, 23, 429)),  # V2 of domain §6: 4.52 × 0.05 → 0.23
    (1_000, 10_000, 10_000_000, None, entry("01"), (0, 0, 0, 1_000)),
    (1_000, 10_000, 10_000_000, None, entry("03", 10_000), (1_000, 0, 0, 0)),
    (6_000, 10_000, 60_000_000, 50_000_000, entry("01"), (0, 1_000, 0, 5_000)),
    (6_000, 10_000, 60_000_000, 50_000_000, entry("02", 1_000), (0, 1_000, 500, 4_500)),
    (5_000, 10_000, 50_000_000, 50_000_000, entry("01"), (0, 0, 0, 5_000)),
    (6_000, 10_000, 60_000_000, 50_000_000, entry("03"), (6_000, 0, 0, 0)),
    (1, 10_000, 24_000, 0, entry("01"), (0, 1, 0, 0)),  # never more above the ceiling than the line has
]


@pytest.mark.parametrize(("amount", "cnt", "pric", "ceiling", "grade", "expected"), SPLITS)
def test_split(  # noqa: PLR0917 — one column a parameter
    amount: int, cnt: int, pric: int, ceiling: int | None, grade: Entry, expected: tuple[int, ...]
) -> None:
    """Each grade is split as domain §6.1 says, rounded once a component."""
    assert split(amount, cnt, pric, ceiling, grade) == expected


def test_ceiling_goes_by_settlement_level() -> None:
    """The same bed is above the limit of a level-2 institution by more than that of level 3; level 1 has no limit."""
    bed = [line(code="BED", amount=6_000)]
    above = [convert(bed, tariff(level))[0]["overlmt_amt"] for level in ("3", "2", "1")]
    assert above == [1_000, 2_000, 0]


def test_catalogue_goes_by_the_day_of_the_fee() -> None:
    """An item that changed its grade is split by the entry valid when the fee arose."""
    day = 86_400_000
    lines = [line("1", "OLD", fee_ocur_time=14_999 * day), line("2", "OLD", fee_ocur_time=BEGIN)]
    assert [row["chrgitm_lv"] for row in convert(lines, tariff())] == ["01", "02"]


def test_national_code_of_the_line_goes_before_the_mapping() -> None:
    """A line that names its national item needs no mapping of the hospital's."""
    (row,) = convert([line(medins_list_codg="unmapped", med_list_codg="DRUG-B")], tariff())
    assert (row["med_list_codg"], row["preselfpay_amt"]) == ("DRUG-B", 50)


def test_full_refund_mirrors_its_original() -> None:
    """4.52 of grade B is 0.23 and 4.29; its refund is −0.23 and −4.29, wherever it stands in the bill."""
    original = line("1", "DRUG-B", 452)
    for bill in ([original, refund("2", original)], [refund("2", original), original]):
        rows = {row["feedetl_sn"]: components(row) for row in convert(bill, tariff())}
        assert rows == {"1": (0, 0, 23, 429), "2": (0, 0, -23, -429)}


def test_partial_refunds_add_up_to_their_original() -> None:
    """Two halves of 4.52 take back 0.23, though each alone would round to 0.11."""
    original = line("1", "DRUG-B", 452, 2)
    half = {"cnt": -10_000, "det_item_fee_sumamt": -226}
    rows = convert([original, refund("2", original, **half), refund("3", original, **half)], tariff())
    assert [row["preselfpay_amt"] for row in rows] == [23, -12, -11]
    assert [sum(part) for part in zip(*map(components, rows), strict=True)] == [0, 0, 0, 0]


def test_partial_refund_takes_back_what_was_above_the_ceiling() -> None:
    """One of two beds of 60.00 with ceiling 50.00 takes back 10.00 above it and 50.00 in scope."""
    original = line("1", "BED", 12_000, 2)
    rows = convert([original, refund("2", original, cnt=-10_000, det_item_fee_sumamt=-6_000)], tariff())
    assert [components(row) for row in rows] == [(0, 2_000, 0, 10_000), (0, -1_000, 0, -5_000)]


def test_categories_are_folded_by_the_dialect() -> None:
    """Categories come ascending, with counts, and amounts by grade."""
    bill = [line("1", "DRUG-A", 100), line("2", "BED", 200), line("3", "DRUG-B", 300), line("4", "TONIC", 400)]
    folded = fold(convert(bill, tariff()))
    assert [(t["med_chrgitm_type"], t["item_cnt"], t["item_sumamt"]) for t in folded] == [
        ("01", 1, 200),
        ("09", 2, 400),
        ("11", 1, 400),
    ]
    assert [(t["item_claa_amt"], t["item_clab_amt"]) for t in folded] == [(200, 0), (100, 300), (0, 0)]


@st.composite
def bills(draw: st.DrawFn) -> list[records.ChargeLine]:
    """Charges of every grade with odd counts and prices, some refunded in parts, some in full, in any order."""
    lines: list[records.ChargeLine] = []
    for number in range(draw(st.integers(1, 6))):
        original = draw(charged(str(number)))
        lines.append(original)
        left, amount = original["cnt"], original["det_item_fee_sumamt"]
        for part in range(draw(st.integers(0, 3))):
            taken = draw(st.integers(1, left)) if left else 0
            back = amount if taken == left else min(amount, _amount(taken, original["pric"]))
            if not taken or abs(back - _amount(taken, original["pric"])) > 1:
                break
            left, amount = left - taken, amount - back
            lines.append(refund(f"{number}r{part}", original, cnt=-taken, det_item_fee_sumamt=-back))
    return draw(st.permutations(lines))


@st.composite
def charged(draw: st.DrawFn, number: str) -> records.ChargeLine:
    cnt = draw(st.integers(1, 500_000))
    pric = draw(st.integers(0, 3_000_000_000))
    amount = max(0, _amount(cnt, pric) + draw(st.integers(-1, 1)))
    code = draw(st.sampled_from(["BED", "DRUG-A", "DRUG-B", "STENT", "TONIC", "OLD"]))
    made = line(number, code, cnt=cnt, pric=pric, det_item_fee_sumamt=amount)
    return cast("records.ChargeLine", made)


def _amount(cnt: int, pric: int) -> int:
    return round_half_up(cnt * pric, 10**8)


@given(bills())
@settings(max_examples=150, deadline=None)
def test_identities_hold_for_any_bill(bill: list[records.ChargeLine]) -> None:
    """Lines, categories and total add up component by component, and no category is negative anywhere."""
    rows = convert(bill, tariff())
    folded = fold(rows)
    total = sum(row["det_item_fee_sumamt"] for row in bill)
    prove(rows, folded, total)
    assert [row["feedetl_sn"] for row in rows] == [row["feedetl_sn"] for row in bill]
    assert all(sum(components(row)) == row["det_item_fee_sumamt"] for row in rows)
    assert all(0 <= row["overlmt_amt"] <= row["det_item_fee_sumamt"] for row in rows if row["cnt"] > 0)
    assert sum(t["item_cnt"] for t in folded) == len(bill)


@given(bills())
@settings(max_examples=150, deadline=None)
def test_what_is_refunded_in_full_is_as_if_it_never_was(bill: list[records.ChargeLine]) -> None:
    """An original and its refunds cancel to zero, component by component, once nothing of it is left."""
    rows = convert(bill, tariff())
    for original in (row for row in rows if row["cnt"] > 0):
        family = [row for row in rows if original["feedetl_sn"] in {row["feedetl_sn"], row["init_feedetl_sn"]}]
        sums = [sum(part) for part in zip(*map(components, family), strict=True)]
        assert min(sums) >= 0
        if sum(row["det_item_fee_sumamt"] for row in family) == 0:
            assert sums == [0, 0, 0, 0]


@given(bills())
@settings(max_examples=50, deadline=None)
def test_any_such_bill_is_accepted(bill: list[records.ChargeLine]) -> None:
    """What the generator holds to be a valid bill, the hospital settles with exactly its total."""
    request = request_of(Ward().send(charges(*bill)))
    assert sum(total["item_sumamt"] for total in request["categories"]) == request["medfee_sumamt"]


def test_broken_conversion_does_not_leave_the_house() -> None:
    """A line, a category, a sum or a total that does not add up is a defect, each for itself."""
    rows = convert([line("1", "DRUG-B", 452), line("2", "BED", 6_000)], tariff())
    folded = fold(rows)
    total = 6_452
    prove(rows, folded, total)
    with pytest.raises(IdentityBroken, match="line 1"):
        prove([{**rows[0], "inscp_scp_amt": 430}, rows[1]], folded, total)
    with pytest.raises(IdentityBroken, match="category 01"):
        prove(rows, [{**folded[0], "overlmt_selfpay": -1}, folded[1]], total)
    with pytest.raises(IdentityBroken, match="categories"):
        prove(rows, folded[:1], total)
    with pytest.raises(IdentityBroken, match="the bill says"):
        prove(rows, folded, total + 1)
