"""The worked examples of domain §6, to the fen, on the policies and claim files that ship with the package."""

from pathlib import Path

import pytest

from yidi.agency.benefits import calculate
from yidi.agency.claim_file import read_claim_file
from yidi.agency.policy_book import shipped_book
from yidi.agency.settlement import Settlement
from yidi.agency.worked import work_out

from .benefits_makers import a_line, a_resident, a_stay, a_visit, a_visit_of, an_employee

CLAIMS = Path(__file__).parents[2] / "examples" / "claims"


def worked(name: str, policy_id: str) -> list[Settlement]:
    policy = next(each.policy for each in shipped_book().policies if each.id == policy_id)
    return work_out(policy, read_claim_file((CLAIMS / name).read_text("utf-8"))).settlements


def test_e1_resident_stay():
    """E1: 22,000 in all, 20,000 in scope, deductible 1,200, 70 % → pool 13,160.00, person 8,840.00."""
    [settlement] = worked("e1.yaml", "example-worked-resident")
    assert (settlement.hifp_pay, settlement.psn_part_amt) == (1316000, 884000)
    assert settlement.act_pay_dedc == 120000
    assert settlement.pool_prop_selfpay == 7000


def test_e4_retiree_outpatient_pays_the_yearly_deductible_once():
    """E4: the first visit pays the deductible (pool 455.00, person 595.00), the next one of the year does not."""
    first, second = worked("e4.yaml", "example-worked-employee")
    assert (first.hifp_pay, first.psn_part_amt, first.act_pay_dedc) == (45500, 59500, 30000)
    assert (second.hifp_pay, second.psn_part_amt, second.act_pay_dedc) == (65000, 40000, 0)


def test_e8_employee_segments_from_zero():
    """E8: 60,000 in scope over three segments → pool 52,395.00."""
    [settlement] = worked("e8.yaml", "example-worked-employee")
    assert settlement.hifp_pay == 5239500
    assert settlement.hifob_pay == 0


def test_e11_large_amount_above_the_cap():
    """E11: the cap is reached at x* = 110,110.53; pool 100,000.00, large amount 76,406.05."""
    [settlement] = worked("e11.yaml", "example-worked-employee")
    assert (settlement.hifp_pay, settlement.hifob_pay) == (10000000, 7640605)
    assert ("pool.cap_reached_at", {"x_fen": 11011053}) in settlement.steps


def test_v2_below_the_deductible_goes_to_the_account():
    """V2: 4.29 in scope is all deductible; no fund pays, the account pays 4.52."""
    [settlement] = worked("v2.yaml", "example-worked-employee")
    assert (settlement.act_pay_dedc, settlement.fund_pay_sumamt, settlement.acct_pay) == (429, 0, 452)
    assert settlement.psn_cash_pay == 0


def test_serious_illness_figure_of_the_domain():
    """Domain §6.6: a share of 150,000 with deductible 12,000 → 18,000 × 60 % + 70,000 × 65 % + 50,000 × 75 %."""
    policy = shipped_book().pick("130400", "390", a_stay(0).enddate)
    nothing_from_the_pool = {2026: {"pool_paid": 200_000_00}}
    settlement = calculate(policy, a_stay(150_000_00), a_resident(), nothing_from_the_pool)
    assert settlement.hifp_pay == 0
    assert settlement.hifmi_pay == 1080000 + 4550000 + 3750000


PROFILES = [
    ("110000", "310", {"level": "3"}, {}, 52395_00),
    (
        "110000",
        "310",
        {"level": "3"},
        {"admissions": 1},
        (29350_00 * 85 + 10000_00 * 90 + 20000_00 * 95) // 100,
    ),
    ("330200", "390", {"level": "3"}, {}, (60000_00 - 1200_00) * 70 // 100),
    ("330200", "310", {"level": "3"}, {}, 3380000 * 80 // 100 + 2500000 * 85 // 100),
    ("130400", "390", {"level": "3", "filing_class": "OTHER_TEMPORARY"}, {}, 5700000 * 55 // 100),
    ("130400", "390", {"level": "1", "filing_class": "OTHER_TEMPORARY"}, {}, 5800000 * 80 // 100),
    ("440100", "310", {"level": "1"}, {}, 5960000 * 90 // 100),
    ("440100", "310", {"level": "2"}, {}, 5920000 * 85 // 100),
]


@pytest.mark.parametrize(("area", "scheme", "facts", "used", "pool"), PROFILES)
def test_profiles_seen(area: str, scheme: str, facts: dict[str, object], used: dict[str, int], pool: int):
    """A stay of 60,000 in scope under each shipped profile pays what the profile's figures say."""
    book = shipped_book()
    claim = a_stay(60000_00, **facts)
    person = an_employee() if scheme == "310" else a_resident()
    assert calculate(book.pick(area, scheme, claim.enddate), claim, person, {2026: used}).hifp_pay == pool


def test_beijing_retiree_pays_60_percent_of_the_employees_share():
    """85/90/95 % become 91/94/97 % for a retiree; the deductible stays."""
    claim = a_stay(60000_00)
    policy = shipped_book().pick("110000", "310", claim.enddate)
    settlement = calculate(policy, claim, an_employee(psn_type="1201"), {})
    assert settlement.hifp_pay == (28700_00 * 91 + 10000_00 * 94 + 20000_00 * 97) // 100


def test_hangzhou_later_admissions_pay_75_and_50_percent_of_the_deductible():
    """800 at the first admission of the year, 600 at the second, 400 at the third and all later ones."""
    claim = a_stay(60000_00)
    policy = shipped_book().pick("330100", "310", claim.enddate)
    charged = [
        calculate(policy, claim, an_employee(), {2026: {"admissions": stays}}).act_pay_dedc for stays in range(4)
    ]
    assert charged == [80000, 60000, 40000, 40000]


def test_guangzhou_resident_outpatient():
    """45 % without and 55 % with referral, 88 % for grade-A drugs in primary care, 300 a month."""
    policy = shipped_book().pick("440100", "390", a_stay(0).enddate)
    drug = a_visit_of(a_line(100_00))
    assert calculate(policy, drug, a_resident(), {}).hifp_pay == 45_00
    assert calculate(policy, a_visit_of(a_line(100_00), referral=True), a_resident(), {}).hifp_pay == 55_00
    assert calculate(policy, a_visit_of(a_line(100_00), primary=True), a_resident(), {}).hifp_pay == 88_00
    big = calculate(policy, a_visit_of(a_line(1000_00)), a_resident(), {})
    assert big.hifp_pay == 300_00
    again = calculate(policy, drug, a_resident(), big.after)
    assert again.hifp_pay == 0
    assert ("cap.month", {"cap_fen": 30000, "left_fen": 0}) in again.steps


def test_employee_outpatient_plan_above_2000_a_year():
    """Above 2,000 a year 50 %, at most 20,000 a year: measured over the year, not per visit."""
    policy = shipped_book().pick("330200", "310", a_stay(0).enddate)
    first = calculate(policy, a_visit(1500_00), an_employee(), {})
    second = calculate(policy, a_visit(1500_00), an_employee(), first.after)
    third = calculate(policy, a_visit(60000_00), an_employee(), second.after)
    assert [first.hifp_pay, second.hifp_pay, third.hifp_pay] == [0, 500_00, 19500_00]
