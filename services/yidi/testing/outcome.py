"""What became of a bill, for a test to look at: figures in fen, the fault, and the way it went, in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from yidi.chain.answers import Answer
from yidi.chain.journey import in_order
from yidi.chain.leg import Leg
from yidi.contract.records import EncounterCharges, ErrorReport, SettlementAmounts, SettlementResult
from yidi.domain.faults import FAULTS
from yidi.domain.money import Fen, yuan_of_fen
from yidi.testing.story import story

NAMED = ("REFUSED", "REPORTED")


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """`outcome` is DONE, REFUSED, REVERSED, UNKNOWN; REPORTED: an error report only; NO_ANSWER: nothing in time.

    `result` is the hospital's answer and `report` the last error report, as the contract has them, or None. Amounts are
    fen, and 0 where nothing was paid.
    """

    charges: EncounterCharges
    outcome: str
    result: SettlementResult | None
    report: ErrorReport | None
    legs: tuple[Leg, ...]
    msgid: str

    @property
    def done(self) -> bool:
        return self.outcome == "DONE"

    @property
    def refused(self) -> bool:
        return self.outcome in NAMED

    @property
    def code(self) -> str | None:
        """The fault's code: why it was refused, or is unknown."""
        if self.result is not None and self.result["fault"] is not None:
            return self.result["fault"]["code"]
        return None if self.report is None or self.done else self.report["code"]

    @property
    def attempt(self) -> int:
        """Which attempt this answers; a replay raises it."""
        return 0 if self.result is None else self.result["attempt"]

    @property
    def setl_id(self) -> str:
        """Id of the settlement."""
        return "" if self.result is None else self.result["setl_id"]

    @property
    def amounts(self) -> SettlementAmounts | None:
        """Every amount of the result."""
        return None if self.result is None else self.result["amounts"]

    @property
    def total(self) -> Fen:
        return self._amount("medfee_sumamt")

    @property
    def funds(self) -> Fen:
        """What all funds pay together, without the personal account."""
        return self._amount("fund_pay_sumamt")

    @property
    def pool(self) -> Fen:
        return self._amount("hifp_pay")

    @property
    def account(self) -> Fen:
        return self._amount("acct_pay")

    @property
    def cash(self) -> Fen:
        return self._amount("psn_cash_pay")

    @property
    def deductible(self) -> Fen:
        """What of the deductible this bill was charged."""
        return self._amount("act_pay_dedc")

    @property
    def balance(self) -> Fen | None:
        """Of the personal account, afterwards."""
        return None if self.result is None else self.result["balc"]

    @property
    def story(self) -> str:
        """Every leg of its way, one a line."""
        return story(self.legs)

    def __repr__(self) -> str:
        """In one line, for a failed `assert`: what became of it, every amount that a test asks for, how far it came."""
        last = f" after {len(self.legs)} legs, last {self.legs[-1].record.topic}" if self.legs else " without a leg"
        if self.amounts is None:
            return f"<Outcome {self.outcome} {self.code or ''} of {self.msgid}{last}>"
        named = ("total", "funds", "pool", "account", "cash", "deductible")
        figures = ", ".join(f"{name} {yuan_of_fen(getattr(self, name))}" for name in named)
        return f"<Outcome {self.outcome} of {self.msgid}: {figures}{last}>"

    def __str__(self) -> str:
        """The outcome in words, with its fault and what to do."""
        if self.code is None:
            paid = f"funds {yuan_of_fen(self.funds)}, account {yuan_of_fen(self.account)}"
            figures = f": {paid}, cash {yuan_of_fen(self.cash)}" if self.amounts is not None else ""
            return f"{self.outcome}{figures}"
        fault, detail = FAULTS.get(self.code), self._said["detail"]
        if fault is None:
            return f"{self.outcome}: {self.code} — {detail}"
        return f"{self.outcome}: {fault.code} {fault.zh} — {detail or fault.en}\n  what to do: {fault.todo}"

    @property
    def _said(self) -> Mapping[str, Any]:
        if self.result is not None and self.result["fault"] is not None:
            return self.result["fault"]
        return self.report or {"detail": ""}

    def _amount(self, name: str) -> Fen:
        amounts: Mapping[str, Any] = self.amounts or {}
        amount: Fen = amounts.get(name, 0)
        return amount


def outcome_of(charges: EncounterCharges, answer: Answer) -> Outcome:
    """What a test sees of an answer."""
    result: Any = None if answer.result is None else dict(answer.result.content)
    report: Any = None if answer.report is None else dict(answer.report.content)
    return Outcome(charges, answer.outcome, result, report, tuple(in_order(answer.legs)), answer.msgid)
