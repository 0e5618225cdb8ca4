"""A policy made ready to calculate: digest, layers in calculation units, and rows, each derived at its first use."""

from datetime import date
from typing import Final, TypeAlias

from msgspec import Struct

from yidi.agency.claim import AIDED_CLASSES, CARE_OF, CHRONIC, Claim, Insured
from yidi.agency.plan_figures import figures_for
from yidi.agency.policy_file import Policy, digest_of
from yidi.agency.policy_layers import (
    Assistance,
    LargeAmount,
    Layer,
    SeriousIllness,
    Supplement,
    YearFunction,
)
from yidi.agency.policy_plan import PERSON_TYPES, NoCut, PersonTypeName, Remote
from yidi.agency.row import CutForm, Row, row_of
from yidi.agency.segments import OPEN_END, RATIO_OF_BP, UNIT, Band
from yidi.domain.faults import Refusal, Stage
from yidi.domain.money import Fen

EMPLOYEES: Final = "310"

_ROWS_MAX: Final = 20_000
"""Rows kept for one policy: classes × levels × person types × kinds of visit, chronic diseases besides."""


class Reach(Struct, frozen=True):
    """For which care and filing classes a layer pays."""

    care: frozenset[str]
    excluded: frozenset[str]

    def has(self, care: str, filing_class: str) -> bool:
        return care in self.care and filing_class not in self.excluded


class YearTable(Struct, frozen=True):
    """A year function in calculation units."""

    deductible: Fen
    bands: tuple[Band, ...]
    annual_cap: Fen | None


class LargeLayer(Struct, frozen=True):
    """Ratio by the first two digits of `psn_type`, in 1/100,000,000."""

    reach: Reach
    ratios: dict[str, int]
    annual_cap: Fen | None


class SeriousLayer(Struct, frozen=True):
    """Function by aided class, `none` included."""

    reach: Reach
    include_preself: bool
    tables: dict[str, YearTable]


class SupplementLayer(Struct, frozen=True):
    reach: Reach
    ratio_bp: int
    annual_cap: Fen | None
    include_preself: bool
    covers_deductible: bool


class AssistanceLayer(Struct, frozen=True):
    """Basic and additional function by aided class."""

    reach: Reach
    include_preself: bool
    tiers: dict[str, tuple[YearTable, YearTable | None]]


class Layers(Struct, frozen=True):
    large: LargeLayer | None
    serious: SeriousLayer | None
    civil: SupplementLayer | None
    enterprise: SupplementLayer | None
    assistance: AssistanceLayer | None


RowKey: TypeAlias = tuple[str, str, str, str, bool, bool, bool, str]


class CompiledPolicy:
    """One policy, unchanging to its users: the same visit always meets the same row, derived once and remembered."""

    def __init__(self, policy: Policy) -> None:
        self.policy = policy
        self.id = policy.id
        self.version = policy.version
        self.digest = digest_of(policy)
        self.insutype = policy.insutype
        self.by_days = policy.year_split == "by_days"
        self.pool_annual_cap = policy.pool_annual_cap
        self.pool_fund = "310100" if policy.insutype == EMPLOYEES else "390100"
        self.layers = _layers_of(policy)
        self.account_care = frozenset(policy.account.care)
        self.account_fully = policy.account.fully_selfpaid
        self._rows: dict[RowKey, Row | None] = {}

    def valid_on(self, day: date) -> bool:
        return self.policy.valid_on(day)

    def row(self, claim: Claim, insured: Insured, care: str) -> Row | None:
        """The row for a visit; None where the policy has no plan for the care (or the chronic disease).

        Raises `Refusal`: UNFILED_NOT_COVERED where unfiled people are not settled directly (domain §3).
        """
        key = (
            care,
            claim.filing_class,
            claim.level,
            insured.psn_type[:2],
            claim.referral,
            claim.selected,
            claim.primary,
            claim.dise_codg if care == CHRONIC else "",
        )
        try:
            return self._rows[key]
        except KeyError:
            row = self._derive(claim, insured, care)
        if len(self._rows) < _ROWS_MAX:
            self._rows[key] = row
        return row

    def _derive(self, claim: Claim, insured: Insured, care: str) -> Row | None:
        found = figures_for(self.policy, care, claim)
        if found is None:
            return None
        figures, remote = found
        person = _person_of(insured.psn_type)
        return row_of(figures, _cut_of(remote, claim.filing_class), claim.level, person, primary=claim.primary)


def care_of(claim: Claim) -> str:
    """Kind of care of a claim; `Refusal` FIELD_INVALID for a `med_type` outside the closed set."""
    try:
        return CARE_OF[claim.med_type]
    except KeyError:
        detail = f"med_type {claim.med_type!r} is unknown"
        raise Refusal("FIELD_INVALID", detail, stage=Stage.CALCULATE) from None


def _person_of(psn_type: str) -> PersonTypeName:
    try:
        return PERSON_TYPES[psn_type[:2]]
    except KeyError:
        detail = f"psn_type {psn_type!r} is unknown"
        raise Refusal("FIELD_INVALID", detail, stage=Stage.CALCULATE) from None


def _cut_of(remote: Remote, filing_class: str) -> CutForm:
    cut = getattr(remote, filing_class.lower())
    if cut is None:
        detail = "the policy has no row for unfiled people"
        raise Refusal("UNFILED_NOT_COVERED", detail, stage=Stage.CALCULATE)
    return None if isinstance(cut, NoCut) else cut


def _layers_of(policy: Policy) -> Layers:
    return Layers(
        large=_large(policy.large_amount) if policy.large_amount else None,
        serious=_serious(policy.serious_illness) if policy.serious_illness else None,
        civil=_supplement(policy.civil_servant) if policy.civil_servant else None,
        enterprise=_supplement(policy.enterprise) if policy.enterprise else None,
        assistance=_assistance(policy.assistance) if policy.assistance else None,
    )


def _reach(layer: Layer) -> Reach:
    return Reach(frozenset(layer.care), frozenset(name.upper() for name in layer.excluded_classes))


def _large(layer: LargeAmount) -> LargeLayer:
    ratios = {digits: layer.person_types.get(name, layer.ratio) for digits, name in PERSON_TYPES.items()}
    in_units = {digits: ratio * RATIO_OF_BP for digits, ratio in ratios.items()}
    return LargeLayer(_reach(layer), in_units, layer.annual_cap)


def _serious(layer: SeriousIllness) -> SeriousLayer:
    tables = dict.fromkeys(("none", *AIDED_CLASSES), _year_table(layer))
    tables |= {name: _year_table(function) for name, function in layer.aided.items()}
    return SeriousLayer(_reach(layer), layer.include_preself, tables)


def _supplement(layer: Supplement) -> SupplementLayer:
    return SupplementLayer(_reach(layer), layer.ratio, layer.annual_cap, layer.include_preself, layer.covers_deductible)


def _assistance(layer: Assistance) -> AssistanceLayer:
    tiers = {
        str(name): (_year_table(tier.basic), _year_table(tier.additional) if tier.additional else None)
        for name, tier in layer.classes.items()
    }
    return AssistanceLayer(_reach(layer), layer.include_preself, tiers)


def _year_table(function: YearFunction) -> YearTable:
    bands: list[Band] = []
    low = 0
    for band in function.segments or ():
        high = OPEN_END if band.up_to is None else band.up_to * UNIT
        bands.append((low, high, band.ratio * RATIO_OF_BP))
        low = high
    if function.ratio is not None:
        bands = [(0, OPEN_END, function.ratio * RATIO_OF_BP)]
    return YearTable(function.deductible, tuple(bands), function.annual_cap)
