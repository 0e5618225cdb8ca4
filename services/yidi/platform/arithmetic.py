"""Sums that must hold: a request's categories against its total, a result against itself (domain §5, identities 1–8).

Pure. Each function raises the `Refusal` of the first sum that does not hold, with both sides of it, in fen.
"""

from typing import Final

from yidi.contract import records
from yidi.domain.codes import FeeCategory
from yidi.domain.faults import Refusal
from yidi.domain.money import FEN_MAX, Fen
from yidi.platform.reading import Claim

CATEGORY_CODES: Final = frozenset(FeeCategory)

FUND_OF_DETAIL: Final = {
    "3101": "hifp_pay",
    "3901": "hifp_pay",
    "3201": "cvlserv_pay",
    "3301": "hifob_pay",
    "3701": "hifes_pay",
    "3902": "hifmi_pay",
    "6101": "maf_pay",
    "3102": "acct_pay",
    "9999": "hosp_part_amt",
}
"""`fund_pay_type` ↔ result field by the first four digits: real answers use sub-codes (domain §4). Else oth_pay."""

DETAILED: Final = (*dict.fromkeys(FUND_OF_DETAIL.values()), "oth_pay")

AMOUNTS: Final = tuple(
    name for name in records.SettlementAmounts.__annotations__ if name not in ("pool_prop_selfpay", "setldetail")
)
"""Every amount of a result; a ratio and the rows per fund are none."""


def check_request(claim: Claim) -> None:
    """Identities 1 and 6 as far as a request without its lines shows them; the lines are the receiver's to add up."""
    total, of_categories, last = claim["medfee_sumamt"], 0, ""
    if not 0 <= total <= FEN_MAX:
        raise Refusal("AMOUNT_OUT_OF_RANGE", f"medfee_sumamt is {total} fen, outside 0 to {FEN_MAX}")
    for row in claim["categories"]:
        _check_category(row, last)
        last = row["med_chrgitm_type"]
        of_categories += row["item_sumamt"]
    if of_categories != total:
        raise Refusal("TOTALS_DISAGREE", f"medfee_sumamt is {total} fen, the categories' item_sumamt {of_categories}")


def _check_category(row: records.FeeCategoryTotal, last: str) -> None:
    code, amount = row["med_chrgitm_type"], row["item_sumamt"]
    if code not in CATEGORY_CODES:
        raise Refusal("CATEGORY_UNKNOWN", f"med_chrgitm_type {code!r} is none of 01 to 14")
    if code <= last:
        raise Refusal("FIELD_INVALID", f"categories: {code} follows {last}; they ascend, each once")
    if amount < 0:
        raise Refusal("TOTAL_NEGATIVE", f"category {code}: item_sumamt is {amount} fen")
    parts = row["fulamt_ownpay_amt"] + row["overlmt_selfpay"] + row["preselfpay_amt"] + row["inscp_scp_amt"]
    if parts != amount:
        raise Refusal("TOTALS_DISAGREE", f"category {code}: item_sumamt is {amount} fen, its parts add up to {parts}")


def check_settled(amounts: records.SettlementAmounts, medfee_sumamt: Fen) -> None:
    """A settlement's result: all identities, nothing negative, and the total that was asked for."""
    _equal("medfee_sumamt", amounts["medfee_sumamt"], "asked", medfee_sumamt)
    _check_sums(amounts)
    _check_rows(amounts)
    if min([amounts[name] for name in AMOUNTS]) < 0:  # type: ignore[literal-required]
        negative = ", ".join(name for name in AMOUNTS if amounts[name] < 0)  # type: ignore[literal-required]
        raise _invalid(f"negative on a settlement: {negative}")
    if amounts["act_pay_dedc"] > amounts["inscp_scp_amt"]:
        raise _invalid(f"act_pay_dedc {amounts['act_pay_dedc']} is above inscp_scp_amt {amounts['inscp_scp_amt']}")


def check_twin(amounts: records.SettlementAmounts, original: records.SettlementAmounts | None) -> None:
    """A reversal's result: the exact negative of what the original brought about, or nothing when it had no effect."""
    for name in AMOUNTS:
        expected = 0 if original is None else -original[name]  # type: ignore[literal-required]
        _equal(name, amounts[name], "the original's, negated", expected)  # type: ignore[literal-required]
    _check_rows(amounts)


def check_balance(result: records.SettlementResult, acct_pay: Fen) -> None:
    """The account's balance after is the one before less what it paid; a reversal pays back."""
    before, after = result["balc_before"], result["balc"]
    if before is not None and after is not None:
        _equal("balc", after, "balc_before − acct_pay", before - acct_pay)


def _check_sums(a: records.SettlementAmounts) -> None:
    """Identities 1 to 4."""
    parts = a["fulamt_ownpay_amt"] + a["overlmt_selfpay"] + a["preselfpay_amt"] + a["inscp_scp_amt"]
    _equal("medfee_sumamt", a["medfee_sumamt"], "its four parts", parts)
    borne = a["fund_pay_sumamt"] + a["hosp_part_amt"] + a["psn_part_amt"]
    _equal("medfee_sumamt", a["medfee_sumamt"], "funds + hospital + person", borne)
    _equal("psn_part_amt", a["psn_part_amt"], "acct_pay + psn_cash_pay", a["acct_pay"] + a["psn_cash_pay"])
    funds = a["hifp_pay"] + a["cvlserv_pay"] + a["hifes_pay"] + a["hifmi_pay"] + a["hifob_pay"] + a["maf_pay"]
    _equal("fund_pay_sumamt", a["fund_pay_sumamt"], "the seven funds", funds + a["oth_pay"])


def _check_rows(amounts: records.SettlementAmounts) -> None:
    """Identity 5, fund by fund: the rows of `setldetail` are the fields they stand for."""
    found = dict.fromkeys(DETAILED, 0)
    for row in amounts["setldetail"]:
        found[FUND_OF_DETAIL.get(row["fund_pay_type"][:4], "oth_pay")] += row["fund_payamt"]
    for name, amount in found.items():
        if amounts[name] != amount:  # type: ignore[literal-required]
            _equal(name, amounts[name], "its rows in setldetail", amount)  # type: ignore[literal-required]


def _equal(name: str, amount: Fen, other: str, expected: Fen) -> None:
    if amount != expected:
        raise _invalid(f"{name} is {amount} fen, {other} {expected}")


def _invalid(detail: str) -> Refusal:
    return Refusal("RESULT_INVALID", detail)
