"""An institution, as a test says it, and where the shipped ones are found."""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from yidi.contract import records
from yidi.domain.codes import MedType
from yidi.domain.instants import days_of, start_of
from yidi.world.institutions import institutions, institutions_of

RECORDED: Final = date(2023, 1, 1)
PREFIX: Final = {"PHARMACY": "P"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Institution:
    """A designated institution of your own: `await chain.open_institution(...)` before a bill names it.

    `level` is the settlement level: 3, 2, 1, 0. `care` empty: all kinds. `dialect`: whose item codes it uses.
    """

    place: str = "310100"
    serial: int = 90_001
    name: str = "模拟测试医院"
    kind: Literal["HOSPITAL", "CLINIC", "PHARMACY"] = "HOSPITAL"
    level: Literal["3", "2", "1", "0"] = "3"
    grade: str = "三级甲等"
    dialect: str = "ward"
    care: tuple[MedType, ...] = ()
    connected_from: date | None = date(2022, 1, 1)
    """None: not connected at all."""

    @property
    def code(self) -> str:
        """fixmedins_code, 12 characters."""
        return f"{PREFIX.get(self.kind, 'H')}{self.place}{self.serial:05d}"

    def record(self) -> records.Institution:
        """As the registry keeps it."""
        connected = None if self.connected_from is None else days_of(self.connected_from)
        return {
            "fixmedins_code": self.code,
            "version": 0,
            "name": self.name,
            "admdvs": self.place,
            "kind": self.kind,
            "setl_lv": self.level,
            "hosp_lv": self.grade,
            "dialect": self.dialect,
            "connections": [] if connected is None else [_connection(connected, self.care)],
        }


def institution_in(place: str, care: MedType) -> records.Institution:
    """The first shipped institution of a pooling area that gives this care; LookupError in words."""
    for found in institutions_of(place):
        pharmacy = found["kind"] == "PHARMACY"
        if pharmacy == (care is MedType.PHARMACY) and any(_gives(row, care) for row in found["connections"]):
            return found
    raise LookupError(f"no shipped institution of {place} gives {care.name} care: name one with `institution`")


def institution_of(code: str) -> records.Institution:
    """The shipped institution with that code; LookupError in words."""
    for found in institutions():
        if found["fixmedins_code"] == code:
            return found
    raise LookupError(f"no shipped institution has the code {code}: give an Institution(...) of your own")


def _gives(row: records.Connection, care: MedType) -> bool:
    return not row["med_types"] or care.value in row["med_types"]


def _connection(begins: int, care: tuple[MedType, ...]) -> records.Connection:
    med_types = [kind.value for kind in care]
    return {"med_types": med_types, "begndate": begins, "enddate": None, "recorded_at": start_of(RECORDED)}
