"""Itemised lines that come to about a given amount, and add up exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yidi.contract import records
from yidi.domain.money import Fen, round_half_up
from yidi.world.care_mix import Care
from yidi.world.dice import Dice
from yidi.world.menus import Dish, Menu

COUNT_SCALE: Final = 10_000
"""cnt travels scaled by this (16,4)."""
FEN_OF_SCALED: Final = 10**8
"""cnt × pric, both scaled, over this is fen."""

LINES_MAX: Final = {Care.INPATIENT: 60, Care.OUTPATIENT: 8, Care.CHRONIC: 6, Care.PHARMACY: 3}
SHARE_BP: Final = {
    Care.INPATIENT: (300, 1800),
    Care.OUTPATIENT: (2000, 8000),
    Care.CHRONIC: (3000, 9000),
    Care.PHARMACY: (4000, 10000),
}
"""One line takes this much of what is left, so that lines shrink towards the target."""
SELF_PAID_BP: Final = {Care.INPATIENT: 2600, Care.OUTPATIENT: 400, Care.CHRONIC: 0, Care.PHARMACY: 300}
"""So many lines are fully self-paid items: of a stay's bill the funds pay less than half (domain §9)."""
LEAST: Final[Fen] = 600
"""What is left below this is let be."""
BULKY_MAX: Final = 2
"""Nobody has the same operation, examination or test more often in one line."""
REFUND_BP: Final = 600
FEN_PER_STAY_DAY: Final[Fen] = 250_000
STAY_DAYS: Final = (2, 45)


@dataclass(frozen=True, slots=True)
class Span:
    """When a visit's fees arose, UTC milliseconds; `days` of a stay, 1 otherwise."""

    begins: int
    ends: int
    days: int


def stay_days(dice: Dice, target: Fen) -> int:
    """How long a stay of that cost lasts."""
    least, most = STAY_DAYS
    return min(most, max(least, target // FEN_PER_STAY_DAY + dice.between(0, 3)))


def lines(dice: Dice, care: Care, carte: Menu, target: Fen, span: Span) -> list[records.ChargeLine]:
    """Lines that reach the target as nearly as the menu allows; at least one. Some stays give a drug back."""
    bill = [_line(n, dish, span.days, span, dice) for n, dish in enumerate(carte.fixed, start=1)]
    left = target - sum(line["det_item_fee_sumamt"] for line in bill)
    low, high = SHARE_BP[care]
    while len(bill) < LINES_MAX[care] and (left >= LEAST or not bill):
        choice = carte.self_paid if carte.self_paid and dice.chance(SELF_PAID_BP[care]) else carte.choice
        dish = _affordable(dice, choice, left)
        line = _line(len(bill) + 1, dish, _count(dish, left * dice.between(low, high) // 10_000, span), span, dice)
        left -= max(LEAST, line["det_item_fee_sumamt"])
        bill.append(line)
    if care == Care.INPATIENT and dice.chance(REFUND_BP):
        bill.append(_refund(bill, span))
    return bill


def _affordable(dice: Dice, choice: Sequence[Dish], left: Fen) -> Dish:
    """Of two dishes drawn the first that does not cost more than what is left, else the cheaper one."""
    first = dice.pick(choice)
    if first.pric <= left * COUNT_SCALE:
        return first
    second = dice.pick(choice)
    return min(first, second, key=lambda dish: dish.pric)


def _count(dish: Dish, amount: Fen, span: Span) -> int:
    most = BULKY_MAX if dish.bulky else 6 * span.days + 6
    return min(most, max(1, amount * 10_000 // dish.pric))


def _line(n: int, dish: Dish, count: int, span: Span, dice: Dice) -> records.ChargeLine:
    cnt = count * COUNT_SCALE
    return {
        "feedetl_sn": str(n),
        "init_feedetl_sn": None,
        "med_list_codg": None,
        "medins_list_codg": dish.medins_list_codg,
        "medins_list_name": dish.name,
        "local_category": dish.local_category,
        "cnt": cnt,
        "pric": dish.pric,
        "det_item_fee_sumamt": round_half_up(cnt * dish.pric, FEN_OF_SCALED),
        "fee_ocur_time": span.begins + dice.below(max(1, (span.ends - span.begins) // 1000)) * 1000,
    }


def _refund(bill: list[records.ChargeLine], span: Span) -> records.ChargeLine:
    """One unit of the last line with the largest count comes back, when the stay ends."""
    original = max(bill, key=lambda line: line["cnt"])
    return {
        **original,
        "feedetl_sn": str(len(bill) + 1),
        "init_feedetl_sn": original["feedetl_sn"],
        "cnt": -COUNT_SCALE,
        "det_item_fee_sumamt": round_half_up(-COUNT_SCALE * original["pric"], FEN_OF_SCALED),
        "fee_ocur_time": span.ends,
    }
