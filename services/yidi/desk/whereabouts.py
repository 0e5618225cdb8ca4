"""Where the person is: it decides between replay, late booking and manual claim (domain §7).

A bill comes at the discharge, or at the end of a visit: on the day on which it failed the person may still stand at the
counter, and what is mended before they pay settles directly (domain §3). From the next day on they have presumably paid
in full and left [d]: then a system's fault is booked late, by a replay; every other cause is a manual claim, unless the
institution confirms that the bill is still open.
"""

from enum import StrEnum
from typing import Any, Final, NamedTuple

from yidi.desk.papers import day_of
from yidi.desk.states import State
from yidi.domain.codes import STAYS
from yidi.domain.faults import FaultClass


class Where(StrEnum):
    IN_HOSPITAL = "in_hospital"
    AT_THE_COUNTER = "at_the_counter"
    DISCHARGED_PAID = "discharged_paid"
    PAID_ON_THE_SPOT = "paid_on_the_spot"
    CLAIMED = "claimed"
    SETTLED = "settled"
    PAID_TWICE = "paid_twice"
    UNKNOWN = "unknown"


class Whereabouts(NamedTuple):
    """The place, and what it means for the way out."""

    where: Where
    zh: str
    en: str


_STAYS: Final = frozenset(str(code) for code in STAYS)
_WORDS: Final = {
    Where.IN_HOSPITAL: ("在院，可补办后直接结算", "in hospital: mend the cause, replay before discharge"),
    Where.AT_THE_COUNTER: (
        "当日失败，病人可能还在窗口：自费之前补办并重放，可直接结算",
        "failed today, perhaps still at the counter: mended and replayed before the person pays, it settles directly",
    ),
    Where.CLAIMED: ("已转手工报销，不得重放", "already claimed by hand: never replay"),
    Where.SETTLED: ("已结算", "settled: nothing is left to do"),
    Where.PAID_TWICE: (
        "已转手工报销又直接结算：须追回其中一笔",
        "settled though it was claimed by hand: recover one of the two payments",
    ),
    Where.UNKNOWN: ("报文无法读出就诊信息", "the record does not say; ask the sender"),
}  # fmt: skip
_ENDED: Final = {State.CLAIMED: Where.CLAIMED, State.SETTLED: Where.SETTLED, State.TWICE: Where.PAID_TWICE}
_PAID: Final = {
    Where.DISCHARGED_PAID: ("应已出院并全额垫付", "presumably discharged after paying in full"),
    Where.PAID_ON_THE_SPOT: ("应已当场全额垫付", "presumably paid in full on the spot"),
}
_LATE: Final = ("系统故障，重放即补记账", "a system's fault, so that a replay books it late")
_CLAIM: Final = (
    "手工报销；医院确认尚未收费的，可补办后重放",
    "a manual claim; mend and replay only if the institution confirms that the bill is still open",
)


def whereabouts(row: Any, now_ms: int) -> Whereabouts:  # noqa: ANN401 — a row of CASES, or a double
    """From the facts of the case. A stay without an end, or with one that has not come, still goes on."""
    where = _where(row, now_ms)
    if where not in _PAID:
        return Whereabouts(where, *_WORDS[where])
    (zh, en), (then_zh, then_en) = _PAID[where], _CLAIM if row.fault_class == FaultClass.BUSINESS else _LATE
    return Whereabouts(where, f"{zh}：{then_zh}", f"{en}: {then_en}")


def _where(row: Any, now_ms: int) -> Where:  # noqa: ANN401 — as above
    if row.state in _ENDED:
        return _ENDED[row.state]
    if row.med_type is None:
        return Where.UNKNOWN
    stay = row.med_type in _STAYS
    if stay and (row.endtime is None or row.endtime > now_ms):
        return Where.IN_HOSPITAL
    if day_of(row.first_failed_at) == day_of(now_ms):
        return Where.AT_THE_COUNTER
    return Where.DISCHARGED_PAID if stay else Where.PAID_ON_THE_SPOT
