"""The data files of this folder, read once and checked: a file that does not fit its model stops everything."""

import csv
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints

Admdvs = Annotated[str, StringConstraints(pattern=r"^\d{6}$")]
MaybeDay = Annotated[date | None, BeforeValidator(lambda text: text or None)]
MaybeYuan = Annotated[float | None, BeforeValidator(lambda text: text or None)]
M = TypeVar("M", bound=BaseModel)


class Row(BaseModel):
    """A row or section of a file: no field unknown, none changed afterwards."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class RegionRow(Row):
    """One row of regions.csv: true codes and names (docs/reference-data.md names the source)."""

    admdvs: Admdvs
    name: str
    kind: Literal["NODE", "POOLING_AREA", "COUNTY"]
    node: Admdvs
    pooling_area: str


class OpeningException(Row):
    """Where openings.yaml departs from its defaults; what is left out means all of them."""

    admdvs: Admdvs
    insutype: str | None = None
    med_types: tuple[str, ...] | None = None
    closed: bool = False
    begins: date | None = None
    ends: date | None = None

    def speaks_of(self, insutype: str, med_type: str) -> bool:
        scheme_fits = self.insutype in (None, insutype)
        return scheme_fits and (self.med_types is None or med_type in self.med_types)


class Openings(Row):
    """openings.yaml: what is open where, and the places' switches."""

    recorded_on: date
    schemes: tuple[str, ...]
    begins: dict[str, date]
    exceptions: tuple[OpeningException, ...]
    switches: dict[str, frozenset[str]]
    own_catalogues: tuple[Admdvs, ...]
    counties_of: frozenset[str]


class House(Row):
    """One institution of institutions.yaml, as every place of its kind has it."""

    name: str
    kind: Literal["HOSPITAL", "CLINIC", "PHARMACY"]
    prefix: Literal["H", "P"]
    serial: int
    setl_lv: Literal["3", "2", "1", "0"]
    hosp_lv: str
    dialect: str
    med_types: tuple[str, ...]
    connected: bool = True
    connected_from: date | None = None


class Street(Row):
    """institutions.yaml: what a busy and what a quiet place has."""

    recorded_on: date
    connected_from: date
    busy: tuple[Admdvs, ...]
    street: tuple[House, ...]
    quiet: tuple[House, ...]


class ItemRow(Row):
    """One row of catalogue.csv; prices and ceilings in yuan, the ratio in basis points.

    `care`: where bills use it: I stay, O outpatient, C chronic (for `diseases`), P pharmacy. `local`: local category.
    """

    med_list_codg: str
    name: str
    med_chrgitm_type: str
    chrgitm_lv: Literal["01", "02", "03"]
    selfpay_prop: int
    ceiling_3: MaybeYuan
    ceiling_2: MaybeYuan
    ceiling_1: MaybeYuan
    ceiling_0: MaybeYuan
    begndate: date
    enddate: MaybeDay
    usual_price: float
    care: str
    diseases: str
    local: str


class DialectRow(Row):
    """One dialect of dialects.yaml."""

    id: str
    name: str
    item_code: str
    folds: dict[str, tuple[str, ...]]
    unmapped_items: frozenset[str]
    unmapped_category: str


def _table(name: str, model: type[M]) -> tuple[M, ...]:
    text = (files("yidi.world") / "data" / name).read_text(encoding="utf-8")
    return tuple(model.model_validate(row) for row in csv.DictReader(text.splitlines()))


def document(name: str) -> Any:  # noqa: ANN401 — whatever the YAML file holds; the caller's model checks it
    """The content of a YAML file of the data folder."""
    return yaml.safe_load((files("yidi.world") / "data" / name).read_text(encoding="utf-8"))


@cache
def region_rows() -> tuple[RegionRow, ...]:
    return _table("regions.csv", RegionRow)


@cache
def item_rows() -> tuple[ItemRow, ...]:
    return _table("catalogue.csv", ItemRow)


@cache
def openings() -> Openings:
    return Openings.model_validate(document("openings.yaml"))


@cache
def street() -> Street:
    return Street.model_validate(document("institutions.yaml"))


@cache
def dialect_rows() -> tuple[DialectRow, ...]:
    return tuple(DialectRow.model_validate(row) for row in document("dialects.yaml"))
