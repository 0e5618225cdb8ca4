"""What every service's settlement results have alike: a fault in words, and nothing else where nothing was settled."""

from typing import TypedDict

from yidi.contract.records import ExplanationStep, ResultFault, SettlementAmounts
from yidi.domain.faults import Refusal


class Figures(TypedDict):
    """The fields of a `SettlementResult` that come with a settlement."""

    amounts: SettlementAmounts | None
    balc_before: int | None
    balc: int | None
    accumulators_before: dict[str, int]
    accumulators_after: dict[str, int]
    policy_id: str | None
    policy_version: str | None
    policy_digest: str | None
    steps: list[ExplanationStep]
    warnings: list[str]


def no_figures() -> Figures:
    """Those of a result without a settlement."""
    return {
        "amounts": None,
        "balc_before": None,
        "balc": None,
        "accumulators_before": {},
        "accumulators_after": {},
        "policy_id": None,
        "policy_version": None,
        "policy_digest": None,
        "steps": [],
        "warnings": [],
    }


def fault_of(refusal: Refusal, service: str) -> ResultFault:
    """The refusal as the service's result tells it."""
    fault = refusal.fault
    return {
        "code": fault.code,
        "fault_class": fault.fault_class.value,
        "stage": refusal.stage.value,
        "service": service,
        "zh": fault.zh,
        "en": fault.en,
        "detail": refusal.detail,
    }
