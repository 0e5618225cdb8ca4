"""What the agency remembers of requests and settlements: answers by msgid, effects by setl_id (design §3)."""

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


class Case(Struct, frozen=True, array_like=True):
    """One settlement: the request that holds it, and whether it was reversed (or its reversal came first)."""

    msgid: str
    reversed: bool
    totals: tuple[Totals, ...] = ()


ANSWERS = Table("answer", Answered)
"""By msgid."""

CASES = Table("case", Case)
"""By setl_id; never expires: it had an effect on money, or forbids one."""
