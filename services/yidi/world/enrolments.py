"""A person's insurance: enrolments, supplements, account deposits."""

from typing import Final

from yidi.contract import records
from yidi.contract.records import AidClass, EnrolmentStatus
from yidi.domain.codes import InsuType
from yidi.domain.instants import DAY_MS, date_of_days, days_of, start_of
from yidi.world.dice import Dice, weighted
from yidi.world.traits import ADULT_YEARS, RETIRED_YEARS, Traits

STATUSES: Final[tuple[EnrolmentStatus, ...]] = weighted(("NORMAL", 980), ("ARREARS", 9), ("SUSPENDED", 6), ("ENDED", 5))
AID_EMPLOYEES: Final[tuple[AidClass, ...]] = weighted(("NONE", 985), ("EDGE", 5), ("LOW_INCOME", 10))
AID_RESIDENTS: Final[tuple[AidClass, ...]] = weighted(
    ("NONE", 920), ("EDGE", 20), ("LOW_INCOME", 45), ("DESTITUTE", 15)
)
MOVED_BP: Final = 600
WAITING_BP: Final = 50
FLEXIBLE_BP: Final = 1500
VETERAN_BP: Final = 50
CIVIL_SERVANT_BP: Final = 800
ENTERPRISE_BP: Final = 500
DEPOSIT_YUAN: Final = (1000, 6000)
YEAR_DAYS: Final = 365


def enrolments(dice: Dice, who: Traits) -> list[records.Enrolment]:
    """The present enrolment, and before it the one that a move or a change of scheme ended."""
    begins = max(days_of(who.birthday), who.anchor - dice.between(30, 8 * YEAR_DAYS))
    present = _enrolment(dice, who, begins)
    if who.age < ADULT_YEARS or not dice.chance(MOVED_BP):
        return [present]
    return [_former(dice, who, begins), present]


def deposits(dice: Dice, who: Traits) -> list[records.Deposit]:
    """Employees' accounts are filled on 1 January of last year and of this; residents have none."""
    if who.insutype != InsuType.EMPLOYEES:
        return []
    amt = dice.between(*DEPOSIT_YUAN) * 100
    this_year = date_of_days(who.anchor).replace(year=date_of_days(who.anchor).year + 1)
    days = (date_of_days(who.anchor), this_year)
    return [{"deposit_id": f"D{who.psn_no}-{day.year}", "amt": amt, "recorded_at": start_of(day)} for day in days]


def _enrolment(dice: Dice, who: Traits, begins: int) -> records.Enrolment:
    status = dice.pick(STATUSES)
    waits = dice.chance(WAITING_BP)
    employees = who.insutype == InsuType.EMPLOYEES
    return {
        "insuplc_admdvs": who.home,
        "insutype": who.insutype.value,
        "psn_type": _psn_type(dice, who),
        "psn_insu_stas": status,
        "begndate": begins,
        "enddate": who.anchor - 1 if status == "ENDED" else None,
        "waiting_until": who.anchor + 3 * YEAR_DAYS if waits else None,
        "cvlserv_flag": employees and dice.chance(CIVIL_SERVANT_BP),
        "hifes_flag": employees and dice.chance(ENTERPRISE_BP),
        "aid_class": dice.pick(AID_EMPLOYEES if employees else AID_RESIDENTS),
        "recorded_at": start_of(date_of_days(begins)),
    }


def _former(dice: Dice, who: Traits, ended: int) -> records.Enrolment:
    """A resident elsewhere until the day before the present enrolment, and recorded before it."""
    begins = ended - dice.between(YEAR_DAYS, 5 * YEAR_DAYS)
    return {
        "insuplc_admdvs": who.near or who.away,
        "insutype": InsuType.RESIDENTS.value,
        "psn_type": "15",
        "psn_insu_stas": "ENDED",
        "begndate": begins,
        "enddate": ended - 1,
        "waiting_until": None,
        "cvlserv_flag": False,
        "hifes_flag": False,
        "aid_class": "NONE",
        "recorded_at": start_of(date_of_days(begins)) + DAY_MS // 2,
    }


def _psn_type(dice: Dice, who: Traits) -> str:
    retired = who.age >= RETIRED_YEARS
    if who.insutype == InsuType.EMPLOYEES:
        if retired:
            return "13" if dice.chance(VETERAN_BP) else "12"
        return "1103" if dice.chance(FLEXIBLE_BP) else "11"
    if who.age < ADULT_YEARS:
        return "1401" if who.age < 1 else "14"
    return "16" if retired else "15"
