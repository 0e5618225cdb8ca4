"""What holds for every policy and every bill (domain §5, §6); policies are drawn at random, broadly."""

from datetime import date
from fractions import Fraction
from random import Random
from typing import TypeAlias

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import structs

from yidi.agency.account import Ledger, after_twin
from yidi.agency.benefits import calculate
from yidi.agency.claim import CARE_OF, INPATIENT, Category, Claim, Insured
from yidi.agency.compiled import CompiledPolicy
from yidi.agency.explanation import explain
from yidi.agency.policy_file import Policy, policy_of
from yidi.agency.policy_plan import Deductible, PersonRule
from yidi.agency.settlement import AMOUNTS, Settlement
from yidi.agency.year_parts import by_days
from yidi.domain.money import round_half_up

from .benefits_makers import a_bill, a_policy, a_resident, a_stay
from .benefits_strategies import claims, fen, functions, persons, policies
from .counter import twin_of

BROAD = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)

Case: TypeAlias = tuple[CompiledPolicy, Insured, list[Claim]]


@st.composite
def cases(draw: st.DrawFn, bills: int = 1):
    """A compiled policy, a person of its scheme, and some bills."""
    policy = CompiledPolicy(policy_of(draw(policies())))
    return policy, draw(persons(policy.insutype)), [draw(claims()) for _ in range(bills)]


def settle_all(policy: CompiledPolicy, person: Insured, bills: list[Claim]) -> list[Settlement]:
    """Settle bills one after the other, on what the one before has left."""
    years: dict[int, dict[str, int]] = {}
    done = []
    for bill in bills:
        settlement = calculate(policy, bill, person, years)
        years.update(settlement.after)
        person = structs.replace(person, balance=settlement.balc)
        done.append(settlement)
    return done


@BROAD
@given(cases())
def test_identities_of_every_settlement(case: Case):
    """The identities of domain §5 hold, computed here from the plain fields."""
    policy, person, [bill] = case
    s = calculate(policy, bill, person, {})
    funds = (s.hifp_pay, s.cvlserv_pay, s.hifes_pay, s.hifmi_pay, s.hifob_pay, s.maf_pay, s.oth_pay)
    assert s.medfee_sumamt == sum(category.medfee_sumamt for category in bill.categories)
    assert s.medfee_sumamt == s.fulamt_ownpay_amt + s.overlmt_selfpay + s.preselfpay_amt + s.inscp_scp_amt
    assert s.medfee_sumamt == s.fund_pay_sumamt + s.hosp_part_amt + s.psn_part_amt
    assert s.psn_part_amt == s.acct_pay + s.psn_cash_pay
    assert s.fund_pay_sumamt == sum(funds)
    assert sum(row.fund_payamt for row in s.setldetail) == s.fund_pay_sumamt + s.acct_pay + s.hosp_part_amt
    assert 0 <= s.act_pay_dedc <= s.inscp_scp_amt
    assert min(funds) >= 0
    assert 0 <= s.acct_pay <= max(person.balance, 0)
    assert s.psn_cash_pay >= s.fulamt_ownpay_amt + s.overlmt_selfpay - s.acct_pay
    assert 0 <= s.pool_prop_selfpay <= 10_000


@BROAD
@given(cases())
def test_funds_pay_for_scope_and_prior_self_pay_only(case: Case):
    """No fund touches fully self-paid items or what lies above a ceiling."""
    policy, person, [bill] = case
    s = calculate(policy, bill, person, {})
    assert s.fund_pay_sumamt <= s.inscp_scp_amt + s.preselfpay_amt
    assert s.hifp_pay + s.hifob_pay <= s.inscp_scp_amt - s.act_pay_dedc


@BROAD
@given(cases(bills=4))
def test_caps_are_never_exceeded(case: Case):
    """After any sequence of bills no year has paid more than a cap."""
    policy, person, bills = case
    years: dict[int, dict[str, int]] = {}
    for settlement in settle_all(policy, person, bills):
        years.update(settlement.after)
    for used in years.values():
        for key, cap in annual_caps(policy.policy, person.aided_class).items():
            assert used.get(key, 0) <= cap


def annual_caps(policy: Policy, aided_class: str) -> dict[str, int]:
    """Accumulator → annual cap, for the layers whose cap is one figure."""
    layers = {
        "pool_paid": policy.pool_annual_cap,
        "hifob_paid": policy.large_amount and policy.large_amount.annual_cap,
        "cvlserv_paid": policy.civil_servant and policy.civil_servant.annual_cap,
        "hifes_paid": policy.enterprise and policy.enterprise.annual_cap,
    }
    serious = policy.serious_illness
    layers["hifmi_paid"] = serious and serious.aided.get(aided_class, serious).annual_cap
    tiers = policy.assistance.classes.get(aided_class) if policy.assistance else None
    layers["maf_paid"] = tiers and tiers.basic.annual_cap
    return {key: cap for key, cap in layers.items() if cap is not None}


@BROAD
@given(cases(bills=3), st.randoms(use_true_random=False))
def test_cancelling_in_any_order_brings_every_counter_back(case: Case, random: Random):
    """Settle some bills, cancel all of them in any order: accumulators and balance are as if nothing had been."""
    policy, person, bills = case
    done = settle_all(policy, person, bills)
    years = {year: counts for settlement in done for year, counts in settlement.after.items()}
    ledger, balance = Ledger(person.balance - done[-1].balc, years), done[-1].balc
    random.shuffle(done)
    for settlement in done:
        twin = twin_of(settlement, ledger, balance)
        assert all(twin["amounts"][name] + getattr(settlement, name) == 0 for name in AMOUNTS)
        ledger, balance = after_twin(ledger, twin), twin["balc"]
    assert (ledger.paid, balance) == (0, person.balance)
    assert not any(count for counts in ledger.years.values() for count in counts.values())


@BROAD
@given(cases())
def test_same_arguments_same_settlement_and_words_for_every_step(case: Case):
    """Calculating twice gives the same answer, and each step of it has words in both languages."""
    policy, person, [bill] = case
    settlement = calculate(policy, bill, person, {})
    assert calculate(CompiledPolicy(policy.policy), bill, person, {}) == settlement
    for language in ("zh", "en"):
        words = explain(settlement.steps, language)
        assert not any("{" in sentence for sentence in words)


@BROAD
@given(cases(), fen)
def test_a_larger_stay_never_gets_less_from_all_funds(case: Case, more: int):
    """More in scope never lowers pool, large amount or deductible, and the pool never pays more than the increase.

    True where no ratio depends on the line and the account does not pay first, so: stays in one year.
    """
    policy, person, [bill] = case
    scope = sum(category.inscp_scp_amt for category in bill.categories)
    smaller = structs.replace(bill, med_type="21", lines=(), categories=a_bill(scope), begndate=bill.enddate)
    larger = structs.replace(smaller, categories=a_bill(scope + more))
    less, greater = calculate(policy, smaller, person, {}), calculate(policy, larger, person, {})
    assert greater.hifp_pay >= less.hifp_pay
    assert greater.hifob_pay >= less.hifob_pay
    assert greater.act_pay_dedc >= less.act_pay_dedc
    assert greater.hifp_pay - less.hifp_pay <= more


@BROAD
@given(functions, st.lists(fen, min_size=1, max_size=5))
def test_serious_illness_telescopes_over_any_split_of_bills(function: dict[str, object], shares: list[int]):
    """The year's total is f of the year's share, however the share is spread over bills (cap included)."""
    policy = a_policy(inpatient={"segments": {"table": [{"ratio": 0}]}}, serious_illness=function)
    person = a_resident()
    one_by_one = settle_all(policy, person, [a_stay(share) for share in shares])
    at_once = calculate(policy, a_stay(sum(shares)), person, {})
    assert sum(settlement.hifmi_pay for settlement in one_by_one) == at_once.hifmi_pay


@BROAD
@given(st.dates(date(2024, 1, 1), date(2026, 1, 1)), st.integers(0, 900), fen, fen)
def test_year_parts_add_up(begins: date, days: int, scope: int, preself: int):
    """Parts add up to the bill, days to the stay, years rise, and only the first is charged the deductible."""
    ends = date.fromordinal(begins.toordinal() + days)
    parts = by_days(begins, ends, scope, preself)
    assert sum(part.scope for part in parts) == scope
    assert sum(part.preself for part in parts) == preself
    assert sum(part.days for part in parts) == max(days, 1)
    assert [part.first for part in parts] == [True] + [False] * (len(parts) - 1)
    assert [part.year for part in parts] == sorted({part.year for part in parts})
    assert all(part.scope == scope * part.days // max(days, 1) for part in parts[:-1])


@BROAD
@given(cases())
def test_effects_are_the_difference_of_after_and_before(case: Case):
    """`after` is `before` plus `effects`, key by key, for each year touched."""
    policy, person, [bill] = case
    used = {year: {"pool_paid": 1, "admissions": 2} for year in range(2024, 2029)}
    s = calculate(policy, bill, person, used)
    for year, effect in s.effects.items():
        keys = {*s.before[year], *s.after[year]}
        assert {k: s.after[year].get(k, 0) - s.before[year].get(k, 0) for k in keys} == {
            k: effect.get(k, 0) for k in keys
        }
    if CARE_OF[bill.med_type] == INPATIENT:
        assert sum(effect["admissions"] for effect in s.effects.values() if "admissions" in effect) == 1


@BROAD
@given(cases(), fen)
def test_pool_of_a_stay_against_fractions(case: Case, scope: int):
    """The pool's payment equals a plain reading of domain §6.3-§6.5 in fractions, for every policy and filing class."""
    policy, person, [bill] = case
    day = bill.enddate
    stay = structs.replace(
        bill, med_type="21", lines=(), begndate=day, enddate=day, categories=(Category("06", scope, 0, 0, 0, scope),)
    )
    row = policy.row(stay, person, INPATIENT)
    assert row is not None
    assert calculate(policy, stay, person, {}).hifp_pay == read_plainly(policy.policy, stay, person, scope)


def read_plainly(policy: Policy, stay: Claim, person: Insured, scope: int) -> int:
    """Domain §6 read word by word from the file's model, with fractions; first admission, nothing used."""
    plan = policy.inpatient
    name = {"11": "employed", "12": "retired", "13": "veteran", "14": "minor", "15": "adult", "16": "elderly"}
    cut = getattr(plan.remote, stay.filing_class.lower())
    own = cut if cut.form == "own_table" else None
    rule = (own or plan).person_types.get(name[person.psn_type[:2]])
    deductible = (rule and rule.deductible) or (own or plan).deductible
    segments = (rule and rule.segments) or (own or plan).segments
    due = first_deductible(deductible, stay.level, getattr(cut, "percent", 0) if cut.form == "deductible_uplift" else 0)
    seen = Fraction(scope)
    if cut.form == "first_bear":
        seen *= 1 - Fraction(cut.percent, 10_000)
    eaten = min(Fraction(due), seen)
    low, high = (Fraction(0), seen - eaten) if segments.measured == "from_deductible" else (eaten, seen)
    exact, start = Fraction(0), Fraction(0)
    for segment in segments.table:
        end = high if segment.up_to is None else min(high, Fraction(segment.up_to))
        ratio = the_ratio(segment.ratio, stay.level, rule, getattr(cut, "points", 0))
        exact += max(Fraction(0), end - max(low, start)) * ratio
        start = Fraction(segment.up_to or 0)
    limits = [plan.visit_cap, plan.monthly_cap, plan.annual_cap]
    limits += [policy.pool_annual_cap] if plan.counts_to_pool_cap else []
    return min([round_half_up(exact.numerator, exact.denominator), *(cap for cap in limits if cap is not None)])


def first_deductible(deductible: Deductible | None, level: str, uplift_bp: int) -> int:
    if deductible is None:
        return 0
    amount = Fraction(deductible.amounts.get(level, deductible.amounts.get("other"))[0])
    amount *= Fraction((deductible.factors or [10_000])[0], 10_000) * (1 + Fraction(uplift_bp, 10_000))
    return round_half_up(amount.numerator, amount.denominator)


def the_ratio(by_level: dict[str, int], level: str, rule: PersonRule | None, points_off_bp: int) -> Fraction:
    ratio = Fraction(by_level.get(level, by_level.get("other")), 10_000)
    if rule and rule.pays_share is not None:
        ratio = 1 - (1 - ratio) * Fraction(rule.pays_share, 10_000)
    if rule and rule.points_up is not None:
        ratio = min(Fraction(1), ratio + Fraction(rule.points_up, 10_000))
    return max(Fraction(0), ratio - Fraction(points_off_bp, 10_000))
