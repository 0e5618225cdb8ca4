"""The national mix of 2024 (domain §9) and what a visit of each kind costs, as tables of quantiles."""

from enum import StrEnum
from functools import cache
from math import exp
from statistics import NormalDist
from typing import Final

from yidi.domain.money import Fen
from yidi.world.dice import Dice

QUANTILES: Final = 256


class Care(StrEnum):
    """The four kinds of care that statistics tell apart; values are the letters of catalogue.csv's `care`."""

    INPATIENT = "I"
    OUTPATIENT = "O"
    CHRONIC = "C"
    PHARMACY = "P"


SHARES: Final = ((Care.INPATIENT, 600), (Care.OUTPATIENT, 6550), (Care.CHRONIC, 380), (Care.PHARMACY, 2470))
"""Of 10,000 person-times; the published shares leave 0.3 % to rounding, given up by pharmacies."""

MED_TYPES: Final = {
    Care.INPATIENT: (("21", 92), ("22", 3), ("24", 5)),
    Care.OUTPATIENT: (("11", 88), ("13", 8), ("19", 4)),
    Care.CHRONIC: (("14", 100),),
    Care.PHARMACY: (("41", 100),),
}

_COSTS: Final = {
    "I": (16_000, 0.9),
    "O": (190, 0.75),
    "P": (100, 0.7),
    "M03900": (330, 0.5),
    "M01600": (480, 0.5),
    "M07801": (5_200, 0.4),
    "M00500": (5_000, 0.7),
    "M08300": (4_000, 0.5),
}
"""Median in yuan and spread of a log-normal bill, so that means come near domain §9: a stay about 24,000 yuan, fund
payments about 10,041 / 125 / 905 / 108 under policies as published. For chronic care by disease."""


def care_at(dice: Dice) -> Care:
    """Draw a kind of care by its share."""
    drawn = dice.below(sum(weight for _, weight in SHARES))
    for care, weight in SHARES:
        if drawn < weight:
            return care
        drawn -= weight
    raise AssertionError("shares cover every draw")


def cost(dice: Dice, kind: str) -> Fen:
    """Draw what a visit costs: `kind` is a letter of `Care`, or the disease of chronic care."""
    return dice.pick(_quantiles(kind))


@cache
def _quantiles(kind: str) -> tuple[Fen, ...]:
    """Whole yuan, so that the last bit of a float never decides."""
    median, spread = _COSTS[kind]
    normal = NormalDist()
    steps = ((n + 0.5) / QUANTILES for n in range(QUANTILES))
    return tuple(round(median * exp(spread * normal.inv_cdf(step))) * 100 for step in steps)
