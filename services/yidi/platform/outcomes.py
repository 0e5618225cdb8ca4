"""Results that the platform gives by itself: refusals, *unknown*, answers to queries."""

from yidi.contract import records
from yidi.contract.results import fault_of, no_figures
from yidi.domain.faults import Refusal
from yidi.domain.identities import derived_id
from yidi.platform.lifecycle import Request

SERVICE = "platform"


def refused(msgid: str, row: Request, refusal: Refusal, now_ms: int) -> records.SettlementResult:
    """The hospital hears why; nothing was asked of the insured place, or nothing came of it."""
    return _result(msgid, row, "REFUSED", fault_of(refusal, SERVICE), now_ms)


def unknown(msgid: str, row: Request, refusal: Refusal, now_ms: int) -> records.SettlementResult:
    """Provisional: the request stays open, and its answer is adopted when it comes."""
    return {**_result(msgid, row, "UNKNOWN", fault_of(refusal, SERVICE), now_ms), "inbox": row.inbox}


def queried(
    msgid: str, row: Request, original: Request, answer: records.SettlementResult | None, now_ms: int
) -> records.SettlementResult:
    """What is known of the original: its state, with the figures of `answer` (for a reversed one, of the reversal).

    An open original is UNKNOWN with the fault NO_ANSWER: found, but not decided as far as we know.
    """
    outcome: records.Outcome = "UNKNOWN" if original.state == "OPEN" else original.state  # type: ignore[assignment]
    pending = Refusal("NO_ANSWER", f"the insured place ({original.inbox}) has not answered yet")
    result = _result(msgid, row, outcome, fault_of(pending, SERVICE) if outcome == "UNKNOWN" else None, now_ms)
    result["inbox"] = original.inbox
    return result if answer is None else _with_figures(result, answer)


def _result(
    msgid: str, row: Request, outcome: records.Outcome, fault: records.ResultFault | None, now_ms: int
) -> records.SettlementResult:
    subject = row.subject
    return {
        "result_id": derived_id(msgid, f"result/{SERVICE}/{outcome}", row.attempt),
        "msgid": msgid,
        "setl_id": row.setl_id,
        "attempt": row.attempt,
        "operation": row.operation,  # type: ignore[typeddict-item] # it was read from this enum
        "outcome": outcome,
        "refers": row.refers,
        "psn_no": subject.psn_no,
        "insuplc_admdvs": subject.insuplc_admdvs,
        "mdtrtarea_admvs": subject.mdtrtarea_admvs,
        "fixmedins_code": subject.fixmedins_code,
        "inbox": "",
        "mdtrt_id": subject.mdtrt_id,
        "med_type": subject.med_type,
        "insutype": subject.insutype,
        "setl_time": now_ms,
        "fault": fault,
        **no_figures(),
    }


def _with_figures(result: records.SettlementResult, answer: records.SettlementResult) -> records.SettlementResult:
    return {
        **result,
        "setl_time": answer["setl_time"],
        "fault": answer["fault"],
        "amounts": answer["amounts"],
        "balc_before": answer["balc_before"],
        "balc": answer["balc"],
        "accumulators_before": answer["accumulators_before"],
        "accumulators_after": answer["accumulators_after"],
        "policy_id": answer["policy_id"],
        "policy_version": answer["policy_version"],
        "policy_digest": answer["policy_digest"],
        "steps": answer["steps"],
        "warnings": answer["warnings"],
    }
