"""The person's ledger at the agency: what the account has paid, and each year's accumulators. And forced payment."""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, structs

from yidi.agency.settlement import Settlement
from yidi.contract.records import SettlementResult
from yidi.domain.faults import Refusal, Stage
from yidi.domain.money import Fen
from yidi.runtime.rows import Table


class Ledger(Struct, frozen=True, array_like=True):
    """`paid`: fen that the account has paid so far, net of reversals; `years`: accumulators by year."""

    paid: Fen = 0
    years: dict[int, dict[str, int]] = {}

    def after(self, acct_pay: Fen, years: Mapping[int, dict[str, int]]) -> "Ledger":
        """The ledger after a settlement or its twin; `years` are the touched years, whole."""
        return Ledger(self.paid + acct_pay, {**self.years, **years})


LEDGERS = Table("ledger", Ledger)
"""By psn_no."""

EMPTY = Ledger()

MOVING: Final = frozenset({"SETTLE", "CANCEL", "REVERSE"})
"""Operations whose answers move money."""


def forced(settlement: Settlement, wanted: Fen, balance: Fen) -> Settlement:
    """Hold a settlement, calculated with a balance of `wanted`, to paying exactly that from the real balance.

    Refuses BALANCE_INSUFFICIENT when the account has less, or when the bill leaves less for it to pay.
    """
    if settlement.acct_pay != wanted or balance < wanted:
        raise Refusal(
            "BALANCE_INSUFFICIENT",
            "acct_pay_amt cannot be paid exactly: the account, or what is left for it to pay, is smaller",
            stage=Stage.CALCULATE,
        )
    return structs.replace(settlement, balc_before=balance, balc=balance - wanted)


def after_twin(ledger: Ledger, twin: SettlementResult) -> Ledger:
    """The ledger after a settlement was undone by this answer."""
    years: dict[int, dict[str, int]] = {}
    for key, value in twin["accumulators_after"].items():
        year = int(key[:4])
        years.setdefault(year, dict(ledger.years.get(year, {})))[key[5:]] = value
    amounts = twin["amounts"]
    return ledger.after(amounts["acct_pay"] if amounts else 0, years)


def ledger_of(results: Iterable[SettlementResult]) -> Ledger:
    """The ledger as the answers of one person tell it, each counted once, in any order.

    Pre-settlements and queries moved nothing. What is no longer on the topic is not seen.
    """
    paid, years = 0, dict[int, dict[str, int]]()
    for result in {result["result_id"]: result for result in results}.values():
        amounts = result["amounts"]
        if amounts is None or result["operation"] not in MOVING:
            continue
        paid += amounts["acct_pay"]
        for key, value in result["accumulators_after"].items():
            year, _, name = key.partition(".")
            counters = years.setdefault(int(year), {})
            counters[name] = counters.get(name, 0) + value - result["accumulators_before"].get(key, 0)
    return Ledger(paid, years)
