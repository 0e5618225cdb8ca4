"""The part of a policy file about one kind of care: deductible, segments, person types, remote cuts, caps.

Field by field with examples: docs/policies.md. Amounts are yuan in the file and fen inside, percents are basis
points inside (`policy_figures`). Every model refuses fields that it does not know.
"""

from typing import Annotated, Final, Literal, Self, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, model_validator

from yidi.agency.policy_figures import AnyPercent, Percent, PercentByLevel, Yuan, YuanByLevel

PersonTypeName: TypeAlias = Literal["employed", "retired", "veteran", "minor", "adult", "elderly"]

PERSON_TYPES: Final[dict[str, PersonTypeName]] = {
    "11": "employed",
    "12": "retired",
    "13": "veteran",
    "14": "minor",
    "15": "adult",
    "16": "elderly",
}
"""First two digits of `psn_type` → the name in the file (domain §4)."""

GradeCode: TypeAlias = Literal["01", "02", "03"]

SEGMENTS_MAX: Final = 20
"""Segments of one table; real policies have up to six."""


class Written(BaseModel):
    """Base of everything that an analyst writes: closed, frozen."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Deductible(Written):
    """起付线. `amounts`: one amount or one per admission of the year; or `amounts` with `factors` per admission."""

    amounts: YuanByLevel = Field(description="by level; a list gives the 1st, 2nd, … admission of the year")
    factors: list[AnyPercent] | None = Field(
        default=None, min_length=1, description="percent of the amount at the 1st, 2nd, … admission; the last one stays"
    )
    period: Literal["stay", "year"] = Field(default="stay", description="charged each stay (visit), or once a year")

    @model_validator(mode="after")
    def _one_way_only(self) -> Self:
        if self.factors and any(len(amounts) != 1 for amounts in self.amounts.values()):
            raise ValueError("give either a list of amounts per admission or factors, not both")
        if any(not amounts for amounts in self.amounts.values()):
            raise ValueError("an empty list of amounts says nothing; write 0 for no deductible")
        if self.period == "year" and (self.factors or any(len(a) != 1 for a in self.amounts.values())):
            raise ValueError("a yearly deductible is one amount per level; remove factors and lists")
        return self


class Segment(Written):
    up_to: Yuan | None = Field(default=None, description="upper end in yuan; the last segment has none")
    ratio: PercentByLevel


def _check_table(table: list[Segment]) -> None:
    """Ends rise, and only the last segment is open."""
    ends = [segment.up_to for segment in table]
    if ends[-1] is not None:
        raise ValueError("the last segment must be open: remove its up_to (a cap belongs into the caps)")
    closed = [end for end in ends[:-1] if end is not None]
    if len(closed) != len(ends) - 1:
        raise ValueError("every segment but the last needs up_to")
    if any(low >= high for low, high in zip([0, *closed], closed, strict=False)):
        raise ValueError("up_to must rise from one segment to the next")


class Segments(Written):
    """Ratio 支付比例 by segment of the in-scope amount, by level."""

    measured: Literal["per_stay", "from_deductible", "over_year"] = Field(
        default="per_stay",
        description="from zero of each stay; from the deductible; or from zero of the year's in-scope amount",
    )
    table: Annotated[list[Segment], Field(min_length=1, max_length=SEGMENTS_MAX)]

    @model_validator(mode="after")
    def _rising(self) -> Self:
        _check_table(self.table)
        return self


class PersonRule(Written):
    """How a person type differs from the plan's own figures."""

    pays_share: Percent | None = Field(default=None, description="pays this percent of what the plan leaves to pay")
    points_up: Percent | None = Field(default=None, description="points added to each ratio, at most to 100 %")
    deductible: Deductible | None = None
    segments: Segments | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("says nothing; give pays_share, points_up, deductible or segments")
        if self.pays_share is not None and self.points_up is not None:
            raise ValueError("give pays_share or points_up, not both")
        return self


PersonRules: TypeAlias = dict[PersonTypeName, PersonRule]


class NoCut(Written):
    form: Literal["none"]


class PointsOff(Written):
    """降低支付比例: points off every ratio of the plan."""

    form: Literal["points_off"]
    points: Percent


class FirstBear(Written):
    """先行自付: the person first bears a percent of the in-scope amount: (scope × (1 − x) − deductible) × ratio."""

    form: Literal["first_bear"]
    percent: Percent
    points: Percent = 0


class DeductibleUplift(Written):
    """提高起付线: the deductible rises by a percent, with points off where the place takes them too."""

    form: Literal["deductible_uplift"]
    percent: AnyPercent
    points: Percent = 0


class OwnTable(Written):
    """单独标准: a deductible and ratios of its own; the plan's person types do not apply, only those written here."""

    form: Literal["own_table"]
    deductible: Deductible
    segments: Segments
    person_types: PersonRules = Field(default_factory=dict)


Cut: TypeAlias = Annotated[NoCut | PointsOff | FirstBear | DeductibleUplift | OwnTable, Field(discriminator="form")]

NO_CUT: Final = NoCut(form="none")


class Remote(Written):
    """The row of each filing class. Left out means no cut, but `unfiled` left out means: not paid directly."""

    long_term: Cut = NO_CUT
    referral: Cut = NO_CUT
    emergency: Cut = NO_CUT
    other_temporary: Cut = NO_CUT
    in_province: Cut = NO_CUT
    unfiled: Cut | None = None


class When(Written):
    """Facts of the visit that a variant asks for; all that are written must hold."""

    referral: bool | None = None
    selected: bool | None = None
    primary: bool | None = None

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not self.model_fields_set:
            raise ValueError("asks nothing; give referral, selected or primary as true or false")
        return self


class Variant(Written):
    """Figures that replace the plan's own where `when` holds; the first variant that fits is taken."""

    when: When
    deductible: Deductible | None = None
    segments: Segments | None = None
    monthly_cap: Yuan | None = None
    annual_cap: Yuan | None = None


class ItemRatio(Written):
    """A ratio of its own for lines of a grade, of categories, or of item codes that begin so."""

    ratio: Percent
    grade: GradeCode | None = None
    categories: list[str] | None = None
    codes: list[str] | None = Field(default=None, min_length=1, description="beginnings of national item codes")
    primary: bool | None = Field(default=None, description="only at (true) or outside (false) primary institutions")

    @model_validator(mode="after")
    def _selects(self) -> Self:
        if not (self.grade or self.categories or self.codes):
            raise ValueError("selects no lines; give grade, categories or codes")
        known = {f"{number:02d}" for number in range(1, 15)}
        unknown = sorted(set(self.categories or ()) - known)
        if unknown:
            raise ValueError(f"category {unknown[0]!r} is unknown; use 01 to 14")
        return self


class Plan(Written):
    """One kind of care."""

    deductible: Deductible | None = Field(default=None, description="left out: no deductible")
    segments: Segments
    person_types: PersonRules = Field(default_factory=dict)
    variants: list[Variant] = Field(default_factory=list)
    item_ratios: list[ItemRatio] = Field(default_factory=list)
    remote: Remote = Remote()
    visit_cap: Yuan | None = None
    monthly_cap: Yuan | None = None
    annual_cap: Yuan | None = None
    counts_to_pool_cap: bool = True


class Inpatient(Plan):
    """Stays in hospital: the deductible goes by the admission of the year."""

    @model_validator(mode="after")
    def _no_lines(self) -> Self:
        if self.item_ratios:
            raise ValueError("item_ratios need lines, and a stay sends none before the calculation; remove them")
        return self


class VisitPlan(Plan):
    """Visits: there is no nth admission, so a deductible is one amount per level."""

    @model_validator(mode="after")
    def _no_admissions(self) -> Self:
        for deductible in _deductibles_of(self):
            if deductible.factors or any(len(amounts) != 1 for amounts in deductible.amounts.values()):
                raise ValueError("only inpatient deductibles go by admission; write one amount per level")
        return self


def _deductibles_of(plan: Plan) -> list[Deductible]:
    """Every deductible written anywhere in a plan."""
    cuts = [cut for _, cut in plan.remote]
    own = [cut for cut in cuts if isinstance(cut, OwnTable)]
    rules = [rule for types in (plan.person_types, *(cut.person_types for cut in own)) for rule in types.values()]
    written = [plan.deductible, *(variant.deductible for variant in plan.variants)]
    written += [rule.deductible for rule in rules] + [cut.deductible for cut in own]
    return [deductible for deductible in written if deductible is not None]


class Outpatient(VisitPlan):
    """Ordinary and emergency outpatient visits."""


class Pharmacy(VisitPlan):
    """Purchases at a pharmacy that the pool shares in."""

    account_first: bool = Field(default=True, description="the account pays first, the pool shares in the rest")
    limits_with: Literal["outpatient", "pharmacy"] = Field(
        "outpatient", description="whose yearly deductible and caps it uses up"
    )


class Disease(Written):
    """One chronic or special disease."""

    name: str = ""
    items: list[str] | None = Field(default=None, min_length=1, description="beginnings of the item codes it covers")
    segments: Segments | None = None
    monthly_cap: Yuan | None = None
    annual_cap: Yuan | None = None


class Chronic(Written):
    """门诊慢特病: only with the qualification, for the disease's own items, where asked at the approved institution.

    `settle_as: inpatient` takes segments, person types and remote rows from the inpatient plan; the deductible is the
    first admission's, once a year, unless written here.
    """

    settle_as: Literal["inpatient", "own"] = "own"
    approved_institution_only: bool = True
    diseases: dict[str, Disease] = Field(min_length=1, description="by dise_codg")
    deductible: Deductible | None = None
    segments: Segments | None = None
    person_types: PersonRules = Field(default_factory=dict)
    remote: Remote = Remote()
    monthly_cap: Yuan | None = None
    annual_cap: Yuan | None = None
    counts_to_pool_cap: bool = True

    @model_validator(mode="after")
    def _one_source_of_ratios(self) -> Self:
        if self.settle_as == "own" and self.segments is None:
            raise ValueError("segments are missing; write them, or settle_as: inpatient")
        if self.settle_as == "inpatient" and (self.segments or "remote" in self.model_fields_set):
            raise ValueError("settle_as inpatient takes segments and remote from the inpatient plan; remove them")
        return self
