"""A person's filings: long-term, referral, temporary, expired, cancelled and made again, or none."""

from enum import StrEnum
from typing import Final

from yidi.contract import records
from yidi.contract.records import FilingType
from yidi.domain.identities import derived_id
from yidi.domain.instants import date_of_days, start_of
from yidi.world.dice import Dice, weighted
from yidi.world.regions import pooling_areas
from yidi.world.traits import RETIRED_YEARS, Traits

YEAR_DAYS: Final = 365


class Standing(StrEnum):
    """How a person stands with filing."""

    LONG_TERM = "LONG_TERM"
    REFERRAL = "REFERRAL"
    TEMPORARY = "TEMPORARY"
    EXPIRED = "EXPIRED"
    NONE = "NONE"


STANDINGS: Final = weighted(
    (Standing.LONG_TERM, 46),
    (Standing.REFERRAL, 10),
    (Standing.TEMPORARY, 22),
    (Standing.EXPIRED, 5),
    (Standing.NONE, 17),
)
FILED: Final = frozenset({Standing.LONG_TERM, Standing.REFERRAL, Standing.TEMPORARY})
TEMPORARY_TYPES: Final[tuple[FilingType, ...]] = weighted(("OTHER_TEMPORARY", 9), ("EMERGENCY", 1))
CHANNELS: Final = ("国家医保服务平台", "国家异地就医备案", "国务院客户端", "counter", "hospital", "phone")
NODE_WIDE_BP: Final = 2500
"""So many filings name a whole provincial node instead of one pooling area."""
CANCELLED_BEFORE_BP: Final = 400


def filings(dice: Dice, who: Traits, standing: Standing) -> list[records.Filing]:
    """All filings in the order recorded; a valid one is last and covers `who.away` all this year and last."""
    if standing == Standing.NONE:
        return []
    begins = who.anchor - dice.between(1, YEAR_DAYS)
    valid = _filing(who, 1, _type(dice, who, standing), _place(dice, who.away), begins)
    valid["enddate"] = _end(dice, who, standing)
    valid["channel"] = dice.pick(CHANNELS)
    return [*_cancelled(dice, who, valid), valid]


def _type(dice: Dice, who: Traits, standing: Standing) -> FilingType:
    if standing == Standing.REFERRAL:
        return "REFERRAL"
    if standing != Standing.LONG_TERM:
        return dice.pick(TEMPORARY_TYPES)
    if who.age >= RETIRED_YEARS:
        return "RETIRED_RESETTLED"
    return "POSTED_WORKER" if who.insutype == "310" else "LONG_TERM_RESIDENT"


def _end(dice: Dice, who: Traits, standing: Standing) -> int | None:
    if standing == Standing.LONG_TERM:
        return None
    if standing == Standing.EXPIRED:
        return who.anchor - 1
    return who.anchor + 3 * YEAR_DAYS - dice.below(YEAR_DAYS // 2)


def _place(dice: Dice, away: str) -> str:
    return pooling_areas()[away]["node"] if dice.chance(NODE_WIDE_BP) else away


def _cancelled(dice: Dice, who: Traits, valid: records.Filing) -> list[records.Filing]:
    """Filed for the wrong area first: cancelled the day before the right one was made."""
    if not dice.chance(CANCELLED_BEFORE_BP):
        return []
    wrong = dice.pick([area for area in ("310100", "440100", "110100") if area not in (who.away, who.home)])
    filing = _filing(who, 0, valid["filing_type"], wrong, valid["begndate"] - 30)
    filing["enddate"] = valid["enddate"]
    filing["cancelled_at"] = start_of(date_of_days(valid["begndate"] - 1))
    return [filing]


def _filing(who: Traits, n: int, filing_type: FilingType, place: str, begins: int) -> records.Filing:
    return {
        "filing_id": derived_id(who.psn_no, "filing", n),
        "filing_type": filing_type,
        "insuplc_admdvs": who.home,
        "insutype": who.insutype.value,
        "mdtrtarea_admvs": place,
        "begndate": begins,
        "enddate": None,
        "recorded_at": start_of(date_of_days(begins)),
        "cancelled_at": None,
        "channel": "counter",
        "proof": "承诺书（模拟）",
    }
