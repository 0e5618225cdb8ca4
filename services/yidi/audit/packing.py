"""Amounts and categories as a few bytes: small integers without names, so that a million settlements fit in memory.

Equal packings are equal figures, field by field; the twin's packing is the packing of the negated figures.
"""

from collections.abc import Iterable
from typing import Any, Final, cast

import msgspec

from yidi.contract import records

AMOUNTS: Final = (
    "medfee_sumamt",
    "fulamt_ownpay_amt",
    "overlmt_selfpay",
    "preselfpay_amt",
    "inscp_scp_amt",
    "act_pay_dedc",
    "hifp_pay",
    "cvlserv_pay",
    "hifes_pay",
    "hifmi_pay",
    "hifob_pay",
    "maf_pay",
    "oth_pay",
    "fund_pay_sumamt",
    "hosp_part_amt",
    "psn_part_amt",
    "acct_pay",
    "psn_cash_pay",
)
"""Every amount of a settlement; a twin negates each (domain §5.7)."""

COMPONENTS: Final = ("item_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
"""A category's total and its four parts, in the order of `AMOUNTS`' first five."""

CATEGORY_FIELDS: Final = ("item_cnt", "item_claa_amt", "item_clab_amt", *COMPONENTS)

Categories = dict[str, tuple[int, ...]]
"""Fee category → figures in the order of `CATEGORY_FIELDS`."""

_encode = msgspec.msgpack.encode
_decode = msgspec.msgpack.decode


def pack_amounts(amounts: records.SettlementAmounts) -> bytes:
    return _encode(_amounts_row(cast("dict[str, Any]", amounts), 1))


def pack_negated_amounts(amounts: records.SettlementAmounts) -> bytes:
    """The packing of the negative twin; the pool's ratio stays."""
    return _encode(_amounts_row(cast("dict[str, Any]", amounts), -1))


def unpack_amounts(packed: bytes) -> dict[str, int]:
    """The amounts by field, without `setldetail`."""
    row = _decode(packed)
    return dict(zip(AMOUNTS, row, strict=False))


def amounts_that_differ(left: bytes, right: bytes) -> str:
    """The first field in which two packings differ, with both figures, in words."""
    one, other = _decode(left), _decode(right)
    names = (*AMOUNTS, "pool_prop_selfpay", "setldetail")
    for name, mine, theirs in zip(names, one, other, strict=True):
        if mine != theirs:
            return f"{name} is {mine} and {theirs}"
    return "nothing differs"


def categories_of(rows: Iterable[records.FeeCategoryTotal]) -> Categories:
    """The figures by category; rows of one category are added."""
    found: Categories = {}
    for row in rows:
        values = cast("dict[str, Any]", row)
        add_figures(found, values["med_chrgitm_type"], tuple([values[name] for name in CATEGORY_FIELDS]))
    return found


def add_figures(categories: Categories, code: str, figures: tuple[int, ...]) -> None:
    before = categories.get(code)
    added = figures if before is None else tuple(map(int.__add__, before, figures))
    categories[code] = added


def pack_categories(categories: Categories) -> bytes:
    return _encode(sorted(categories.items()))


def unpack_categories(packed: bytes) -> Categories:
    return {code: tuple(figures) for code, figures in _decode(packed)}


def negated(categories: Categories) -> Categories:
    """The categories of the twin. The number of lines is a count, and counts as negated only if it is."""
    return {code: tuple([-figure for figure in figures]) for code, figures in categories.items()}


def _amounts_row(amounts: dict[str, Any], sign: int) -> list[Any]:
    row: list[Any] = [sign * amounts[name] for name in AMOUNTS]
    row.append(amounts["pool_prop_selfpay"])
    row.append(sorted((fund["fund_pay_type"], sign * fund["fund_payamt"]) for fund in amounts["setldetail"]))
    return row
