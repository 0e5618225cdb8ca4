"""The layers of a policy file that pay after the pool: large amount, serious illness, supplements, assistance, account.

Field by field with examples: docs/policies.md. Sources: domain §6.5-§6.8.
"""

from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from yidi.agency.policy_figures import Percent, Yuan
from yidi.agency.policy_plan import SEGMENTS_MAX, PersonTypeName, Written

CareName: TypeAlias = Literal["inpatient", "outpatient", "chronic", "pharmacy"]
FilingName: TypeAlias = Literal["long_term", "referral", "emergency", "other_temporary", "unfiled", "in_province"]
AidedName: TypeAlias = Literal["edge", "low_income", "destitute"]


def _stay_and_chronic() -> list[CareName]:
    return ["inpatient", "chronic"]


def _everywhere() -> list[CareName]:
    return ["inpatient", "outpatient", "chronic", "pharmacy"]


class Layer(Written):
    """What every layer says: for which care it pays, and which filing classes it leaves out."""

    care: list[CareName] = Field(default_factory=_stay_and_chronic, min_length=1)
    excluded_classes: list[FilingName] = Field(default_factory=list)


class LargeAmount(Layer):
    """职工大额 `hifob_pay`: pays the in-scope amount above the one at which the pool's annual cap is reached."""

    ratio: Percent
    person_types: dict[PersonTypeName, Percent] = Field(default_factory=dict)
    annual_cap: Yuan | None = None


class Band(Written):
    up_to: Yuan | None = None
    ratio: Percent


class YearFunction(Written):
    """f of the year's share, with bands from zero and the deductible eating the lowest (domain §6.6)."""

    deductible: Yuan = 0
    ratio: Percent | None = Field(default=None, description="one ratio; or write segments")
    segments: Annotated[list[Band], Field(min_length=1, max_length=SEGMENTS_MAX)] | None = None
    annual_cap: Yuan | None = None

    @model_validator(mode="after")
    def _one_way_only(self) -> Self:
        if (self.ratio is None) == (self.segments is None):
            raise ValueError("give either ratio or segments")
        ends = [band.up_to for band in self.segments or [Band(ratio=0)]]
        closed = [end for end in ends[:-1] if end is not None]
        if ends[-1] is not None or len(closed) != len(ends) - 1:
            raise ValueError("every segment but the last needs up_to, and the last has none")
        if any(low >= high for low, high in zip([0, *closed], closed, strict=False)):
            raise ValueError("up_to must rise from one segment to the next")
        return self


class SeriousIllness(Layer, YearFunction):
    """居民大病 `hifmi_pay` on the year's compliant personal share; aided classes may have a function of their own."""

    include_preself: bool = Field(default=False, description="prior self-pay counts as compliant share")
    aided: dict[AidedName, YearFunction] = Field(default_factory=dict)


class Supplement(Layer):
    """公务员补助 `cvlserv_pay` or 企业补充 `hifes_pay` on what is left of the in-scope amount."""

    ratio: Percent
    annual_cap: Yuan | None = None
    include_preself: bool = False
    covers_deductible: bool = True


class AidedTiers(Written):
    """Basic assistance, and 倾斜救助 additional assistance on what is left above its own deductible."""

    basic: YearFunction
    additional: YearFunction | None = None


class Assistance(Layer):
    """医疗救助 `maf_pay` by aided class."""

    include_preself: bool = False
    classes: dict[AidedName, AidedTiers] = Field(min_length=1)


class Account(Written):
    """个人账户: pays what remains of scope and prior self-pay; fully self-paid items only where written."""

    care: list[CareName] = Field(default_factory=_everywhere)
    fully_selfpaid: bool = Field(default=False, description="may pay fully self-paid items and over-ceiling amounts")
