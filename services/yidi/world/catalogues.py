"""Treatment places' catalogues: one synthetic national list, varied by place, so that the same bill may differ."""

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from yidi.contract import records
from yidi.domain.instants import days_of
from yidi.world import shipped
from yidi.world.dice import Dice
from yidi.world.shipped import ItemRow

PRICE_SCALE = 10**6
"""Prices travel in yuan scaled by this (pric and pric_uplmt_amt, 16,6)."""

RATIO_STEPS_BP = (-500, -300, 300, 500, 1000)
CEILING_PERCENTS = (85, 90, 95, 105, 110)
ABSENT_BP = 2000
"""Of a place's items outside every bill's core, so many in 10,000 are missing there: unmatched in one place only."""


EXTRAS = frozenset({"03", "10", "11", "14"})
"""Categories whose fully self-paid items not every place lists."""

LAST_REVISION_YEAR = 2022
"""Items that came later are not part of the core."""


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the national list, as bills are made of it. `price` in yuan scaled by 10^6."""

    med_list_codg: str
    name: str
    category: str
    serial: int
    nth: int
    price: int
    care: str
    diseases: frozenset[str]
    local: str
    everywhere: bool
    self_paid: bool


@cache
def items() -> tuple[Item, ...]:
    """The national list; `serial` counts through it, `nth` within the category, both from 1."""
    nth: dict[str, int] = {}
    made = []
    for serial, row in enumerate(shipped.item_rows(), start=1):
        nth[row.med_chrgitm_type] = nth.get(row.med_chrgitm_type, 0) + 1
        made.append(_item(row, serial, nth[row.med_chrgitm_type]))
    return tuple(made)


@cache
def catalogues() -> tuple[records.Catalogue, ...]:
    """One catalogue per node, and those of the places that have their own."""
    nodes = [row.admdvs for row in shipped.region_rows() if row.kind == "NODE"]
    return tuple(catalogue(admdvs) for admdvs in [*nodes, *shipped.openings().own_catalogues])


@cache
def catalogue(admdvs: str) -> records.Catalogue:
    """The catalogue of a node or place, derived from its code alone."""
    rows = zip(shipped.item_rows(), items(), strict=True)
    names = {row.admdvs: row.name for row in shipped.region_rows()}
    return {
        "catalogue": f"catalogue-{admdvs}",
        "version": 0,
        "name": f"{names[admdvs]}模拟医保目录",
        "items": [_entry(admdvs, row) for row, item in rows if item.everywhere or _stands(admdvs, item)],
    }


def _item(row: ItemRow, serial: int, nth: int) -> Item:
    return Item(
        med_list_codg=row.med_list_codg,
        name=row.name,
        category=row.med_chrgitm_type,
        serial=serial,
        nth=nth,
        price=_scaled(row.usual_price),
        care=row.care,
        diseases=frozenset(row.diseases.split()),
        local=row.local,
        everywhere=_everywhere(row),
        self_paid=row.chrgitm_lv == "03",
    )


def _everywhere(row: ItemRow) -> bool:
    """The core that every place lists: undated, and no fully self-paid extra."""
    undated = row.enddate is None and row.begndate.year < LAST_REVISION_YEAR
    return undated and not (row.chrgitm_lv == "03" and row.med_chrgitm_type in EXTRAS)


def _stands(admdvs: str, item: Item) -> bool:
    return not Dice("absent", admdvs, item.med_list_codg).chance(ABSENT_BP)


def _entry(admdvs: str, row: ItemRow) -> records.CatalogueItem:
    dice = Dice("catalogue", admdvs, row.med_list_codg)
    return {
        "med_list_codg": row.med_list_codg,
        "name": row.name,
        "med_chrgitm_type": row.med_chrgitm_type,
        "chrgitm_lv": row.chrgitm_lv,
        "selfpay_prop": _ratio(row, dice),
        "ceilings": _ceilings(row, dice),
        "begndate": days_of(row.begndate),
        "enddate": days_of(row.enddate) if row.enddate else None,
    }


def _ratio(row: ItemRow, dice: Dice) -> int:
    """Grade B's ratio moves in every fifth item; the other grades have none to move."""
    if row.chrgitm_lv != "02" or not dice.chance(2000):
        return row.selfpay_prop
    return min(9000, max(100, row.selfpay_prop + dice.pick(RATIO_STEPS_BP)))


def _ceilings(row: ItemRow, dice: Dice) -> dict[str, int]:
    levels = {"3": row.ceiling_3, "2": row.ceiling_2, "1": row.ceiling_1, "0": row.ceiling_0}
    percent = dice.pick(CEILING_PERCENTS) if dice.chance(2500) else 100
    cents = 10_000  # a ceiling is whole fen
    return {
        level: _scaled(yuan) * percent // 100 // cents * cents for level, yuan in levels.items() if yuan is not None
    }


def _scaled(yuan: float) -> int:
    return int(Decimal(str(yuan)) * PRICE_SCALE)
