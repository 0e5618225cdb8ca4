"""The identities of a bill (domain §5.1, §5.6, §5.8), re-derived from nothing but the domain's own words. Pure.

Each function names in words what does not hold, with the figures; an empty list is a sound bill.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from yidi.audit.packing import Categories, add_figures
from yidi.contract import records

CODES: Final = frozenset(f"{code:02d}" for code in range(1, 15))
"""The closed set of fee categories (domain §4)."""

PRICE_TO_FEN: Final = 10**8
"""Count × 10⁴ times price × 10⁶ yuan is 10¹⁰ yuan: 10⁸ fen."""

LINE_TOLERANCE_FEN: Final = 1
"""A line's amount may be off count × price by one fen (domain §5)."""

_COMPONENT_NAMES: Final = ("total", "fully self-paid", "over limit", "prior self-pay", "in scope")


def category_faults(rows: Sequence[records.FeeCategoryTotal], medfee_sumamt: int) -> list[str]:
    """Each category's parts, the closed set of codes, ascending; together the bill."""
    found: list[str] = []
    codes = [row["med_chrgitm_type"] for row in rows]
    if codes != sorted(set(codes)) or not CODES.issuperset(codes):
        found.append(f"categories {codes} are not an ascending part of 01 to 14")
    for row in rows:
        parts = row["fulamt_ownpay_amt"] + row["overlmt_selfpay"] + row["preselfpay_amt"] + row["inscp_scp_amt"]
        if row["item_sumamt"] != parts:
            found.append(
                f"category {row['med_chrgitm_type']}: item_sumamt {row['item_sumamt']} is not its parts {parts}"
            )
    total = sum([row["item_sumamt"] for row in rows])
    if total != medfee_sumamt:
        found.append(f"the categories add up to {total}, medfee_sumamt is {medfee_sumamt}")
    return found


def line_faults(lines: Sequence[records.FeeLine]) -> list[str]:
    """Each line's parts and price; what is above the ceiling is not more than the line."""
    found: list[str] = []
    for line in lines:
        amount = line["det_item_fee_sumamt"]
        parts = line["fulamt_ownpay_amt"] + line["overlmt_amt"] + line["preselfpay_amt"] + line["inscp_scp_amt"]
        if amount != parts:
            found.append(f"line {line['feedetl_sn']}: det_item_fee_sumamt {amount} is not its parts {parts}")
        if not 0 <= abs(line["overlmt_amt"]) <= abs(amount):
            found.append(f"line {line['feedetl_sn']}: overlmt_amt {line['overlmt_amt']} exceeds its amount {amount}")
        found += price_faults(line)
    return found


def price_faults(line: Mapping[str, Any]) -> list[str]:
    """A line's amount is count times price, to one fen."""
    exact, amount = line["cnt"] * line["pric"], line["det_item_fee_sumamt"]
    if abs(exact - amount * PRICE_TO_FEN) > LINE_TOLERANCE_FEN * PRICE_TO_FEN + PRICE_TO_FEN // 2:
        return [f"line {line['feedetl_sn']}: det_item_fee_sumamt {amount} is not count times price"]
    return []


def categories_of_lines(lines: Sequence[records.FeeLine]) -> Categories:
    """The categories that the lines make, in the order of `packing.CATEGORY_FIELDS`."""
    found: Categories = {}
    for line in lines:
        amount, grade = line["det_item_fee_sumamt"], line["chrgitm_lv"]
        figures = (
            1,
            amount if grade == "01" else 0,
            amount if grade == "02" else 0,
            amount,
            line["fulamt_ownpay_amt"],
            line["overlmt_amt"],
            line["preselfpay_amt"],
            line["inscp_scp_amt"],
        )
        add_figures(found, line["med_chrgitm_type"], figures)
    return found


def difference(lines: Categories, categories: Categories) -> str:
    """The first component in which lines and categories differ, in words; empty when they agree."""
    for code in sorted(lines.keys() | categories.keys()):
        mine, theirs = lines.get(code, _NONE), categories.get(code, _NONE)
        for name, one, other in zip(_FIGURE_NAMES, mine, theirs, strict=True):
            if one != other:
                return f"category {code}, {name}: the lines make {one}, the category says {other}"
    return ""


_FIGURE_NAMES: Final = ("number of lines", "grade A amount", "grade B amount", *_COMPONENT_NAMES)
_NONE: Final = (0,) * len(_FIGURE_NAMES)
