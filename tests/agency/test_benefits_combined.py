"""Where rules meet: caps with segments above them, layers on layers, account first with item ratios."""

from datetime import date

import pytest
from msgspec import structs

from yidi.agency.benefits import calculate
from yidi.agency.settlement import IdentityBroken, check
from yidi.agency.year_parts import by_days

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

FLAT_50 = {"table": [{"ratio": 50}]}


def test_cap_reached_in_a_lower_segment():
    """The large amount takes the rest of the segment in which the cap is reached, and all segments above it."""
    table = [{"up_to": 1000, "ratio": 50}, {"up_to": 2000, "ratio": 80}, {"ratio": 90}]
    policy = an_employee_policy(
        inpatient={"segments": {"table": table}}, pool_annual_cap=400, large_amount={"ratio": 100}
    )
    settlement = calculate(policy, a_stay(3000_00), an_employee(), {})
    assert (settlement.hifp_pay, settlement.hifob_pay) == (400_00, 2200_00)
    assert ("pool.cap_reached_at", {"x_fen": 800_00}) in settlement.steps


def test_effective_ratio_at_the_cap():
    """The pool's ratio is what it really paid: 250 of 1,000 is 25 %."""
    settlement = calculate(a_policy(pool_annual_cap=250), a_stay(1000_00), a_resident(), {})
    assert settlement.pool_prop_selfpay == 2500


def test_effective_ratio_over_several_segments_has_four_places():
    """100 at 50 % and 200 at 80 % are 210 of 300: 0.7000; 0.01 more in the second segment rounds to four places."""
    table = [{"up_to": 100, "ratio": 50}, {"ratio": 80}]
    policy = a_policy(inpatient={"segments": {"table": table}})
    assert calculate(policy, a_stay(300_00), a_resident(), {}).pool_prop_selfpay == 7000
    assert calculate(policy, a_stay(350_00), a_resident(), {}).pool_prop_selfpay == 7143


def test_of_equal_caps_the_annual_one_counts():
    """A plan's cap as high as the pool's annual one does not keep the large amount from paying."""
    plan = {"segments": FLAT_50, "annual_cap": 100}
    policy = an_employee_policy(inpatient=plan, pool_annual_cap=100, large_amount={"ratio": 80})
    settlement = calculate(policy, a_stay(1000_00), an_employee(), {})
    assert (settlement.hifp_pay, settlement.hifob_pay) == (100_00, 640_00)


def test_the_tightest_of_several_caps_is_taken():
    """Visit 30, month 20, year 10: the year's 10 are left."""
    plan = {"segments": FLAT_50, "visit_cap": 30, "monthly_cap": 20, "annual_cap": 10}
    settlement = calculate(a_policy(outpatient=plan), a_visit(1000_00), a_resident(), {})
    assert settlement.hifp_pay == 10_00
    assert ("cap.care_year", {"cap_fen": 10_00, "left_fen": 10_00}) in settlement.steps


@pytest.mark.parametrize(("rule", "ratio", "step"), [
    ({"points_up": 5}, 75, ("person.points_up", {"points_bp": 500})),
    ({"points_up": 40}, 100, ("person.points_up", {"points_bp": 4000})),
    ({"pays_share": 50}, 85, ("person.pays_share", {"share_bp": 5000})),
    ({"segments": FLAT_50}, 50, ("person.own_figures", {})),
])  # fmt: skip
def test_person_types(rule: dict[str, object], ratio: int, step: tuple[str, dict[str, int]]):
    """A person type's rule changes 70 % as written, never beyond 100 %, and the trace says which rule it was."""
    policy = a_policy(inpatient={"segments": FLAT_70, "person_types": {"adult": rule}})
    settlement = calculate(policy, a_stay(1000_00), a_resident(), {})
    assert settlement.hifp_pay == ratio * 10_00
    assert step in settlement.steps


def test_the_persons_rule_comes_before_the_points_off():
    """A retiree at 70 % who pays half (85 %) loses 10 points of the 85, not of the 70."""
    remote = {"referral": {"form": "points_off", "points": 10}}
    plan = {"segments": FLAT_70, "person_types": {"retired": {"pays_share": 50}}, "remote": remote}
    claim = a_stay(1000_00, filing_class="REFERRAL")
    settlement = calculate(an_employee_policy(inpatient=plan), claim, an_employee(psn_type="1201"), {})
    assert settlement.hifp_pay == 750_00


def test_supplements_pay_on_what_large_amount_has_left():
    """1,000 − 100 (pool) − 640 (large amount) leaves 260; civil servants 50 %, enterprise 50 % of the rest."""
    half = {"ratio": 50}
    policy = an_employee_policy(
        inpatient={"segments": FLAT_50},
        pool_annual_cap=100,
        large_amount={"ratio": 80},
        civil_servant=half,
        enterprise=half,
        assistance={"classes": {"edge": {"basic": half}}},
    )
    person = an_employee(cvlserv_flag=True, enterprise_flag=True, aided_class="edge")
    s = calculate(policy, a_stay(1000_00), person, {})
    assert (s.hifob_pay, s.cvlserv_pay, s.hifes_pay, s.maf_pay) == (640_00, 130_00, 65_00, 32_50)


def test_assistance_pays_on_what_serious_illness_has_left():
    """Of 500 that the pool left, serious illness pays 60 %, assistance 50 % of the remaining 200, as traced."""
    policy = a_policy(
        inpatient={"segments": FLAT_50},
        serious_illness={"ratio": 60},
        assistance={"classes": {"edge": {"basic": {"ratio": 50}}}},
    )
    settlement = calculate(policy, a_stay(1000_00), a_resident(aided_class="edge"), {2026: {"hifmi_share": 10_00}})
    assert (settlement.hifmi_pay, settlement.maf_pay) == (300_00, 100_00)
    figures = dict(settlement.steps)["serious.paid"]
    assert figures == {
        "before_fen": 10_00,
        "after_fen": 510_00,
        "deductible_fen": 0,
        "f_before_fen": 6_00,
        "f_after_fen": 306_00,
        "pay_fen": 300_00,
    }


def test_account_first_is_taken_off_the_general_part_then_off_item_ratios():
    """150 from the account use up the general 100 and 50 of the grade-A 100: the pool pays 90 % of 50."""
    plan = {"segments": FLAT_70, "item_ratios": [{"grade": "01", "ratio": 90}]}
    claim = a_visit_of(a_line(100_00, grade="02"), a_line(100_00, grade="01"), med_type="41", acct_used_flag=True)
    settlement = calculate(an_employee_policy(pharmacy=plan), claim, an_employee(balance=150_00), {})
    assert (settlement.hifp_pay, settlement.acct_pay, settlement.psn_cash_pay) == (45_00, 150_00, 5_00)


def test_account_first_counts_only_what_the_pool_has_seen():
    """After 40 from the account, the deductible of 100 is charged on the remaining 60 only."""
    plan = {"segments": FLAT_70, "deductible": {"amounts": 100, "period": "year"}}
    claim = a_visit(100_00, med_type="41", acct_used_flag=True)
    settlement = calculate(an_employee_policy(pharmacy=plan), claim, an_employee(balance=40_00), {})
    assert settlement.act_pay_dedc == 60_00
    assert settlement.effects[2026]["outpatient_dedc"] == 60_00


def test_amounts_over_a_ceiling_stay_with_the_person():
    """Over-ceiling amounts are in the total and in cash, and never in a fund."""
    settlement = calculate(a_policy(), a_stay(1000_00, overlmt=50_00), a_resident(), {})
    assert (settlement.medfee_sumamt, settlement.overlmt_selfpay) == (1050_00, 50_00)
    assert (settlement.fund_pay_sumamt, settlement.psn_cash_pay) == (700_00, 350_00)
    with pytest.raises(IdentityBroken, match=r"5\.1"):
        check(structs.replace(settlement, overlmt_selfpay=-50_00))


def test_the_hospitals_part_belongs_to_the_total():
    """A part borne by the hospital that does not come off the person's is a broken identity."""
    settlement = calculate(a_policy(), a_stay(1000_00), a_resident(), {})
    with pytest.raises(IdentityBroken, match=r"5\.2"):
        check(structs.replace(settlement, hosp_part_amt=1))


def test_parts_of_a_divided_stay_lie_in_their_own_months():
    """The old year's part counts in December, the new year's in the month of discharge."""
    old, new = by_days(date(2025, 12, 20), date(2026, 2, 5), 100, 0)
    assert (old.month, new.month) == (12, 2)
    [only] = by_days(date(2025, 12, 20), date(2026, 1, 1), 100, 0)
    assert (only.year, only.month) == (2025, 12)


def test_a_stay_over_two_new_years():
    """Three years, three parts; the middle one is a whole year and the remainder goes to the last."""
    parts = by_days(date(2024, 12, 31), date(2026, 1, 2), 1000, 0)
    assert [(part.year, part.days) for part in parts] == [(2024, 1), (2025, 365), (2026, 1)]
    assert [part.scope for part in parts] == [2, 994, 4]
