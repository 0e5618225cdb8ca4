"""Folding split lines into totals of the 14 national fee categories, and the proof that nothing was lost."""

from yidi.contract import records
from yidi.domain.money import Fen

GRADE_A = "01"
GRADE_B = "02"


class IdentityBroken(AssertionError):
    """A conversion that does not add up; it must not leave the hospital."""


def fold(lines: list[records.FeeLine]) -> list[records.FeeCategoryTotal]:
    """Totals by fee category, ascending by code; a refund's line counts as a line."""
    totals: dict[str, records.FeeCategoryTotal] = {}
    for line in lines:
        code = line["med_chrgitm_type"]
        total = totals.get(code)
        if total is None:
            total = totals[code] = _empty(code)
        _add(total, line)
    return [totals[code] for code in sorted(totals)]


def prove(lines: list[records.FeeLine], categories: list[records.FeeCategoryTotal], medfee_sumamt: Fen) -> None:
    """Identities 1, 6 and 8 of domain §5 for a conversion; raises IdentityBroken, a defect.

    Each line and each category is the sum of its components, lines and categories add up to the bill component by
    component, and no category is negative anywhere.
    """
    by_line = _line_sums(lines)
    by_category = _category_sums(categories)
    if by_line != by_category:
        raise IdentityBroken(f"lines add up to {by_line} fen, categories to {by_category}")
    if by_line[0] != medfee_sumamt:
        raise IdentityBroken(f"lines add up to {by_line[0]} fen, the bill says {medfee_sumamt}")


def _empty(code: str) -> records.FeeCategoryTotal:
    return {
        "med_chrgitm_type": code,
        "item_cnt": 0,
        "item_sumamt": 0,
        "item_claa_amt": 0,
        "item_clab_amt": 0,
        "fulamt_ownpay_amt": 0,
        "overlmt_selfpay": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": 0,
    }


def _add(total: records.FeeCategoryTotal, line: records.FeeLine) -> None:
    amount = line["det_item_fee_sumamt"]
    total["item_cnt"] += 1
    total["item_sumamt"] += amount
    grade = line["chrgitm_lv"]
    if grade == GRADE_A:
        total["item_claa_amt"] += amount
    elif grade == GRADE_B:
        total["item_clab_amt"] += amount
    total["fulamt_ownpay_amt"] += line["fulamt_ownpay_amt"]
    total["overlmt_selfpay"] += line["overlmt_amt"]
    total["preselfpay_amt"] += line["preselfpay_amt"]
    total["inscp_scp_amt"] += line["inscp_scp_amt"]


def _line_sums(lines: list[records.FeeLine]) -> tuple[Fen, Fen, Fen, Fen, Fen]:
    amounts = owns = aboves = priors = scopes = 0
    for line in lines:
        amount, own, above = line["det_item_fee_sumamt"], line["fulamt_ownpay_amt"], line["overlmt_amt"]
        prior, scope = line["preselfpay_amt"], line["inscp_scp_amt"]
        if amount != own + above + prior + scope:
            raise IdentityBroken(f"line {line['feedetl_sn']} is {amount} fen, its components are not")
        amounts += amount
        owns += own
        aboves += above
        priors += prior
        scopes += scope
    return amounts, owns, aboves, priors, scopes


def _category_sums(categories: list[records.FeeCategoryTotal]) -> tuple[Fen, Fen, Fen, Fen, Fen]:
    amounts = owns = aboves = priors = scopes = 0
    for total in categories:
        own, above = total["fulamt_ownpay_amt"], total["overlmt_selfpay"]
        prior, scope = total["preselfpay_amt"], total["inscp_scp_amt"]
        if total["item_sumamt"] != own + above + prior + scope or min(own, above, prior, scope) < 0:
            raise IdentityBroken(f"category {total['med_chrgitm_type']} does not add up, or is negative: {total}")
        amounts += total["item_sumamt"]
        owns += own
        aboves += above
        priors += prior
        scopes += scope
    return amounts, owns, aboves, priors, scopes
