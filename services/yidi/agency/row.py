"""A policy's row: every figure for one kind of care, filing class, level, person type and visit, ready to calculate.

A row is derived once from the file and kept; the calculation itself reads no file model.
"""

from typing import Final, TypeAlias

from msgspec import Struct

from yidi.agency.accumulators import CareKeys
from yidi.agency.policy_figures import at_level
from yidi.agency.policy_plan import (
    Deductible,
    DeductibleUplift,
    FirstBear,
    ItemRatio,
    OwnTable,
    PersonRule,
    PersonTypeName,
    PointsOff,
    Segments,
)
from yidi.agency.segments import OPEN_END, RATIO_OF_BP, RATIO_ONE, UNIT, Band
from yidi.domain.money import BASIS_POINTS, Fen, round_half_up

CutForm: TypeAlias = PointsOff | FirstBear | DeductibleUplift | OwnTable | None

PER_STAY: Final = 0
FROM_DEDUCTIBLE: Final = 1
OVER_YEAR: Final = 2
_MEASURED: Final = {"per_stay": PER_STAY, "from_deductible": FROM_DEDUCTIBLE, "over_year": OVER_YEAR}


class RowItem(Struct, frozen=True):
    """Lines with a ratio of their own; an empty selector takes every line."""

    ratio: int
    grade: str
    categories: frozenset[str]
    codes: tuple[str, ...]

    def takes(self, grade: str, category: str, code: str) -> bool:
        return (
            (not self.grade or grade == self.grade)
            and (not self.categories or category in self.categories)
            and (not self.codes or code.startswith(self.codes))
        )


class Limit(Struct, frozen=True):
    """A cap in fen and how it is counted: by `year`, `month`, `visit`; `keys` names the counters."""

    rule: str
    cap: Fen
    kind: str
    keys: CareKeys


class Row(Struct, frozen=True):
    """Figures of one row. `dedc[n]` is the deductible of admission n + 1, the last one stays; all in fen.

    `kept_bp` is what first-bear leaves of the scope, in basis points; `cut` the step of the trace about the cut.
    """

    keys: CareKeys
    dedc: tuple[Fen, ...]
    dedc_yearly: bool
    measured: int
    bands: tuple[Band, ...]
    items: tuple[RowItem, ...]
    kept_bp: int
    limits: tuple[Limit, ...]
    counts_to_pool_cap: bool
    steps: tuple[tuple[str, dict[str, int]], ...]
    covered_codes: tuple[str, ...] = ()
    approved_only: bool = False
    account_first: bool = False


def deductible_amounts(deductible: Deductible | None, level: str, uplift_bp: int) -> tuple[Fen, ...]:
    """Amount of the 1st, 2nd, … admission at a level, after the uplift; each rounded once to the fen."""
    if deductible is None:
        return (0,)
    amounts = at_level(deductible.amounts, level)
    if deductible.factors:
        scaled = [(amounts[0] * factor, BASIS_POINTS) for factor in deductible.factors]
    else:
        scaled = [(amount, 1) for amount in amounts]
    uplifted = BASIS_POINTS + uplift_bp
    return tuple(round_half_up(num * uplifted, den * BASIS_POINTS) for num, den in scaled)


def person_ratio(ratio_bp: int, rule: PersonRule | None, points_off_bp: int) -> int:
    """The person type's own rule first, then the points off; never below 0 or above 100 %. In 1/100,000,000."""
    ratio = ratio_bp * RATIO_OF_BP
    if rule is not None and rule.pays_share is not None:
        ratio = RATIO_ONE - (BASIS_POINTS - ratio_bp) * rule.pays_share
    if rule is not None and rule.points_up is not None:
        ratio = min(RATIO_ONE, ratio + rule.points_up * RATIO_OF_BP)
    return max(0, ratio - points_off_bp * RATIO_OF_BP)


def bands_of(segments: Segments, level: str, rule: PersonRule | None, points_off_bp: int) -> tuple[Band, ...]:
    bands, low = [], 0
    for segment in segments.table:
        high = OPEN_END if segment.up_to is None else segment.up_to * UNIT
        bands.append((low, high, person_ratio(at_level(segment.ratio, level), rule, points_off_bp)))
        low = high
    return tuple(bands)


def items_of(
    ratios: list[ItemRatio], rule: PersonRule | None, points_off_bp: int, *, primary: bool
) -> tuple[RowItem, ...]:
    """Ratios by item that hold at this institution, in the order of the file."""
    return tuple(
        RowItem(
            person_ratio(item.ratio, rule, points_off_bp),
            item.grade or "",
            frozenset(item.categories or ()),
            tuple(item.codes or ()),
        )
        for item in ratios
        if item.primary is None or item.primary == primary
    )


class Figures(Struct):
    """What a row is made from, after variant and disease have been chosen."""

    deductible: Deductible | None
    segments: Segments
    person_types: dict[PersonTypeName, PersonRule]
    items: list[ItemRatio]
    limits: tuple[Limit, ...]
    keys: CareKeys
    counts_to_pool_cap: bool
    covered_codes: tuple[str, ...] = ()
    approved_only: bool = False
    account_first: bool = False


def row_of(figures: Figures, cut: CutForm, level: str, person: PersonTypeName, *, primary: bool) -> Row:
    """Apply person type and remote cut (domain §6.2-§6.4) to the figures of a plan."""
    steps: tuple[tuple[str, dict[str, int]], ...] = _cut_steps(cut)
    types = figures.person_types
    deductible, segments = figures.deductible, figures.segments
    if isinstance(cut, OwnTable):
        deductible, segments, types = cut.deductible, cut.segments, cut.person_types
    rule = types.get(person)
    if rule is not None:
        deductible, segments = rule.deductible or deductible, rule.segments or segments
        steps = (*_person_steps(rule), *steps)
    points = cut.points if isinstance(cut, (PointsOff, FirstBear, DeductibleUplift)) else 0
    uplift = cut.percent if isinstance(cut, DeductibleUplift) else 0
    return Row(
        keys=figures.keys,
        dedc=deductible_amounts(deductible, level, uplift),
        dedc_yearly=deductible is not None and deductible.period == "year",
        measured=_MEASURED[segments.measured],
        bands=bands_of(segments, level, rule, points),
        items=items_of(figures.items, rule, points, primary=primary),
        kept_bp=BASIS_POINTS - cut.percent if isinstance(cut, FirstBear) else BASIS_POINTS,
        limits=figures.limits,
        counts_to_pool_cap=figures.counts_to_pool_cap,
        steps=steps,
        covered_codes=figures.covered_codes,
        approved_only=figures.approved_only,
        account_first=figures.account_first,
    )


def _person_steps(rule: PersonRule) -> tuple[tuple[str, dict[str, int]], ...]:
    if rule.pays_share is not None:
        return (("person.pays_share", {"share_bp": rule.pays_share}),)
    if rule.points_up is not None:
        return (("person.points_up", {"points_bp": rule.points_up}),)
    return (("person.own_figures", {}),)


def _cut_steps(cut: CutForm) -> tuple[tuple[str, dict[str, int]], ...]:
    match cut:
        case PointsOff():
            return (("cut.points_off", {"points_bp": cut.points}),)
        case FirstBear():
            return (("cut.first_bear", {"percent_bp": cut.percent, "points_bp": cut.points}),)
        case DeductibleUplift():
            return (("cut.deductible_uplift", {"percent_bp": cut.percent, "points_bp": cut.points}),)
        case OwnTable():
            return (("cut.own_table", {}),)
        case _:
            return ()
