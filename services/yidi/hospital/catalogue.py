"""The catalogue and the dialect that apply to a bill, made for one look-up a line."""

from typing import Final

from msgspec import Struct

from yidi.contract import records
from yidi.domain.faults import Refusal, Stage
from yidi.domain.instants import date_of_days


class Entry(Struct, frozen=True, gc=False):
    """One catalogue item over one stretch of dates. `ceilings` by settlement level, yuan scaled by 10^6."""

    med_list_codg: str
    chrgitm_lv: str
    selfpay_prop: int
    ceilings: dict[str, int]
    begndate: int
    enddate: int


OPEN_END: Final = 10**9
"""Stands for no last day, so that a look-up compares numbers only."""


class Catalogue(Struct, frozen=True):
    """A place's catalogue: the entries of each national item code, one a stretch of dates."""

    name: str
    entries: dict[str, tuple[Entry, ...]]

    @classmethod
    def of(cls, record: records.Catalogue) -> "Catalogue":
        entries: dict[str, tuple[Entry, ...]] = {}
        for item in record["items"]:
            code = item["med_list_codg"]
            entries[code] = (*entries.get(code, ()), _entry(item))
        return cls(record["catalogue"], entries)


class Dialect(Struct, frozen=True):
    """How the institution's system says items and fee categories; values are national codes."""

    name: str
    items: dict[str, str]
    categories: dict[str, str]


class Tariff(Struct, frozen=True):
    """What splits a bill: the catalogue that applies, the institution's dialect and settlement level."""

    catalogue: Catalogue
    dialect: Dialect
    setl_lv: str

    def entry(self, line: records.ChargeLine, day: int) -> Entry:
        """The line's catalogue entry valid on `day`; Refusal ITEM_UNMATCHED names line, code and catalogue."""
        code = line["med_list_codg"] or self.dialect.items.get(line["medins_list_codg"])
        if code is None:
            raise _unmatched(line, f"hospital item {line['medins_list_codg']!r} is mapped to no national item")
        for entry in self.catalogue.entries.get(code, ()):
            if entry.begndate <= day <= entry.enddate:
                return entry
        known = "not valid" if code in self.catalogue.entries else "not listed"
        where = f"{self.catalogue.name} on {date_of_days(day)}"
        raise _unmatched(line, f"item {code!r} is {known} in {where}")

    def category(self, line: records.ChargeLine) -> str:
        """The national fee category; Refusal CATEGORY_UNKNOWN rather than 14 for a name nobody mapped (domain §4)."""
        category = self.dialect.categories.get(line["local_category"])
        if category is None:
            name, speech = line["local_category"], self.dialect.name
            detail = f"line {line['feedetl_sn']}: local_category {name!r} is not mapped in dialect {speech}"
            raise Refusal("CATEGORY_UNKNOWN", detail, stage=Stage.CONVERT)
        return category


def _entry(item: records.CatalogueItem) -> Entry:
    return Entry(
        med_list_codg=item["med_list_codg"],
        chrgitm_lv=item["chrgitm_lv"],
        selfpay_prop=item["selfpay_prop"],
        ceilings=item["ceilings"],
        begndate=item["begndate"],
        enddate=OPEN_END if item["enddate"] is None else item["enddate"],
    )


def _unmatched(line: records.ChargeLine, what: str) -> Refusal:
    return Refusal("ITEM_UNMATCHED", f"line {line['feedetl_sn']}: {what}", stage=Stage.CONVERT)
