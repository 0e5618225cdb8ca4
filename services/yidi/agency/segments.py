"""Exact segment arithmetic: amounts in 1/10,000 fen, ratios in 1/100,000,000, products in 1/10¹² fen. No rounding.

The finer units hold a percentage of a percentage (a retiree who pays 60 % of the employee's share of 87.55 %) and a
first-bear percentage of an amount without a remainder, so that each fund is rounded once, at its end.
"""

from typing import Final, TypeAlias

from msgspec import Struct

from yidi.domain.money import Fen, round_half_up

UNIT: Final = 10_000
"""Amount units in a fen."""

RATIO_ONE: Final = 10**8
"""The ratio of 100 %."""

RATIO_OF_BP: Final = RATIO_ONE // 10_000
PAY_ONE: Final = UNIT * RATIO_ONE
"""Payment units in a fen."""

OPEN_END: Final = 10**30
"""Upper end of a segment without one; beyond any amount."""

Band: TypeAlias = tuple[int, int, int]
"""(low, high, ratio): amounts in units, ratio in 1/100,000,000."""


class Reach(Struct, frozen=True, gc=False):
    """Where a cap is reached: `at` = x* as (units × ratio, ratio), and what lies above it, in the same form."""

    at: int
    above: int
    ratio: int


def cut_to(bands: tuple[Band, ...], low: int, high: int) -> list[Band]:
    """The pieces of [low, high] in each band, empty ones left out."""
    pieces = []
    for band_low, band_high, ratio in bands:
        start = max(low, band_low)
        end = min(high, band_high)
        if end > start:
            pieces.append((start, end, ratio))
    return pieces


def paid_for(pieces: list[Band]) -> int:
    """What the pieces pay, exactly, in 1/10¹² fen."""
    paid = 0
    for low, high, ratio in pieces:
        paid += (high - low) * ratio
    return paid


def reach_of(pieces: list[Band], start: int, cap: Fen) -> Reach:
    """x*: the amount at which the pieces have paid `cap`, counted from 0 with the first piece at `start` (§6.5).

    The pieces must pay more than the cap. Pieces are counted by length, so that they may come from several tables.
    """
    need = cap * PAY_ONE
    position = start
    for index, (low, high, ratio) in enumerate(pieces):
        length = high - low
        if length * ratio > need:
            later = sum(end - begin for begin, end, _ in pieces[index + 1 :])
            return Reach(position * ratio + need, (length + later) * ratio - need, ratio)
        need -= length * ratio
        position += length
    raise AssertionError("the pieces do not pay more than the cap")


def year_function(bands: tuple[Band, ...], deductible: Fen, share: Fen) -> Fen:
    """f(share): bands from zero, the deductible eating the lowest, rounded once; f(after) − f(before) telescopes."""
    if share <= deductible:
        return 0
    return round_half_up(paid_for(cut_to(bands, deductible * UNIT, share * UNIT)), PAY_ONE)
