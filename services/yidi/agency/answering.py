"""Builds the agency's answers: done, refused, reversed. Ids are derived, so that a repeat is the same message."""

from collections.abc import Mapping
from typing import NamedTuple

from yidi.agency.account import Ledger
from yidi.agency.settlement import AMOUNTS, Settlement
from yidi.contract.records import (
    FundPayment,
    SettlementAmounts,
    SettlementRequest,
    SettlementResult,
    Verdict,
)
from yidi.contract.results import fault_of, no_figures
from yidi.domain.faults import Refusal
from yidi.domain.identities import derived_id
from yidi.domain.money import Fen

SERVICE = "agency"


class Asked(NamedTuple):
    """One forwarded request as it is being answered; `content` is the hash of the request's own bytes."""

    request: SettlementRequest
    verdict: Verdict | None
    inbox: str
    attempt: int
    content: bytes
    now_ms: int


def done(asked: Asked, settlement: Settlement) -> SettlementResult:
    """The answer to a settled (or pre-settled) request."""
    used = settlement.policies[-1]
    return {
        **blank(asked, "DONE"),
        "amounts": _amounts(settlement),
        "balc_before": settlement.balc_before,
        "balc": settlement.balc,
        "accumulators_before": flat(settlement.before),
        "accumulators_after": flat(settlement.after),
        "policy_id": used.id,
        "policy_version": str(used.version),
        "policy_digest": used.digest,
        "steps": [{"rule": rule, "figures": figures} for rule, figures in settlement.steps],
        "warnings": [rule for rule, _ in settlement.steps if rule.startswith(("cap.", "reason."))],
    }


def refused(asked: Asked, refusal: Refusal) -> SettlementResult:
    """The answer to a request that is refused: the fault in words, no amounts."""
    return {**blank(asked, "REFUSED"), "fault": fault_of(refusal, SERVICE)}


def reversed_by_twin(asked: Asked, original: SettlementResult, ledger: Ledger, balance: Fen) -> SettlementResult:
    """The negative twin of a settlement: exactly its own effect undone, nothing recalculated (domain §5.7).

    `ledger` and `balance` are those of now: later settlements keep what they were paid.
    """
    amounts = original["amounts"]
    if amounts is None:
        raise ValueError(f"{original['msgid']} had no effect")
    effect = effect_of(original)
    before = {key: ledger.years.get(int(key[:4]), {}).get(key[5:], 0) for key in effect}
    return {
        **blank(asked, "REVERSED"),
        "amounts": _negated(amounts),
        "balc_before": balance,
        "balc": balance + amounts["acct_pay"],
        "accumulators_before": before,
        "accumulators_after": {key: before[key] - change for key, change in effect.items()},
        "policy_id": original["policy_id"],
        "policy_version": original["policy_version"],
        "policy_digest": original["policy_digest"],
        "steps": [{"rule": "cancel.twin", "figures": {}}],
    }


def reversed_before(asked: Asked) -> SettlementResult:
    """The confirmation that a request which never had an effect here will never have one."""
    zero = dict.fromkeys(AMOUNTS, 0)
    return {
        **blank(asked, "REVERSED"),
        "amounts": {**zero, "pool_prop_selfpay": 0, "setldetail": []},  # type: ignore[typeddict-item]
    }


def effect_of(result: SettlementResult) -> dict[str, int]:
    """How a settlement moved the accumulators: after − before, by year.name."""
    before = result["accumulators_before"]
    return {key: value - before.get(key, 0) for key, value in result["accumulators_after"].items()}


def flat(years: Mapping[int, Mapping[str, int]]) -> dict[str, int]:
    """Accumulators by year.name, as the contract carries them."""
    return {f"{year}.{name}": value for year, counters in years.items() for name, value in counters.items()}


def blank(asked: Asked, outcome: str) -> SettlementResult:
    """An answer that says nothing yet but to whom, and with which outcome."""
    request = asked.request
    return {
        "result_id": derived_id(request["msgid"], f"result/{SERVICE}/{outcome}", asked.attempt),
        "msgid": request["msgid"],
        "setl_id": request["setl_id"],
        "attempt": asked.attempt,
        "operation": request["operation"],
        "outcome": outcome,  # type: ignore[typeddict-item]
        "refers": request["refers"],
        "psn_no": request["psn_no"],
        "insuplc_admdvs": request["insuplc_admdvs"],
        "mdtrtarea_admvs": request["mdtrtarea_admvs"],
        "fixmedins_code": request["fixmedins_code"],
        "inbox": asked.inbox,
        "mdtrt_id": request["mdtrt_id"],
        "med_type": request["med_type"],
        "insutype": request["insutype"],
        "setl_time": asked.now_ms,
        "fault": None,
        **no_figures(),
    }


def _amounts(s: Settlement) -> SettlementAmounts:
    return {
        "medfee_sumamt": s.medfee_sumamt,
        "fulamt_ownpay_amt": s.fulamt_ownpay_amt,
        "overlmt_selfpay": s.overlmt_selfpay,
        "preselfpay_amt": s.preselfpay_amt,
        "inscp_scp_amt": s.inscp_scp_amt,
        "act_pay_dedc": s.act_pay_dedc,
        "hifp_pay": s.hifp_pay,
        "cvlserv_pay": s.cvlserv_pay,
        "hifes_pay": s.hifes_pay,
        "hifmi_pay": s.hifmi_pay,
        "hifob_pay": s.hifob_pay,
        "maf_pay": s.maf_pay,
        "oth_pay": s.oth_pay,
        "fund_pay_sumamt": s.fund_pay_sumamt,
        "hosp_part_amt": s.hosp_part_amt,
        "psn_part_amt": s.psn_part_amt,
        "acct_pay": s.acct_pay,
        "psn_cash_pay": s.psn_cash_pay,
        "pool_prop_selfpay": s.pool_prop_selfpay,
        "setldetail": [{"fund_pay_type": d.fund_pay_type, "fund_payamt": d.fund_payamt} for d in s.setldetail],
    }


def _negated(amounts: SettlementAmounts) -> SettlementAmounts:
    detail: list[FundPayment] = [
        {"fund_pay_type": row["fund_pay_type"], "fund_payamt": -row["fund_payamt"]} for row in amounts["setldetail"]
    ]
    turned = {name: -amounts[name] for name in AMOUNTS}
    return {**amounts, **turned, "setldetail": detail}  # type: ignore[typeddict-item]
