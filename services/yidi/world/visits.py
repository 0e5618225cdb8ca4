"""Who goes where: a person whose visit of a kind would settle on a day, the place, and an institution there."""

from dataclasses import dataclass
from functools import cache
from typing import Final

from yidi.contract import records
from yidi.domain.codes import InsuType
from yidi.world.care_mix import Care
from yidi.world.dice import Dice
from yidi.world.filings import FILED
from yidi.world.institutions import institutions_of
from yidi.world.population import Person
from yidi.world.regions import pooling_areas

LEVEL_WEIGHTS: Final = {"3": 5, "2": 3, "1": 2, "0": 1}
EMERGENCIES: Final = {Care.INPATIENT: "24", Care.OUTPATIENT: "13"}
"""What an unfiled person is treated for elsewhere: an emergency counts as filed (domain §3)."""
IN_PROVINCE_BP: Final = 1200
"""So many filed people are treated within their own node all the same, where no filing is needed."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit that should settle."""

    person: Person
    institution: records.Institution
    area: str
    med_type: str
    disease: str | None
    in_province: bool


def healthy(person: Person) -> bool:
    """Insured in good order, in a scheme that settles here; populations hold others, too."""
    row = person.enrolment
    sound = row["psn_insu_stas"] == "NORMAL" and row["waiting_until"] is None
    return sound and row["insutype"] in (InsuType.EMPLOYEES, InsuType.RESIDENTS)


def visit(dice: Dice, person: Person, care: Care, med_type: str, day: int) -> Visit | None:
    """The person's visit of that kind beginning on that day (days since 1970), or None when it would not settle.

    Pharmacies elsewhere are paid from personal accounts, as a rule: only employees have one.
    """
    if not healthy(person) or (care == Care.PHARMACY and person.enrolment["insutype"] != InsuType.EMPLOYEES):
        return None
    disease = _disease(person) if care == Care.CHRONIC else None
    if care == Care.CHRONIC and disease is None:
        return None
    found = _place(dice, person, care, med_type)
    if found is None or not is_open(person.traits.home, person.enrolment["insutype"], found[1], day):
        return None
    area, kind, in_province = found
    house = _institution(dice, person, area, kind, day)
    return house and Visit(person, house, area, kind, disease, in_province)


def is_open(home: str, insutype: str, med_type: str, day: int) -> bool:
    """Whether the insured place has this open on that day."""
    begins, ends = _open_days(home).get((insutype, med_type), (day + 1, None))
    return begins <= day and (ends is None or day <= ends)


def houses(area: str, med_type: str, day: int) -> tuple[records.Institution, ...]:
    """Institutions of an area that are connected for that kind of care on that day, better ones more often."""
    return tuple(house for house, begins in _connected(area, med_type) if begins <= day)


def _disease(person: Person) -> str | None:
    held = person.history["qualifications"]
    return held[0]["dise_codg"] if held else None


def _place(dice: Dice, person: Person, care: Care, med_type: str) -> tuple[str, str, bool] | None:
    """Area, kind of care, whether it lies in the province: by filing, in the province without, or as an emergency."""
    who, filed = person.traits, person.standing in FILED
    chooses = pooling_areas()[who.home]["selection_required"]
    if who.near and not chooses and dice.chance(IN_PROVINCE_BP if filed else 6000):
        return who.near, med_type, True
    if filed:
        return who.away, med_type, False
    emergency = EMERGENCIES.get(care)
    return (who.away, emergency, False) if emergency else None


def _institution(dice: Dice, person: Person, area: str, med_type: str, day: int) -> records.Institution | None:
    candidates = houses(area, med_type, day)
    held = person.history["qualifications"]
    approved = held[0]["institutions"] if held and med_type == "14" else []
    if approved:
        candidates = tuple(house for house in candidates if house["fixmedins_code"] in approved)
    return dice.pick(candidates) if candidates else None


@cache
def _open_days(home: str) -> dict[tuple[str, str], tuple[int, int | None]]:
    rows = pooling_areas()[home]["openings"]
    return {(row["insutype"], row["med_type"]): (row["begndate"], row["enddate"]) for row in rows}


@cache
def _connected(area: str, med_type: str) -> tuple[tuple[records.Institution, int], ...]:
    return tuple(
        (house, row["begndate"])
        for house in institutions_of(area)
        for row in house["connections"]
        if (not row["med_types"] or med_type in row["med_types"]) and _treats(house, med_type)
        for _ in range(LEVEL_WEIGHTS[house["setl_lv"]])
    )


def _treats(house: records.Institution, med_type: str) -> bool:
    """Stays are for hospitals, and pharmacies sell."""
    if med_type in ("21", "22", "24"):
        return house["kind"] == "HOSPITAL"
    return (house["kind"] == "PHARMACY") == (med_type == "41")
