"""What is drawn of a person before anything is written down: age, scheme, where insured, where away."""

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from yidi.domain.codes import InsuType
from yidi.domain.instants import days_of
from yidi.world import shipped
from yidi.world.dice import Dice, weighted
from yidi.world.regions import is_own_pool, pooling_areas

AGES: Final = weighted((0, 5), (10, 5), (20, 6), (30, 9), (40, 12), (50, 18), (60, 21), (70, 15), (80, 7), (90, 2))
"""First years of ten-year bands; those who settle elsewhere are older than the country."""

EMPLOYEE_BP: Final = 4500
RURAL_COOPERATIVE_BP: Final = 20
BUSY_BP: Final = 7000
SURNAMES: Final = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕"
GIVEN: Final = "安宁平康和顺嘉瑞祥福兰芳英华秀珍明亮志远文博思雨晨曦佳怡浩然子涵梓轩欣悦建国卫东春梅"
SYNTHETIC: Final = "拟"
"""Middle character of every name: simulated."""

ADULT_YEARS: Final = 18
RETIRED_YEARS: Final = 60


@dataclass(frozen=True, slots=True)
class Traits:
    """One person in the raw. `home` insures, `away` is where the person lives or travels, `near` is in the home's node.

    `anchor` is 1 January of last year, in days since 1970: what a person's history is dated from, so that the same
    person stays the same through the whole year.
    """

    psn_no: str
    psn_name: str
    male: bool
    birthday: date
    age: int
    insutype: InsuType
    home: str
    away: str
    near: str | None
    anchor: int


def traits(dice: Dice, seed: int, index: int, anchor: int) -> Traits:
    """Draw person `index` of a seed."""
    home = _area(dice)
    age = dice.pick(AGES) + dice.below(10)
    birthday = date.fromordinal(_EPOCH_ORDINAL + anchor - age * 365 - age // 4 - dice.below(365))
    return Traits(
        psn_no=f"{home}{seed % 10_000:04d}{index:012d}",
        psn_name=dice.pick(SURNAMES) + SYNTHETIC + dice.pick(GIVEN),
        male=dice.chance(5000),
        birthday=birthday,
        age=age,
        insutype=_scheme(dice, age),
        home=home,
        away=_away(dice, home),
        near=_near(dice, home),
        anchor=anchor,
    )


_EPOCH_ORDINAL: Final = date(1970, 1, 1).toordinal()


def anchor_of(today: date) -> int:
    """1 January of last year, in days since 1970."""
    return days_of(date(today.year - 1, 1, 1))


def _scheme(dice: Dice, age: int) -> InsuType:
    if dice.chance(RURAL_COOPERATIVE_BP):
        return InsuType.RURAL_COOPERATIVE
    employed = age >= ADULT_YEARS and dice.chance(EMPLOYEE_BP)
    return InsuType.EMPLOYEES if employed else InsuType.RESIDENTS


def _area(dice: Dice) -> str:
    return dice.pick(shipped.street().busy if dice.chance(BUSY_BP) else _homes())


def _away(dice: Dice, home: str) -> str:
    """A place in another node: where the first draw is in the same node, the next one that is not."""
    places = _busy_places() if dice.chance(BUSY_BP) else _places()
    start, node = dice.below(len(places)), pooling_areas()[home]["node"]
    while pooling_areas()[places[start % len(places)]]["node"] == node:
        start += 1
    return places[start % len(places)]


def _near(dice: Dice, home: str) -> str | None:
    """Another place of the home's node; None where there is none (Beijing is one pooling area)."""
    places = places_of(pooling_areas()[home]["node"])
    others = len(places) - (home in places)
    if others < 1:
        return None
    drawn = places[dice.below(len(places))]
    return drawn if drawn != home else places[(places.index(drawn) + 1) % len(places)]


@cache
def _homes() -> tuple[str, ...]:
    return tuple(pooling_areas())


@cache
def _places() -> tuple[str, ...]:
    """Where people are treated: every pooling area but the provinces' own pools."""
    return tuple(admdvs for admdvs in pooling_areas() if not is_own_pool(admdvs))


@cache
def _busy_places() -> tuple[str, ...]:
    return shipped.street().busy


@cache
def places_of(node: str) -> tuple[str, ...]:
    """Places of treatment within a node."""
    return tuple(admdvs for admdvs in _places() if pooling_areas()[admdvs]["node"] == node)
