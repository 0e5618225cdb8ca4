"""A policy file: one pooling area's rules for one scheme, from one date on (domain §6; docs/policies.md).

A policy is data that an analyst writes without reading code: a mistake is answered with the field's path and what to
do. Its digest is the SHA-256 of its canonical content: comments and layout do not change it, any figure does.
"""

import hashlib
import json
from datetime import date
from typing import Annotated, Any, Final, Literal, Self, TypeAlias

from pydantic import Field, StringConstraints, ValidationError, model_validator

from yidi.agency.policy_figures import Day, Yuan
from yidi.agency.policy_layers import Account, Assistance, LargeAmount, SeriousIllness, Supplement
from yidi.agency.policy_plan import Chronic, Inpatient, Outpatient, Pharmacy, Written
from yidi.agency.written_problems import problems_of

ANY_AREA: Final = "*"
"""In `admdvs`: every pooling area that has no file of its own for the scheme."""

PolicyId: TypeAlias = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{2,63}$")]
Admdvs: TypeAlias = Annotated[str, StringConstraints(pattern=r"^(\d{6}|\*)$")]


class PolicyError(ValueError):
    """A policy file that cannot be used; `problems` are sentences, each with the field's path and what to do."""

    def __init__(self, source: str, problems: list[str]) -> None:
        self.source = source
        self.problems = problems
        super().__init__(f"{source}: " + "; ".join(problems))


class Policy(Written):
    """A whole file. Later layers left out do not exist in this place; `year_split` is about 31 December."""

    id: PolicyId
    version: Annotated[int, Field(ge=1)]
    title: str = Field(min_length=1)
    status: Literal["example", "draft", "in_force"] = Field(description="example: synthetic, the law of no year")
    source: str = Field(min_length=1, description="where the figures come from")
    admdvs: list[Admdvs] = Field(min_length=1)
    insutype: Literal["310", "390", "380"]
    valid_from: Day
    valid_to: Day | None = Field(default=None, description="last day; left out: until further notice")
    year_split: Literal["whole", "by_days"] = "whole"
    pool_annual_cap: Yuan | None = None
    inpatient: Inpatient | None = None
    outpatient: Outpatient | None = None
    chronic: Chronic | None = None
    pharmacy: Pharmacy | None = None
    large_amount: LargeAmount | None = None
    serious_illness: SeriousIllness | None = None
    civil_servant: Supplement | None = None
    enterprise: Supplement | None = None
    assistance: Assistance | None = None
    account: Account = Account()

    @model_validator(mode="after")
    def _belongs_together(self) -> Self:
        for problem in self._contradictions():
            raise ValueError(problem)
        return self

    def _contradictions(self) -> list[str]:
        """What no single field shows; the first one is reported."""
        employees = self.insutype == "310"
        found = {
            "valid_to lies before valid_from": self.valid_to is not None and self.valid_to < self.valid_from,
            "large_amount is for employees (310) only; residents have serious_illness": bool(
                self.large_amount and not employees
            ),
            "serious_illness is for residents only; employees (310) have large_amount": bool(
                self.serious_illness and employees
            ),
            "large_amount needs pool_annual_cap: it begins where the cap is reached": bool(
                self.large_amount and self.pool_annual_cap is None
            ),
            "chronic settles as inpatient, but there is no inpatient plan": bool(
                self.chronic and self.chronic.settle_as == "inpatient" and not self.inpatient
            ),
            "admdvs names an area twice": len(set(self.admdvs)) != len(self.admdvs),
        }
        return [problem for problem, holds in found.items() if holds]

    def valid_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


def digest_of(policy: Policy) -> str:
    """SHA-256 of the canonical content, hexadecimal."""
    content = policy.model_dump(mode="json", exclude_defaults=False)
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def policy_of(content: object, source: str = "policy") -> Policy:
    """Validate the content of a file (mappings, lists, text, integers); PolicyError names every field at fault."""
    try:
        return Policy.model_validate(content)
    except ValidationError as error:
        raise PolicyError(source, problems_of(error, Policy)) from None


def json_schema() -> dict[str, Any]:
    """The file as JSON Schema, for editors that check while one writes."""
    return Policy.model_json_schema()
