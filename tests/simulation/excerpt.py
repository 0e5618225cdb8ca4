"""The part of the shipped reference data that some encounters need: a run of the whole chain reads all of it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from yidi.contract import records
from yidi.contract.codec import CATALOGUE, DIALECT, INSTITUTION, REFERENCE_CHANGE, REGION
from yidi.world.reference import catalogues, dialects, institutions, regions
from yidi.world.seed import SHARED_KEY, Seedling, change


@dataclass(frozen=True)
class Excerpt:
    """Regions, institutions, catalogues and dialects of these encounters, without items that none of them names."""

    encounters: tuple[records.EncounterCharges, ...]

    def seedlings(self, today: date) -> Iterator[Seedling]:
        """As the registry is asked for them."""
        for region in self._regions:
            yield _seedling(f"region/{region['admdvs']}", REGION.encode(region), today)
        for dialect in self._dialects:
            yield _seedling(f"dialect/{dialect['dialect']}", DIALECT.encode(dialect), today)
        for catalogue in self._catalogues():
            yield _seedling(f"catalogue/{catalogue['catalogue']}", CATALOGUE.encode(catalogue), today)
        for house in self._houses:
            yield _seedling(f"institution/{house['fixmedins_code']}", INSTITUTION.encode(house), today)

    def dearer(self, today: date) -> Iterator[Seedling]:
        """The catalogues with every item fully self-paid: a change that every bill feels."""
        for catalogue in self._catalogues():
            items: list[records.CatalogueItem] = [
                {**item, "chrgitm_lv": "03", "selfpay_prop": 10_000} for item in catalogue["items"]
            ]
            whole = CATALOGUE.encode({**catalogue, "items": items})
            yield _seedling(f"catalogue/{catalogue['catalogue']}", whole, today)

    @cached_property
    def _regions(self) -> list[records.Region]:
        areas = {e["insuplc_admdvs"] for e in self.encounters} | {e["mdtrtarea_admvs"] for e in self.encounters}
        areas |= {house["admdvs"] for house in self._houses}
        nodes = {region["node"] for region in regions() if region["admdvs"] in areas}
        return [region for region in regions() if region["admdvs"] in areas | nodes]

    @cached_property
    def _houses(self) -> list[records.Institution]:
        codes = {encounter["fixmedins_code"] for encounter in self.encounters}
        return [house for house in institutions() if house["fixmedins_code"] in codes]

    @cached_property
    def _dialects(self) -> list[records.Dialect]:
        """With every category, since encounters name these in their own words."""
        named = {line["medins_list_codg"] for line in self._lines()}
        return [
            {**dialect, "items": {local: code for local, code in dialect["items"].items() if local in named}}
            for dialect in dialects()
        ]

    def _catalogues(self) -> Iterator[records.Catalogue]:
        wanted = {region["catalogue"] for region in self._regions}
        codes = {code for dialect in self._dialects for code in dialect["items"].values()}
        codes |= {line["med_list_codg"] for line in self._lines() if line["med_list_codg"]}
        for catalogue in catalogues():
            if catalogue["catalogue"] in wanted:
                yield {**catalogue, "items": [item for item in catalogue["items"] if item["med_list_codg"] in codes]}

    def _lines(self) -> Iterable[records.ChargeLine]:
        return (line for encounter in self.encounters for line in encounter["lines"])


def _seedling(subject: str, record: bytes, today: date) -> Seedling:
    return Seedling(SHARED_KEY, REFERENCE_CHANGE.encode(change(subject, record, today)))
