"""What the agency remembers of requests and settlements: answers by msgid, effects by visit and setl_id (design §3)."""

from msgspec import Struct

from yidi.runtime.rows import Table


class Answered(Struct, frozen=True, array_like=True):
    """The stored answer to one request: its attempt and outcome, the hash of the request, the answer's own bytes."""

    content: bytes
    attempt: int
    outcome: str
    answer: bytes


class Totals(Struct, frozen=True, array_like=True):
    """One category's components of a settled stay, kept to compare the details with; fen."""

    med_chrgitm_type: str
    item_sumamt: int
    fulamt_ownpay_amt: int
    overlmt_selfpay: int
    preselfpay_amt: int
    inscp_scp_amt: int


class Visit(Struct, frozen=True, array_like=True):
    """One visit at an institution: the settlement that is live, and those that were reversed.

    `msgid` is the request that holds the live settlement `setl_id`; both are empty when none is live.
    """

    setl_id: str = ""
    msgid: str = ""
    totals: tuple[Totals, ...] = ()
    reversed: tuple[str, ...] = ()

    def freed(self, setl_id: str) -> "Visit":
        """The visit after a settlement was reversed, or after its reversal came before it."""
        live = self if self.setl_id != setl_id else Visit()
        return Visit(live.setl_id, live.msgid, live.totals, (*self.reversed, setl_id))


ANSWERS = Table("answer", Answered)
"""By msgid."""

VISITS = Table("visit", Visit)
"""By `visit_key`; never expires: it had an effect on money, or forbids one."""

NO_VISIT = Visit()


def visit_key(fixmedins_code: str, mdtrt_id: str) -> str:
    """One encounter, whatever its messages are called."""
    return f"{fixmedins_code}/{mdtrt_id}"
