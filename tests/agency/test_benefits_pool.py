"""The basic pool: deductible, segments, remote cuts in four forms, caps, outpatient, pharmacy, chronic (domain §6)."""

from datetime import date

import pytest

from yidi.agency.benefits import calculate
from yidi.agency.claim import Claim, Insured, SplitLine
from yidi.agency.compiled import CompiledPolicy
from yidi.domain.faults import Refusal

from .benefits_makers import (
    FLAT_70,
    a_line,
    a_policy,
    a_resident,
    a_stay,
    a_visit,
    a_visit_of,
    an_employee,
    an_employee_policy,
)

TWO_SEGMENTS = [{"up_to": 1000, "ratio": 50}, {"ratio": 80}]


def pool_of(policy: CompiledPolicy, claim: Claim, insured: Insured | None = None, used: dict[str, int] | None = None):
    settlement = calculate(policy, claim, insured or a_resident(), {2026: used or {}})
    return settlement.hifp_pay


def measured(how: str):
    segments = {"measured": how, "table": TWO_SEGMENTS}
    return a_policy(inpatient={"deductible": {"amounts": 400}, "segments": segments})


def test_segments_measured_from_zero_of_the_stay():
    """The deductible eats the lowest segment: 400-1,000 at 50 %, above at 80 %."""
    assert pool_of(measured("per_stay"), a_stay(2000_00)) == 600_00 // 2 + 1000_00 * 80 // 100


def test_segments_measured_from_the_deductible():
    """The first segment begins where the deductible ends: 1,000 at 50 %, the remaining 600 at 80 %."""
    assert pool_of(measured("from_deductible"), a_stay(2000_00)) == 500_00 + 480_00


def test_segments_measured_over_the_year():
    """What the year has seen already moves the stay up the segments."""
    policy = measured("over_year")
    first = calculate(policy, a_stay(900_00), a_resident(), {})
    second = calculate(policy, a_stay(900_00), a_resident(), first.after)
    assert first.hifp_pay == 500_00 // 2
    assert second.hifp_pay == 500_00 * 80 // 100


def test_the_fund_is_rounded_once_not_per_segment():
    """Two segments of 0.4 fen each pay 0.8 → 1 fen; rounded one by one they would pay nothing."""
    table = [{"up_to": "0.01", "ratio": 40}, {"ratio": 40}]
    assert pool_of(a_policy(inpatient={"segments": {"table": table}}), a_stay(2)) == 1


def test_half_a_fen_rounds_up():
    """0.05 × 50 % is 2.5 fen and pays 3."""
    policy = a_policy(inpatient={"segments": {"table": [{"ratio": 50}]}})
    assert pool_of(policy, a_stay(5)) == 3


def remote(**rows: object):
    plan = {"deductible": {"amounts": 1000}, "segments": FLAT_70, "remote": rows}
    return a_policy(inpatient=plan)


def test_points_off():
    """A referral that takes 10 points off pays 60 instead of 70 %."""
    policy = remote(referral={"form": "points_off", "points": 10})
    assert pool_of(policy, a_stay(11000_00, filing_class="REFERRAL")) == 6000_00
    assert pool_of(policy, a_stay(11000_00, filing_class="LONG_TERM")) == 7000_00


def test_points_off_never_turn_a_ratio_negative():
    """More points off than the ratio has: the pool pays 0, not less."""
    policy = remote(referral={"form": "points_off", "points": 90})
    assert pool_of(policy, a_stay(11000_00, filing_class="REFERRAL")) == 0


def test_first_bear():
    """(scope × (1 − 10 %) − deductible) × ratio."""
    policy = remote(other_temporary={"form": "first_bear", "percent": 10})
    assert pool_of(policy, a_stay(11000_00, filing_class="OTHER_TEMPORARY")) == (9900_00 - 1000_00) * 70 // 100


def test_first_bear_of_everything_pays_nothing():
    """A person who first bears 100 % meets neither segment nor cap."""
    policy = remote(other_temporary={"form": "first_bear", "percent": 100})
    settlement = calculate(policy, a_stay(11000_00, filing_class="OTHER_TEMPORARY"), a_resident(), {})
    assert (settlement.hifp_pay, settlement.act_pay_dedc) == (0, 0)


def test_deductible_uplift_with_points_off():
    """The deductible of 1,000 rises by 50 %, and the ratio falls by 10 points."""
    policy = remote(unfiled={"form": "deductible_uplift", "percent": 50, "points": 10})
    settlement = calculate(policy, a_stay(11500_00, filing_class="UNFILED"), a_resident(), {})
    assert settlement.act_pay_dedc == 1500_00
    assert settlement.hifp_pay == 6000_00


def test_own_table():
    """Deductible and ratios of the filing class's own, and of nobody else."""
    own = {"form": "own_table", "deductible": {"amounts": 3000}, "segments": {"table": [{"ratio": 55}]}}
    policy = remote(other_temporary=own)
    assert pool_of(policy, a_stay(13000_00, filing_class="OTHER_TEMPORARY")) == 5500_00
    assert pool_of(policy, a_stay(11000_00, filing_class="IN_PROVINCE")) == 7000_00


def test_unfiled_without_a_row_is_refused():
    """Where the policy has no row for unfiled people, nothing is calculated: the answer is a refusal by its code."""
    with pytest.raises(Refusal) as refusal:
        pool_of(remote(), a_stay(11000_00, filing_class="UNFILED"))
    assert refusal.value.fault.code == "UNFILED_NOT_COVERED"


def test_annual_cap_that_is_nearly_used_up():
    """The pool pays what is left of the cap, and the step names it."""
    settlement = calculate(
        a_policy(pool_annual_cap=10000), a_stay(20000_00), a_resident(), {2026: {"pool_paid": 9000_00}}
    )
    assert settlement.hifp_pay == 1000_00
    assert ("cap.pool_year", {"cap_fen": 10000_00, "left_fen": 1000_00}) in settlement.steps


def test_exhausted_cap_is_no_error():
    """Nothing left of the cap: the fund pays 0, the reason is in the trace, the person pays all."""
    settlement = calculate(a_policy(pool_annual_cap=100), a_stay(200_00), a_resident(), {2026: {"pool_paid": 100_00}})
    assert settlement.hifp_pay == 0
    assert settlement.psn_cash_pay == 200_00
    assert ("cap.pool_year", {"cap_fen": 100_00, "left_fen": 0}) in settlement.steps


def test_overspent_cap_never_pays_less_than_nothing():
    """A cap lowered during the year leaves 0, not a negative payment."""
    assert pool_of(a_policy(pool_annual_cap=100), a_stay(200_00), used={"pool_paid": 500_00}) == 0


def test_a_month_of_its_own_cap():
    """A monthly cap is full in March and fresh in April."""
    policy = a_policy(outpatient={"segments": FLAT_70, "monthly_cap": 100})
    march = calculate(policy, a_visit(500_00), a_resident(), {})
    same_month = calculate(policy, a_visit(500_00), a_resident(), march.after)
    april = calculate(policy, a_visit(500_00, day=date(2026, 4, 1)), a_resident(), march.after)
    assert (march.hifp_pay, same_month.hifp_pay, april.hifp_pay) == (100_00, 0, 100_00)


def test_variant_for_the_selected_institution():
    """The first variant whose conditions all hold replaces the plan's ratios."""
    variants = [{"when": {"selected": True, "referral": False}, "segments": {"table": [{"ratio": 90}]}}]
    policy = a_policy(outpatient={"segments": FLAT_70, "variants": variants})
    assert pool_of(policy, a_visit(100_00, selected=True)) == 90_00
    assert pool_of(policy, a_visit(100_00, selected=True, referral=True)) == 70_00


def test_item_ratios_after_the_deductible_of_the_general_part():
    """The deductible is taken from the general part first, then from item ratios in the order of the file."""
    items = [{"grade": "01", "ratio": 90}]
    policy = a_policy(outpatient={"deductible": {"amounts": 150}, "segments": FLAT_70, "item_ratios": items})
    claim = a_visit_of(a_line(100_00, grade="02"), a_line(100_00, grade="01"))
    assert pool_of(policy, claim) == 50_00 * 90 // 100


def test_refund_lines_beyond_their_kind_are_refused():
    """A refund that leaves an item ratio below 0 is a refusal, never a negative payment."""
    policy = a_policy(outpatient={"segments": FLAT_70, "item_ratios": [{"grade": "01", "ratio": 90}]})
    with pytest.raises(Refusal) as refusal:
        pool_of(policy, a_visit_of(a_line(-1_00, grade="01"), a_line(5_00, grade="02")))
    assert refusal.value.fault.code == "REFUND_EXCEEDS_ORIGINAL"


def pharmacy_policy(**fields: object):
    return an_employee_policy(pharmacy={"segments": FLAT_70, **fields})


def test_pharmacy_account_first_then_pool():
    """The account pays 60 of 100, the pool 70 % of the remaining 40."""
    claim = a_visit(100_00, med_type="41", acct_used_flag=True)
    settlement = calculate(pharmacy_policy(), claim, an_employee(balance=60_00), {})
    assert (settlement.acct_pay, settlement.hifp_pay, settlement.psn_cash_pay) == (60_00 + 0, 28_00, 12_00)


def test_pharmacy_pool_first_where_the_policy_says_so():
    """Without account_first the pool pays 70, and the account the rest."""
    claim = a_visit(100_00, med_type="41", acct_used_flag=True)
    settlement = calculate(pharmacy_policy(account_first=False), claim, an_employee(balance=60_00), {})
    assert (settlement.hifp_pay, settlement.acct_pay) == (70_00, 30_00)


def test_pharmacy_shares_the_outpatient_deductible():
    """A yearly deductible paid at the doctor's is not charged again at the pharmacy."""
    yearly = {"deductible": {"amounts": 100, "period": "year"}, "segments": FLAT_70}
    policy = an_employee_policy(outpatient=yearly, pharmacy=yearly)
    visit = calculate(policy, a_visit(100_00), an_employee(), {})
    assert pool_of(policy, a_visit(100_00, med_type="41"), an_employee(), visit.after[2026]) == 70_00


def test_a_kind_of_care_without_a_plan_pays_nothing_and_says_so():
    """No pharmacy plan: the fund is 0 and the reason is in the trace."""
    settlement = calculate(a_policy(), a_visit(100_00, med_type="41"), a_resident(), {})
    assert settlement.fund_pay_sumamt == 0
    assert settlement.steps == (("reason.no_plan", {}),)


def chronic_policy(**fields: object):
    disease = {"name": "diabetes", "items": ["XA10"]}
    plan = {"diseases": {"M01600": disease}, "segments": FLAT_70, **fields}
    return a_policy(chronic=plan)


def chronic_visit(*lines: SplitLine, **facts: object):
    return a_visit_of(*lines, **{"med_type": "14", "dise_codg": "M01600", "selected": True, **facts})


DIABETIC = a_resident(chronic=frozenset({"M01600"}))


def test_chronic_pays_for_the_diseases_own_items_only():
    """A drug outside the disease's list stays with the person."""
    claim = chronic_visit(a_line(100_00, code="XA10B"), a_line(40_00, code="XC07"))
    settlement = calculate(chronic_policy(), claim, DIABETIC, {})
    assert settlement.hifp_pay == 70_00
    assert ("chronic.uncovered", {"amount_fen": 40_00}) in settlement.steps


@pytest.mark.parametrize(
    ("insured", "facts", "reason"),
    [
        (a_resident(), {}, "reason.not_qualified"),
        (DIABETIC, {"selected": False}, "reason.not_approved"),
        (DIABETIC, {"dise_codg": "M99999"}, "reason.no_plan"),
    ],
)
def test_chronic_without_what_it_needs_pays_nothing(insured: Insured, facts: dict[str, object], reason: str):
    """Without qualification, approved institution or a plan for the disease the pool pays 0 and says why."""
    settlement = calculate(chronic_policy(), chronic_visit(a_line(100_00, code="XA10"), **facts), insured, {})
    assert settlement.hifp_pay == 0
    assert settlement.steps == ((reason, {}),)


def test_chronic_settled_as_inpatient():
    """Ratios and remote rows of the inpatient plan, its first deductible once a year, and no admission counted."""
    inpatient = {
        "deductible": {"amounts": [100, 50]},
        "segments": FLAT_70,
        "remote": {"referral": {"form": "points_off", "points": 10}},
    }
    policy = a_policy(inpatient=inpatient, chronic={"settle_as": "inpatient", "diseases": {"M01600": {}}})
    first = calculate(policy, chronic_visit(a_line(200_00), filing_class="REFERRAL"), DIABETIC, {})
    second = calculate(policy, chronic_visit(a_line(200_00)), DIABETIC, first.after)
    assert (first.hifp_pay, second.hifp_pay) == (60_00, 140_00)
    assert "admissions" not in second.after[2026]


def test_a_diseases_own_monthly_cap():
    """One disease's monthly cap does not use up another's."""
    plan = {"diseases": {"A": {"monthly_cap": 50}, "B": {"monthly_cap": 50}}, "segments": FLAT_70}
    policy, both = a_policy(chronic=plan), a_resident(chronic=frozenset("AB"))
    first = calculate(policy, chronic_visit(a_line(100_00), dise_codg="A"), both, {})
    again = calculate(policy, chronic_visit(a_line(100_00), dise_codg="A"), both, first.after)
    other = calculate(policy, chronic_visit(a_line(100_00), dise_codg="B"), both, first.after)
    assert (first.hifp_pay, again.hifp_pay, other.hifp_pay) == (50_00, 0, 50_00)


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"psn_type": "99"}, "FIELD_INVALID"),
        ({"med_type": "99"}, "FIELD_INVALID"),
        ({"enddate": date(2026, 1, 1)}, "DATES_DISORDERED"),
        ({"lines": (a_line(1),)}, "TOTALS_DISAGREE"),
        ({"fulamt": -1}, "TOTAL_NEGATIVE"),
    ],
)
def test_facts_that_cannot_be_calculated_are_refused_by_their_code(facts: dict[str, object], code: str):
    """What the caller should have caught is refused, never guessed."""
    person = a_resident(**({"psn_type": facts.pop("psn_type")} if "psn_type" in facts else {}))
    with pytest.raises(Refusal) as refusal:
        calculate(a_policy(), a_stay(100_00, **facts), person, {})
    assert refusal.value.fault.code == code
