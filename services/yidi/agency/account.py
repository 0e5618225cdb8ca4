"""The person's ledger at the agency: what the account has paid, and each year's accumulators. And forced payment."""

from collections.abc import Mapping

from msgspec import Struct, structs

from yidi.agency.settlement import Settlement
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
