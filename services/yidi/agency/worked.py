"""What a policy pays for a file of claims, and why: the heart of `yidi calculate`, without a broker or a screen.

Bills are settled in the order written, each on the accumulators and the balance that the one before has left.
"""

from collections.abc import Iterator
from typing import Any

from msgspec import Struct, structs, to_builtins

from yidi.agency.amount_words import AMOUNT_WORDS
from yidi.agency.benefits import calculate
from yidi.agency.claim_file import ClaimFile, ClaimFileError, claim_of, insured_of
from yidi.agency.compiled import CompiledPolicy
from yidi.agency.explanation import Language, explain, fund_name, proc_info
from yidi.agency.policy_file import Policy
from yidi.agency.policy_warnings import warnings_of
from yidi.agency.settlement import AMOUNTS, Settlement
from yidi.domain.faults import Refusal
from yidi.domain.money import yuan_of_fen


class Worked(Struct, frozen=True):
    """Policy used, its warnings, and one settlement per bill."""

    policy: CompiledPolicy
    warnings: list[str]
    settlements: list[Settlement]


def work_out(policy: Policy, claims: ClaimFile, source: str = "claim") -> Worked:
    """Settle every bill; ClaimFileError where the bill and the policy do not belong together."""
    compiled = CompiledPolicy(policy)
    if claims.person.insutype != policy.insutype:
        problem = f"person.insutype: is {claims.person.insutype}, but the policy is for {policy.insutype}; change one"
        raise ClaimFileError(source, [problem])
    return Worked(compiled, warnings_of(policy), list(_settled(compiled, claims, source)))


def _settled(policy: CompiledPolicy, claims: ClaimFile, source: str) -> Iterator[Settlement]:
    insured = insured_of(claims.person)
    accumulators = dict(claims.used)
    for number, bill in enumerate(claims.bills, start=1):
        claim = claim_of(bill)
        if not policy.valid_on(claim.enddate):
            problem = f"bills[{number}].enddate: the policy is not valid on {claim.enddate}; take another version"
            raise ClaimFileError(source, [problem])
        try:
            settlement = calculate(policy, claim, insured, accumulators)
        except Refusal as refusal:
            raise ClaimFileError(source, [f"bills[{number}]: {refusal}"]) from None
        yield settlement
        accumulators.update(settlement.after)
        insured = structs.replace(insured, balance=settlement.balc)


def as_record(worked: Worked) -> dict[str, Any]:
    """Everything for `--json`: fen as integers, words in both languages."""
    policy = worked.policy
    return {
        "policy": {"id": policy.id, "version": policy.version, "digest": policy.digest},
        "warnings": worked.warnings,
        "settlements": [_record(settlement) for settlement in worked.settlements],
    }


def _record(settlement: Settlement) -> dict[str, Any]:
    record: dict[str, Any] = to_builtins(settlement, str_keys=True)
    record["setldetail"] = [
        {
            "fund_pay_type": row.fund_pay_type,
            "fund_pay_type_name": fund_name(row.fund_pay_type, "zh"),
            "fund_payamt": row.fund_payamt,
            "setl_proc_info": proc_info(row.fund_pay_type, settlement.steps),
        }
        for row in settlement.setldetail
    ]
    record["steps"] = [{"rule": rule, "figures": figures} for rule, figures in settlement.steps]
    record["words"] = {"zh": explain(settlement.steps, "zh"), "en": explain(settlement.steps, "en")}
    return record


def as_lines(worked: Worked, language: Language = "en") -> list[str]:
    """Plain text for a terminal: warnings, then figures and reasons of each bill; amounts in yuan.

    Warnings are there in English only.
    """
    policy, chinese = worked.policy, language == "zh"
    version, bill, warns = ("第{}版", "第{}张账单", "提示") if chinese else ("version {}", "bill {}", "warning")
    lines = [f"{policy.id} {version.format(policy.version)}  {policy.digest[:12]}  {policy.policy.title}"]
    lines += [f"{warns}: {warning}" for warning in worked.warnings]
    for number, settlement in enumerate(worked.settlements, start=1):
        lines += ["", bill.format(number), *_figures(settlement, language), *_reasons(settlement, language)]
    return lines


def _figures(settlement: Settlement, language: Language) -> list[str]:
    """Amounts that are not 0, the total and the person's part always."""
    always = {"medfee_sumamt", "fund_pay_sumamt", "psn_part_amt", "psn_cash_pay"}
    amounts = [(name, getattr(settlement, name)) for name in AMOUNTS]
    words = {name: pair[0 if language == "zh" else 1] for name, pair in AMOUNT_WORDS.items()}
    shown = [(name, yuan_of_fen(amount)) for name, amount in amounts if amount or name in always]
    return [f"  {name:<20}{yuan:>15}  {words[name]}" for name, yuan in shown]


def _reasons(settlement: Settlement, language: Language) -> list[str]:
    return [f"    · {words}" for words in explain(settlement.steps, language)]
