"""The layers after the pool, the account, stays across 31 December, and the negative twin (domain §5.7, §6.5-§6.8)."""

from datetime import date

import pytest
from msgspec import structs

from yidi.agency.account import Ledger
from yidi.agency.benefits import calculate
from yidi.agency.settlement import AMOUNTS, IdentityBroken, SetlDetail, check, check_signs

from .benefits_makers import (
    FLAT_70,
    a_policy,
    a_resident,
    a_stay,
    a_visit,
    an_employee,
    an_employee_policy,
)
from .counter import twin_of

FLAT_50 = {"table": [{"ratio": 50}]}


def test_large_amount_keeps_its_own_annual_cap():
    """Above the pool's cap 85 % is due, but only what the large-amount fund has left is paid."""
    policy = an_employee_policy(pool_annual_cap=1000, large_amount={"ratio": 85, "annual_cap": 100})
    settlement = calculate(policy, a_stay(10000_00), an_employee(), {2026: {"hifob_paid": 40_00}})
    assert (settlement.hifp_pay, settlement.hifob_pay) == (1000_00, 60_00)


def test_large_amount_with_a_pool_used_up_before():
    """Nothing left in the pool: everything above the deductible goes to the large-amount fund."""
    plan = {"deductible": {"amounts": 100}, "segments": FLAT_70}
    policy = an_employee_policy(inpatient=plan, pool_annual_cap=1000, large_amount={"ratio": 80})
    settlement = calculate(policy, a_stay(1100_00), an_employee(), {2026: {"pool_paid": 1000_00}})
    assert (settlement.hifp_pay, settlement.hifob_pay) == (0, 800_00)


def test_large_amount_does_not_follow_another_cap():
    """A visit stopped by the outpatient plan's own cap has not reached the pool's annual cap."""
    large = {"ratio": 80, "care": ["outpatient"]}
    policy = an_employee_policy(
        pool_annual_cap=1000, outpatient={"segments": FLAT_50, "visit_cap": 10}, large_amount=large
    )
    settlement = calculate(policy, a_visit(500_00), an_employee(), {})
    assert (settlement.hifp_pay, settlement.hifob_pay) == (10_00, 0)


def serious_policy(**fields: object):
    serious = {"deductible": 1000, "segments": [{"up_to": 3000, "ratio": 60}, {"ratio": 75}]}
    return a_policy(inpatient={"segments": FLAT_50}, serious_illness={**serious, **fields})


def test_serious_illness_is_the_difference_of_the_years_function():
    """Shares of 1,500 and 2,500 pay f(1,500) = 300, then f(4,000) − f(1,500) = 1,950 − 300."""
    first = calculate(serious_policy(), a_stay(3000_00), a_resident(), {})
    second = calculate(serious_policy(), a_stay(5000_00), a_resident(), first.after)
    assert first.hifmi_pay == 300_00
    assert second.hifmi_pay == 1200_00 + 750_00 - 300_00


def test_serious_illness_counts_prior_self_pay_only_where_written():
    """Prior self-pay of 2,000 lifts the share above the deductible only with include_preself."""
    claim = a_stay(1000_00, preself=2000_00)
    assert calculate(serious_policy(), claim, a_resident(), {}).hifmi_pay == 0
    assert calculate(serious_policy(include_preself=True), claim, a_resident(), {}).hifmi_pay == 900_00


def test_serious_illness_function_of_an_aided_class():
    """A low-income person meets the lower deductible written for the class."""
    policy = serious_policy(aided={"low_income": {"deductible": 500, "ratio": 65}})
    claim = a_stay(3000_00)
    assert calculate(policy, claim, a_resident(aided_class="low_income"), {}).hifmi_pay == 650_00
    assert calculate(policy, claim, a_resident(aided_class="edge"), {}).hifmi_pay == 300_00


def test_supplements_follow_one_another_and_only_for_those_flagged():
    """Civil servants 50 % of the rest, then the enterprise 40 % of what is still left."""
    policy = an_employee_policy(civil_servant={"ratio": 50}, enterprise={"ratio": 40})
    both = calculate(policy, a_stay(1000_00), an_employee(cvlserv_flag=True, enterprise_flag=True), {})
    neither = calculate(policy, a_stay(1000_00), an_employee(), {})
    assert (both.hifp_pay, both.cvlserv_pay, both.hifes_pay) == (700_00, 150_00, 60_00)
    assert (neither.cvlserv_pay, neither.hifes_pay) == (0, 0)


def test_supplement_that_does_not_cover_the_deductible():
    """Of a rest of 370 that holds a deductible of 100, the supplement pays on 270."""
    plan = {"deductible": {"amounts": 100}, "segments": FLAT_70}
    policy = an_employee_policy(inpatient=plan, civil_servant={"ratio": 50, "covers_deductible": False})
    settlement = calculate(policy, a_stay(1000_00), an_employee(cvlserv_flag=True), {})
    assert settlement.cvlserv_pay == 270_00 // 2


def test_a_layer_leaves_out_the_filing_classes_it_names():
    """Unfiled people get no supplement where the policy excludes them."""
    inpatient = {"segments": FLAT_70, "remote": {"unfiled": {"form": "none"}}}
    supplement = {"ratio": 50, "excluded_classes": ["unfiled"]}
    policy = an_employee_policy(inpatient=inpatient, civil_servant=supplement)
    claim = a_stay(1000_00, filing_class="UNFILED")
    assert calculate(policy, claim, an_employee(cvlserv_flag=True), {}).cvlserv_pay == 0


def test_medical_assistance_in_tiers():
    """70 % above its own deductible, then 50 % additional on what is left above the threshold."""
    tiers = {
        "basic": {"deductible": 1000, "ratio": 70, "annual_cap": 10000},
        "additional": {"deductible": 500, "ratio": 50},
    }
    policy = a_policy(inpatient={"segments": FLAT_50}, assistance={"classes": {"low_income": tiers}})
    helped = calculate(policy, a_stay(10000_00), a_resident(aided_class="low_income"), {})
    other = calculate(policy, a_stay(10000_00), a_resident(aided_class="destitute"), {})
    basic = 4000_00 * 70 // 100
    assert helped.maf_pay == basic + (5000_00 - basic - 500_00) // 2
    assert other.maf_pay == 0


def test_account_leaves_fully_selfpaid_items_unless_the_policy_allows():
    """The account pays the rest of scope and prior self-pay; the fully self-paid 100 only where written."""
    claim = a_stay(1000_00, preself=50_00, fulamt=100_00, acct_used_flag=True)
    rich = a_resident(balance=9999_00)
    assert calculate(a_policy(), claim, rich, {}).acct_pay == 350_00
    assert calculate(a_policy(account={"fully_selfpaid": True}), claim, rich, {}).acct_pay == 450_00


def test_account_with_too_little_says_how_much_is_missing():
    """The balance is used up, the shortfall is named, the rest is cash."""
    claim = a_stay(1000_00, acct_used_flag=True)
    settlement = calculate(a_policy(), claim, a_resident(balance=100_00), {})
    assert (settlement.acct_pay, settlement.balc, settlement.acct_shortfall) == (100_00, 0, 200_00)
    assert settlement.psn_cash_pay == 200_00


def test_account_is_not_touched_without_the_flag():
    """`acct_used_flag` false: no account payment, no shortfall."""
    settlement = calculate(a_policy(), a_stay(1000_00), a_resident(balance=100_00), {})
    assert (settlement.acct_pay, settlement.acct_shortfall, settlement.balc) == (0, 0, 100_00)


ACROSS = {"begndate": date(2025, 12, 20), "enddate": date(2026, 1, 5)}


def test_stay_across_31_december_by_days():
    """12 of 16 days lie in the old year, the day of discharge does not count, the deductible is charged there only."""
    plan = {"deductible": {"amounts": 100}, "segments": FLAT_70}
    policy = a_policy(year_split="by_days", inpatient=plan)
    settlement = calculate(policy, a_stay(1600_01, **ACROSS), a_resident(), {})
    assert settlement.before.keys() == {2025, 2026}
    assert settlement.effects[2025]["inpatient_scope"] == 1200_00
    assert settlement.effects[2026]["inpatient_scope"] == 400_01
    assert settlement.effects[2025]["pool_paid"] == 1100_00 * 70 // 100
    assert settlement.effects[2026]["pool_paid"] == 280_01
    assert settlement.act_pay_dedc == 100_00
    assert "admissions" not in settlement.effects[2026]


def test_stay_across_31_december_whole():
    """Without the split the year of discharge takes everything."""
    settlement = calculate(a_policy(), a_stay(1600_00, **ACROSS), a_resident(), {})
    assert settlement.effects.keys() == {2026}


def test_discharge_on_new_years_day_lies_in_the_old_year():
    """No day in the new year counts, so a divided stay falls into the old one whole."""
    policy = a_policy(year_split="by_days")
    claim = a_stay(1600_00, begndate=date(2025, 12, 20), enddate=date(2026, 1, 1))
    assert calculate(policy, claim, a_resident(), {}).effects.keys() == {2025}


def test_each_year_of_a_divided_stay_has_its_own_policy_and_cap():
    """The old year's part meets the old policy; its exhausted cap does not touch the new year's."""
    policy = a_policy(year_split="by_days", pool_annual_cap=10000)
    old = a_policy(inpatient={"segments": FLAT_50}, pool_annual_cap=100, version=7)
    settlement = calculate(policy, a_stay(1600_00, **ACROSS), a_resident(), {2025: {"pool_paid": 90_00}}, {2025: old})
    assert settlement.effects[2025]["pool_paid"] == 10_00
    assert settlement.effects[2026]["pool_paid"] == 280_00
    assert [used.version for used in settlement.policies] == [7, 1]


def test_cancel_is_the_negative_twin():
    """Every amount negated, ratio kept, balance and accumulators as they were before."""
    claim = a_stay(1000_00, preself=10_00, fulamt=5_00, acct_used_flag=True)
    settlement = calculate(a_policy(), claim, a_resident(balance=100_00), {2026: {"pool_paid": 7}})
    twin = twin_of(settlement, Ledger(settlement.acct_pay, settlement.after), settlement.balc)
    assert all(twin["amounts"][name] == -getattr(settlement, name) for name in AMOUNTS)
    assert twin["amounts"]["pool_prop_selfpay"] == settlement.pool_prop_selfpay
    assert twin["balc"] == settlement.balc_before == 100_00
    assert {key: count for key, count in twin["accumulators_after"].items() if count} == {"2026.pool_paid": 7}


def test_cancel_undoes_its_own_effect_only():
    """A later settlement of the year keeps what it was paid; the balance is today's plus what is given back."""
    first = calculate(a_policy(), a_stay(1000_00, acct_used_flag=True), a_resident(balance=400_00), {})
    second = calculate(a_policy(), a_stay(500_00, acct_used_flag=True), a_resident(balance=first.balc), first.after)
    twin = twin_of(first, Ledger(first.acct_pay + second.acct_pay, second.after), second.balc)
    assert twin["accumulators_after"]["2026.pool_paid"] == second.hifp_pay
    assert twin["balc"] == second.balc + first.acct_pay


BROKEN = {
    "medfee_sumamt": "5.1",
    "psn_part_amt": "5.2",
    "psn_cash_pay": "5.3",
    "cvlserv_pay": "5.4",
    "balc": "balance",
}


@pytest.mark.parametrize(("name", "identity"), BROKEN.items())
def test_a_broken_identity_is_found_before_it_leaves(name: str, identity: str):
    """One fen off in any amount is a defect that names the identity."""
    settlement = calculate(a_policy(), a_stay(1000_00), a_resident(), {})
    with pytest.raises(IdentityBroken, match=identity):
        check(structs.replace(settlement, **{name: getattr(settlement, name) + 1}))


def test_a_broken_setldetail_or_sign_is_found():
    """Rows that do not add up, a negative fund, a deductible beyond the scope: all defects."""
    settlement = calculate(a_policy(), a_stay(1000_00), a_resident(), {})
    with pytest.raises(IdentityBroken, match=r"5\.5"):
        check(structs.replace(settlement, setldetail=(SetlDetail("390100", 1),)))
    with pytest.raises(IdentityBroken, match=r"5\.8"):
        check_signs(structs.replace(settlement, hifp_pay=-1))
    with pytest.raises(IdentityBroken, match=r"5\.8"):
        check_signs(structs.replace(settlement, act_pay_dedc=1000_01))
    with pytest.raises(IdentityBroken, match="below 0"):
        check_signs(structs.replace(settlement, psn_cash_pay=-1))
