"""What an institution charges for: items of the core list in its dialect, at the prices of its level."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from yidi.domain.money import round_half_up
from yidi.world.care_mix import Care
from yidi.world.catalogues import Item, items
from yidi.world.dialects import Speech, speeches

LEVEL_PERCENTS: Final = {"3": 100, "2": 96, "1": 88, "0": 90}
"""Lower levels charge less, but their ceilings fall faster: some lines lie above."""

CENTS: Final = 10_000
"""Prices are whole fen."""

FIXED: Final = {
    Care.INPATIENT: ("FSYN010001", "FSYN020005", "FSYN070001", "FSYN050001"),
    Care.OUTPATIENT: ("FSYN130001", "FSYN020001"),
    Care.CHRONIC: ("FSYN020001",),
    Care.PHARMACY: (),
}
"""What every visit of a kind has: bed, consultation, nursing and infusion by the day; registration and consultation."""


@dataclass(frozen=True, slots=True)
class Dish:
    """One item as this institution bills it; `pric` in yuan scaled by 10^6."""

    med_list_codg: str
    medins_list_codg: str
    name: str
    local_category: str
    pric: int
    bulky: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """Items of every visit, and those to choose from: what insurance covers, and what the person pays alone."""

    fixed: tuple[Dish, ...]
    choice: tuple[Dish, ...]
    self_paid: tuple[Dish, ...]


@cache
def menu(dialect: str, setl_lv: str, care: Care, disease: str = "") -> Menu:
    """The menu of a dialect and level for a kind of care; chronic care lists its disease's items only."""
    speech, wanted = speeches()[dialect], set(FIXED[care])
    core = [item for item in items() if item.everywhere and item not in speech.unmapped_items]
    offered = [item for item in core if _offered(item, care, disease)]
    return Menu(
        fixed=tuple(dish(item, speech, setl_lv) for item in core if item.med_list_codg in wanted),
        choice=tuple(dish(item, speech, setl_lv) for item in offered if not item.self_paid),
        self_paid=tuple(dish(item, speech, setl_lv) for item in offered if item.self_paid),
    )


def dish(item: Item, speech: Speech, setl_lv: str) -> Dish:
    """How an institution of a level bills an item in its dialect."""
    percent = LEVEL_PERCENTS[setl_lv]
    return Dish(
        med_list_codg=item.med_list_codg,
        medins_list_codg=speech.item_codes[item.med_list_codg],
        name=item.name,
        local_category=speech.local_categories[item.med_list_codg],
        pric=round_half_up(item.price * percent, 100 * CENTS) * CENTS,
        bulky=item.category in ("03", "04", "06"),
    )


def _offered(item: Item, care: Care, disease: str) -> bool:
    if item.med_list_codg in FIXED[care] or care not in item.care:
        return False
    return care != Care.CHRONIC or disease in item.diseases
