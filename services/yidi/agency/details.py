"""A stay's details, sent afterwards, must add up to the categories already settled, component by component."""

from collections.abc import Iterable

from yidi.agency.case import Totals
from yidi.contract.records import FeeCategoryTotal, FeeLine
from yidi.domain.faults import Refusal, Stage

Components = tuple[int, int, int, int, int]


def totals_of(categories: Iterable[FeeCategoryTotal]) -> tuple[Totals, ...]:
    """What is kept of a settled stay's categories."""
    return tuple(
        Totals(
            c["med_chrgitm_type"],
            c["item_sumamt"],
            c["fulamt_ownpay_amt"],
            c["overlmt_selfpay"],
            c["preselfpay_amt"],
            c["inscp_scp_amt"],
        )
        for c in categories
    )


def compare(totals: Iterable[Totals], lines: Iterable[FeeLine]) -> None:
    """Refuse DETAILS_DIFFER, naming every category that differs."""
    settled = {t.med_chrgitm_type: _components_of(t) for t in totals}
    sent = _summed(lines)
    empty = (0, 0, 0, 0, 0)
    differ = [c for c in sorted({*settled, *sent}) if settled.get(c, empty) != sent.get(c, empty)]
    if differ:
        raise Refusal("DETAILS_DIFFER", f"lines.med_chrgitm_type {', '.join(differ)}", stage=Stage.VALIDATE)


def _components_of(t: Totals) -> Components:
    return (t.item_sumamt, t.fulamt_ownpay_amt, t.overlmt_selfpay, t.preselfpay_amt, t.inscp_scp_amt)


def _summed(lines: Iterable[FeeLine]) -> dict[str, Components]:
    sums: dict[str, Components] = {}
    for line in lines:
        a, b, c, d, e = sums.get(line["med_chrgitm_type"], (0, 0, 0, 0, 0))
        sums[line["med_chrgitm_type"]] = (
            a + line["det_item_fee_sumamt"],
            b + line["fulamt_ownpay_amt"],
            c + line["overlmt_amt"],
            d + line["preselfpay_amt"],
            e + line["inscp_scp_amt"],
        )
    return sums
