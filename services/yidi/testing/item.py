"""One line of a bill, as a test says it: an item of the shipped catalogue, or a line of your own making."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from yidi.contract import records
from yidi.domain.codes import STAYS, MedType
from yidi.domain.money import round_half_up
from yidi.testing.guess import guess
from yidi.world.bills import COUNT_SCALE, FEN_OF_SCALED
from yidi.world.catalogues import PRICE_SCALE, items
from yidi.world.catalogues import Item as CatalogueItem
from yidi.world.dialects import speeches
from yidi.world.menus import Dish, dish

# Codes of the shipped, synthetic catalogue (yidi/world/data/catalogue.csv), from the part that every place lists.
A_NIGHT: Final = ("FSYN010001", "FSYN020005", "FSYN070001")
"""Bed, consultation and nursing, for each night of a stay."""
A_STAY: Final = (
    ("FSYN060002", 1),  # a gall bladder removed
    ("FSYN060018", 1),  # in full anaesthesia
    ("CSYN080020", 2),  # staplers
    ("XJ01SYN0005", 12),  # an antibiotic
)
OUTPATIENT: Final = (("FSYN130001", 1), ("FSYN020001", 1), ("FSYN030010", 1), ("FSYN030016", 1), ("XJ01SYN0001", 3))
"""Registration, consultation, a scan of the head, a gastroscopy, and a drug."""
VISITS: Final = {
    MedType.CHRONIC: (("FSYN020001", 1), ("FSYN040008", 1), ("XA10SYN0036", 6), ("XA10SYN0037", 6)),
    MedType.PHARMACY: (("XA10SYN0034", 24),),
}


@dataclass(frozen=True, slots=True)
class Item:
    """An item by its national code or its name in the shipped catalogue, billed as the institution bills it.

    `price` in yuan; None is the institution's own. A `code` that the catalogue does not know is taken as the hospital's
    own code and needs `price` and `category`, the local fee category.
    """

    code: str
    count: int | str | Decimal = 1
    price: str | int | Decimal | None = None
    category: str | None = None

    def __post_init__(self) -> None:
        """Refuse at once, where the test is written, what no institution could bill: LookupError in words."""
        __tracebackhide__ = True
        if self._known is None and (self.price is None or self.category is None):
            near = guess(self.code, [name for item in items() for name in (item.name, item.med_list_codg)])
            todo = "Give `price` and `category`, the local fee category, to an item of your own."
            raise LookupError(f"{self.code!r} is no item of the shipped catalogue{near} {todo}")

    @property
    def _known(self) -> CatalogueItem | None:
        return next((item for item in items() if self.code in (item.med_list_codg, item.name)), None)

    def dish(self, dialect: str, level: str) -> Dish:
        """How this institution bills it."""
        known = self._known
        if known is not None:
            found = dish(known, speeches()[dialect], level)
            return Dish(
                found.med_list_codg,
                found.medins_list_codg,
                found.name,
                self.category or found.local_category,
                found.pric if self.price is None else _scaled(self.price, PRICE_SCALE),
                found.bulky,
            )
        assert self.price is not None  # noqa: S101 — as it was made
        assert self.category is not None  # noqa: S101 — as it was made
        return Dish("", self.code, self.code, self.category, _scaled(self.price, PRICE_SCALE), bulky=False)


def typical(care: MedType, nights: int) -> tuple[Item, ...]:
    """What a visit of this kind may well have: large enough for the funds to pay a part under most policies."""
    if care in STAYS:
        return (*(Item(code, nights) for code in A_NIGHT), *(Item(code, count) for code, count in A_STAY))
    return tuple(Item(code, count) for code, count in VISITS.get(care, OUTPATIENT))


def line(number: int, item: Item, dialect: str, level: str, at_ms: int) -> records.ChargeLine:
    """The line as the hospital charges it; count × price, rounded once."""
    found, cnt = item.dish(dialect, level), _scaled(item.count, COUNT_SCALE)
    return {
        "feedetl_sn": str(number),
        "init_feedetl_sn": None,
        "med_list_codg": None,
        "medins_list_codg": found.medins_list_codg,
        "medins_list_name": found.name,
        "local_category": found.local_category,
        "cnt": cnt,
        "pric": found.pric,
        "det_item_fee_sumamt": round_half_up(cnt * found.pric, FEN_OF_SCALED),
        "fee_ocur_time": at_ms,
    }


def _scaled(figure: str | int | Decimal, scale: int) -> int:
    exact = Decimal(str(figure)) * scale
    if exact != int(exact):
        raise ValueError(f"{figure} has more decimals than the interface carries")
    return int(exact)
