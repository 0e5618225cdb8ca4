"""The insured place's calculation (domain §6): bill, person, the year's accumulators and a policy → a settlement.

Pure: no clock, no I/O; the same arguments always give the same settlement. Pre-settle is the same call whose effects
nobody applies. An exhausted cap is no error, the fund pays 0 and the trace says why.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from yidi.agency.accumulators import NO_COUNTERS, Counters, after
from yidi.agency.claim import INPATIENT, Claim, Insured
from yidi.agency.compiled import CompiledPolicy, care_of
from yidi.agency.layers import pay_layers
from yidi.agency.pool import pay_pool
from yidi.agency.segments import PAY_ONE
from yidi.agency.settlement import (
    ACCOUNT_FUND,
    FUND_FIELDS,
    PolicyUsed,
    SetlDetail,
    Settlement,
    check,
    check_signs,
)
from yidi.agency.sheet import Sheet, Step
from yidi.agency.year_parts import YearPart, by_days, whole
from yidi.domain.faults import Refusal, Stage
from yidi.domain.money import BASIS_POINTS, Fen, round_half_up

COMPONENTS: Final = ("medfee_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
"""A bill's components, as lines and categories must agree on them."""

NO_POLICIES: Final[Mapping[int, CompiledPolicy]] = {}


class Visit(Struct, frozen=True):
    """The arguments of one calculation, with the bill's totals in fen."""

    policy: CompiledPolicy
    care: str
    claim: Claim
    insured: Insured
    medfee: Fen
    fulamt: Fen
    overlmt: Fen
    preself: Fen
    scope: Fen


def calculate(
    policy: CompiledPolicy,
    claim: Claim,
    insured: Insured,
    accumulators: Mapping[int, Counters],
    earlier: Mapping[int, CompiledPolicy] = NO_POLICIES,
) -> Settlement:
    """Settle a claim by the policy valid at discharge; `earlier` holds the policies of earlier years of a split stay.

    `accumulators` is by year, a missing year is an empty one. Raises `Refusal`: TOTALS_DISAGREE, TOTAL_NEGATIVE,
    DATES_DISORDERED, FIELD_INVALID, REFUND_EXCEEDS_ORIGINAL, UNFILED_NOT_COVERED; `IdentityBroken` is a defect.
    """
    visit = _visit(policy, claim, insured)
    sheets = []
    for part in _parts(visit):
        rules = policy if part.last else earlier.get(part.year, policy)
        sheets.append(_sheet(rules, visit, part, accumulators.get(part.year, NO_COUNTERS)))
    return check_signs(check(_settlement(visit, sheets)))


def _visit(policy: CompiledPolicy, claim: Claim, insured: Insured) -> Visit:
    """Sum the categories and prove what the rest builds on (domain §5.1, §5.6)."""
    medfee = fulamt = overlmt = preself = scope = 0
    for category in claim.categories:
        medfee += category.medfee_sumamt
        fulamt += category.fulamt_ownpay_amt
        overlmt += category.overlmt_selfpay
        preself += category.preselfpay_amt
        scope += category.inscp_scp_amt
    if medfee != fulamt + overlmt + preself + scope:
        raise _refusal("TOTALS_DISAGREE", "components do not add up to medfee_sumamt")
    if min(fulamt, overlmt, preself, scope) < 0:
        raise _refusal("TOTAL_NEGATIVE", "a component of the bill is below 0")
    if claim.lines:
        _check_lines(claim, (medfee, fulamt, overlmt, preself, scope))
    if claim.enddate < claim.begndate:
        raise _refusal("DATES_DISORDERED", f"enddate {claim.enddate} lies before begndate {claim.begndate}")
    return Visit(policy, care_of(claim), claim, insured, medfee, fulamt, overlmt, preself, scope)


def _check_lines(claim: Claim, totals: tuple[Fen, ...]) -> None:
    """Lines and categories agree component by component (domain §5.6)."""
    medfee = fulamt = overlmt = preself = scope = 0
    for line in claim.lines:
        medfee += line.det_item_fee_sumamt
        fulamt += line.fulamt_ownpay_amt
        overlmt += line.overlmt_amt
        preself += line.preselfpay_amt
        scope += line.inscp_scp_amt
    for name, total, lines in zip(COMPONENTS, totals, (medfee, fulamt, overlmt, preself, scope), strict=True):
        if total != lines:
            raise _refusal("TOTALS_DISAGREE", f"{name} of the lines differs from the categories'")


def _refusal(code: str, detail: str) -> Refusal:
    return Refusal(code, detail, stage=Stage.CALCULATE)


def _parts(visit: Visit) -> tuple[YearPart, ...]:
    claim = visit.claim
    if visit.policy.by_days and visit.care == INPATIENT and claim.begndate.year != claim.enddate.year:
        return by_days(claim.begndate, claim.enddate, visit.scope, visit.preself)
    return whole(claim.enddate, visit.scope, visit.preself)


def _sheet(policy: CompiledPolicy, visit: Visit, part: YearPart, before: Counters) -> Sheet:
    """Calculate one year's part, the account apart."""
    claim, insured = visit.claim, visit.insured
    row = policy.row(claim, insured, visit.care)
    sheet = Sheet(
        policy,
        row,
        visit.care,
        claim,
        insured,
        before,
        part.year,
        part.month,
        part.scope,
        part.preself,
        part.first,
        [],
        {},
    )
    if part.days:
        sheet.steps.append(("part.year", {"year": part.year, "days": part.days, "scope_fen": part.scope}))
    pay_pool(sheet)
    pay_layers(sheet)
    return sheet


def _settlement(visit: Visit, sheets: list[Sheet]) -> Settlement:
    funds = _funds(sheets)
    fund_sum = sum(funds.values())
    psn_part = visit.medfee - fund_sum
    steps = [step for sheet in sheets for step in sheet.steps]
    acct_pay, shortfall = _account(visit, psn_part, steps)
    balance = visit.insured.balance
    return Settlement(
        medfee_sumamt=visit.medfee,
        fulamt_ownpay_amt=visit.fulamt,
        overlmt_selfpay=visit.overlmt,
        preselfpay_amt=visit.preself,
        inscp_scp_amt=visit.scope,
        act_pay_dedc=sum([sheet.act_pay_dedc for sheet in sheets]),
        pool_prop_selfpay=_effective_ratio(sheets),
        oth_pay=0,
        fund_pay_sumamt=fund_sum,
        hosp_part_amt=0,
        psn_part_amt=psn_part,
        acct_pay=acct_pay,
        psn_cash_pay=psn_part - acct_pay,
        balc_before=balance,
        balc=balance - acct_pay,
        acct_shortfall=shortfall,
        setldetail=_setldetail(visit.policy.pool_fund, funds, acct_pay),
        effects={sheet.year: sheet.effect for sheet in sheets},
        before={sheet.year: dict(sheet.before) for sheet in sheets},
        after={sheet.year: after(sheet.before, sheet.effect) for sheet in sheets},
        steps=tuple(steps),
        policies=tuple([PolicyUsed(s.year, s.policy.id, s.policy.version, s.policy.digest) for s in sheets]),
        **funds,
    )


def _funds(sheets: list[Sheet]) -> dict[str, Fen]:
    """Each fund over all parts; by result field."""
    first = sheets[0]
    funds = {
        "hifp_pay": first.hifp_pay,
        "cvlserv_pay": first.cvlserv_pay,
        "hifes_pay": first.hifes_pay,
        "hifmi_pay": first.hifmi_pay,
        "hifob_pay": first.hifob_pay,
        "maf_pay": first.maf_pay,
    }
    for sheet in sheets[1:]:
        for name in funds:
            funds[name] += getattr(sheet, name)
    return funds


def _effective_ratio(sheets: list[Sheet]) -> int:
    """Pool ÷ (in scope − deductible) as four places, exact before rounding: one segment gives its own ratio [d]."""
    base = sum([sheet.scope - sheet.act_pay_dedc for sheet in sheets])
    if base <= 0:
        return 0
    return round_half_up(sum([sheet.pool_exact for sheet in sheets]) * BASIS_POINTS, base * PAY_ONE)


def _account(visit: Visit, psn_part: Fen, steps: list[Step]) -> tuple[Fen, Fen]:
    """What the account pays, and what its balance could not cover (domain §6.8).

    Payable is the rest of scope and prior self-pay; fully self-paid items and amounts over a ceiling only where the
    policy allows.
    """
    policy, balance = visit.policy, visit.insured.balance
    if not visit.claim.acct_used_flag or visit.care not in policy.account_care:
        return 0, 0
    payable = psn_part if policy.account_fully else psn_part - visit.fulamt - visit.overlmt
    pay = max(0, min(payable, balance))
    steps.append(("account.paid", {"payable_fen": payable, "balance_fen": balance, "pay_fen": pay}))
    return pay, payable - pay


def _setldetail(pool_fund: str, funds: dict[str, Fen], acct_pay: Fen) -> tuple[SetlDetail, ...]:
    """One row per fund that pays, the account last (identity 5)."""
    rows = []
    if funds["hifp_pay"]:
        rows.append(SetlDetail(pool_fund, funds["hifp_pay"]))
    for name, fund_pay_type in FUND_FIELDS.items():
        if funds[name]:
            rows.append(SetlDetail(fund_pay_type, funds[name]))
    if acct_pay:
        rows.append(SetlDetail(ACCOUNT_FUND, acct_pay))
    return tuple(rows)
