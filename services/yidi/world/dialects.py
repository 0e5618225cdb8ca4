"""Three kinds of hospital system: whose item codes and fee categories an institution uses."""

from dataclasses import dataclass
from functools import cache

from yidi.contract import records
from yidi.world import shipped
from yidi.world.catalogues import Item, items
from yidi.world.shipped import DialectRow


@dataclass(frozen=True, slots=True)
class Speech:
    """How one dialect says an item: hospital code and local category, by national item code."""

    item_codes: dict[str, str]
    local_categories: dict[str, str]
    unmapped_items: tuple[Item, ...]
    unmapped_category: str


@cache
def dialects() -> tuple[records.Dialect, ...]:
    """Every dialect, with its mapping to national items and categories; what the hospital never matched is left out."""
    return tuple(_dialect(row) for row in shipped.dialect_rows())


@cache
def speeches() -> dict[str, Speech]:
    """The way back, for those who make bills: by dialect."""
    return {row.id: _speech(row) for row in shipped.dialect_rows()}


def _dialect(row: DialectRow) -> records.Dialect:
    mapped = [item for item in items() if item.med_list_codg not in row.unmapped_items]
    return {
        "dialect": row.id,
        "version": 0,
        "name": row.name,
        "items": {_code(row, item): item.med_list_codg for item in mapped},
        "categories": {local: national for national, names in row.folds.items() for local in names},
    }


def _speech(row: DialectRow) -> Speech:
    return Speech(
        item_codes={item.med_list_codg: _code(row, item) for item in items()},
        local_categories={item.med_list_codg: _local(row, item) for item in items()},
        unmapped_items=tuple(item for item in items() if item.med_list_codg in row.unmapped_items),
        unmapped_category=row.unmapped_category,
    )


def _code(row: DialectRow, item: Item) -> str:
    return row.item_code.format(serial=item.serial, category=item.category, nth=item.nth)


def _local(row: DialectRow, item: Item) -> str:
    """The item's own local name where the dialect has it (with or without 费), else one of the category's by turns."""
    names = row.folds[item.category]
    own = (name for name in names if item.local and name in (item.local, item.local + "费"))
    return next(own, names[item.serial % len(names)] if not item.local else names[0])
