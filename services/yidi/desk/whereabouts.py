"""Where the person is: it decides between replay, late booking and manual claim (domain §7)."""

from enum import StrEnum
from typing import Final, NamedTuple

from yidi.desk.states import State
from yidi.domain.codes import STAYS


class Where(StrEnum):
    IN_HOSPITAL = "in_hospital"
    DISCHARGED_PAID = "discharged_paid"
    PAID_ON_THE_SPOT = "paid_on_the_spot"
    CLAIMED = "claimed"
    SETTLED = "settled"
    UNKNOWN = "unknown"


class Whereabouts(NamedTuple):
    """The place, and what it means for the way out."""

    where: Where
    zh: str
    en: str


_STAYS: Final = frozenset(str(code) for code in STAYS)
_WORDS: Final = {
    Where.IN_HOSPITAL: ("在院，可补办后直接结算", "in hospital: mend the cause, replay before discharge"),
    Where.DISCHARGED_PAID: (
        "已出院并全额垫付：系统故障可补记账，否则手工报销",
        "discharged after paying in full: late booking if it was a system's fault, else a manual claim",
    ),
    Where.PAID_ON_THE_SPOT: (
        "门诊或购药已全额垫付：可补记账或手工报销",
        "paid on the spot: late booking by a replay, else a manual claim",
    ),
    Where.CLAIMED: ("已转手工报销，不得重放", "already claimed by hand: never replay"),
    Where.SETTLED: ("已结算", "settled: nothing is left to do"),
    Where.UNKNOWN: ("报文无法读出就诊信息", "the record does not say; ask the sender"),
}  # fmt: skip


def whereabouts(state: str, med_type: str | None, endtime: int | None, now_ms: int) -> Whereabouts:
    """From the facts of the encounter. A stay without an end, or with one that has not come, still goes on."""
    where = _where(state, med_type, endtime, now_ms)
    return Whereabouts(where, *_WORDS[where])


def _where(state: str, med_type: str | None, endtime: int | None, now_ms: int) -> Where:
    if state == State.CLAIMED:
        return Where.CLAIMED
    if state == State.SETTLED:
        return Where.SETTLED
    if med_type is None:
        return Where.UNKNOWN
    if med_type not in _STAYS:
        return Where.PAID_ON_THE_SPOT
    return Where.IN_HOSPITAL if endtime is None or endtime > now_ms else Where.DISCHARGED_PAID
