"""Who is insured, and how, on the treatment date: the agency's copy of the registry's persons, and its rules.

Of overlapping rows of one scheme the one recorded last holds: a repair is recorded later, with effect from earlier.
"""

from collections.abc import Iterable

from msgspec import Struct

from yidi.agency.claim import Insured
from yidi.contract.records import Enrolment, PersonHistory
from yidi.domain.faults import Refusal, Stage
from yidi.domain.money import Fen
from yidi.runtime.rows import Table


class Stretch(Struct, frozen=True, array_like=True):
    """One row of the enrolment, dates in days since 1970-01-01."""

    insuplc_admdvs: str
    insutype: str
    psn_type: str
    status: str
    begndate: int
    enddate: int | None
    waiting_until: int | None
    cvlserv_flag: bool
    hifes_flag: bool
    aid_class: str
    recorded_at: int


class Right(Struct, frozen=True, array_like=True):
    """A chronic disease that the person is qualified for."""

    dise_codg: str
    begndate: int
    enddate: int | None


class Member(Struct, frozen=True, array_like=True):
    """One person as the agency needs them; `deposited` is all that was ever paid into the account, in fen."""

    version: int
    stretches: tuple[Stretch, ...]
    rights: tuple[Right, ...]
    deposited: Fen


MEMBERS = Table("member", Member)
"""By psn_no."""


def member_of(person: PersonHistory) -> Member:
    """What the agency keeps of a person."""
    return Member(
        person["version"],
        tuple(_stretch(row) for row in person["enrolments"]),
        tuple(Right(q["dise_codg"], q["begndate"], q["enddate"]) for q in person["qualifications"]),
        sum(deposit["amt"] for deposit in person["deposits"]),
    )


def _stretch(row: Enrolment) -> Stretch:
    return Stretch(
        row["insuplc_admdvs"],
        row["insutype"],
        row["psn_type"],
        row["psn_insu_stas"],
        row["begndate"],
        row["enddate"],
        row["waiting_until"],
        row["cvlserv_flag"],
        row["hifes_flag"],
        row["aid_class"],
        row["recorded_at"],
    )


def enrolled(member: Member, insuplc_admdvs: str, insutype: str, day: int) -> Stretch:
    """The row that holds on a day; refuses ENROLMENT_ABNORMAL or WAITING_PERIOD (domain §7)."""
    held: Stretch | None = None
    for row in member.stretches:
        same = row.insutype == insutype and row.insuplc_admdvs == insuplc_admdvs
        if same and _covers(row.begndate, row.enddate, day) and (held is None or row.recorded_at >= held.recorded_at):
            held = row
    if held is None:
        raise _refusal("ENROLMENT_ABNORMAL", f"no enrolment in scheme {insutype} on the treatment date")
    if held.status != "NORMAL":
        raise _refusal("ENROLMENT_ABNORMAL", f"psn_insu_stas was {held.status} on the treatment date")
    if held.waiting_until is not None and day <= held.waiting_until:
        raise _refusal("WAITING_PERIOD", "the treatment date lies within the waiting period")
    return held


def insured_of(stretch: Stretch, rights: Iterable[Right], day: int, balance: Fen) -> Insured:
    """The person as the calculation wants them."""
    return Insured(
        insutype=stretch.insutype,
        psn_type=stretch.psn_type,
        cvlserv_flag=stretch.cvlserv_flag,
        enterprise_flag=stretch.hifes_flag,
        aided_class=stretch.aid_class.lower(),
        chronic=frozenset(right.dise_codg for right in rights if _covers(right.begndate, right.enddate, day)),
        balance=balance,
    )


def _covers(begin: int, end: int | None, day: int) -> bool:
    return begin <= day and (end is None or day <= end)


def _refusal(code: str, detail: str) -> Refusal:
    return Refusal(code, detail, stage=Stage.CALCULATE)
