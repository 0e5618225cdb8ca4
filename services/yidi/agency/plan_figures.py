"""Which figures of a policy file a visit meets: the plan of its kind of care, its variant, its disease."""

from typing import Final

from yidi.agency.accumulators import CareKeys, care_keys
from yidi.agency.claim import CARES, CHRONIC, Claim
from yidi.agency.policy_figures import at_level
from yidi.agency.policy_file import Policy
from yidi.agency.policy_plan import Chronic, Deductible, Disease, OwnTable, Pharmacy, Plan, Remote, Variant
from yidi.agency.row import Figures, Limit
from yidi.domain.money import BASIS_POINTS, Fen, round_half_up

KEYS: Final[dict[str, CareKeys]] = {care: care_keys(care) for care in CARES}


def figures_for(policy: Policy, care: str, claim: Claim) -> tuple[Figures, Remote] | None:
    """Figures and remote rows for a visit; None where the policy has no plan for it."""
    plan: Plan | Chronic | None = getattr(policy, care)
    if isinstance(plan, Chronic):
        return _chronic_figures(policy, plan, claim) if claim.dise_codg in plan.diseases else None
    return (_plan_figures(plan, care, claim), plan.remote) if plan is not None else None


def _plan_figures(plan: Plan, care: str, claim: Claim) -> Figures:
    variant = _variant_of(plan, claim)
    account_first, keys = False, KEYS[care]
    if isinstance(plan, Pharmacy):
        account_first, keys = plan.account_first, KEYS[plan.limits_with]
    return Figures(
        deductible=(variant and variant.deductible) or plan.deductible,
        segments=(variant and variant.segments) or plan.segments,
        person_types=plan.person_types,
        items=plan.item_ratios,
        limits=_plan_limits(plan, variant, keys),
        keys=keys,
        counts_to_pool_cap=plan.counts_to_pool_cap,
        account_first=account_first,
    )


def _variant_of(plan: Plan, claim: Claim) -> Variant | None:
    for variant in plan.variants:
        wanted = variant.when.model_dump(exclude_none=True)
        if all(getattr(claim, name) == value for name, value in wanted.items()):
            return variant
    return None


def _plan_limits(plan: Plan, variant: Variant | None, keys: CareKeys) -> tuple[Limit, ...]:
    annual, monthly = plan.annual_cap, plan.monthly_cap
    if variant is not None:
        annual = annual if variant.annual_cap is None else variant.annual_cap
        monthly = monthly if variant.monthly_cap is None else variant.monthly_cap
    return _limits(
        ("cap.visit", "visit", plan.visit_cap, keys),
        ("cap.month", "month", monthly, keys),
        ("cap.care_year", "year", annual, keys),
    )


def _chronic_figures(policy: Policy, plan: Chronic, claim: Claim) -> tuple[Figures, Remote]:
    disease = plan.diseases[claim.dise_codg]
    inpatient = policy.inpatient if plan.settle_as == "inpatient" else None
    segments = disease.segments or plan.segments or (inpatient.segments if inpatient else None)
    if segments is None:
        raise AssertionError("validated: a chronic plan has segments of its own or the inpatient plan's")
    figures = Figures(
        deductible=plan.deductible or once_a_year(inpatient.deductible if inpatient else None, claim.level),
        segments=segments,
        person_types=inpatient.person_types if inpatient else plan.person_types,
        items=[],
        limits=_chronic_limits(plan, disease, claim.dise_codg),
        keys=KEYS[CHRONIC],
        counts_to_pool_cap=plan.counts_to_pool_cap,
        covered_codes=tuple(disease.items or ()),
        approved_only=plan.approved_institution_only,
    )
    return figures, _yearly_rows(inpatient.remote, claim.level) if inpatient else plan.remote


def _chronic_limits(plan: Chronic, disease: Disease, dise_codg: str) -> tuple[Limit, ...]:
    own = care_keys(f"{CHRONIC}_{dise_codg}")
    return _limits(
        ("cap.disease_month", "month", disease.monthly_cap, own),
        ("cap.disease_year", "year", disease.annual_cap, own),
        ("cap.month", "month", plan.monthly_cap, KEYS[CHRONIC]),
        ("cap.care_year", "year", plan.annual_cap, KEYS[CHRONIC]),
    )


def _limits(*written: tuple[str, str, Fen | None, CareKeys]) -> tuple[Limit, ...]:
    return tuple(Limit(rule, cap, kind, keys) for rule, kind, cap, keys in written if cap is not None)


def once_a_year(deductible: Deductible | None, level: str) -> Deductible | None:
    """The first admission's amount at a level, charged once a year instead of each stay."""
    if deductible is None:
        return None
    first = at_level(deductible.amounts, level)[0]
    factor = deductible.factors[0] if deductible.factors else BASIS_POINTS
    amounts = {"other": [round_half_up(first * factor, BASIS_POINTS)]}
    return Deductible.model_construct(amounts=amounts, factors=None, period="year")


def _yearly_rows(remote: Remote, level: str) -> Remote:
    """The inpatient rows for a chronic disease: deductibles of their own are charged once a year, too."""
    own = {
        name: cut.model_copy(update={"deductible": once_a_year(cut.deductible, level)})
        for name, cut in ((name, getattr(remote, name)) for name in Remote.model_fields)
        if isinstance(cut, OwnTable)
    }
    return remote.model_copy(update=own)
