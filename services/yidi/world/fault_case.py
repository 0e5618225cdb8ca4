"""What a bad input for one fault code is made of, and the good cases that they are made from."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from yidi.contract import records, topics
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.domain.codes import STAYS, MedType
from yidi.domain.faults import FAULTS
from yidi.world.encounters import Encounters
from yidi.world.population import Population
from yidi.world.regions import pooling_areas
from yidi.world.seed import Seedling, person_seedlings

FIRST_SEED: Final = 9000
"""Each code's people are of a seed of their own, from this one on: a case meets neither a load nor another case."""
PEOPLE: Final = 4000
LOOKED_AT_MAX: Final = 4000


@dataclass(frozen=True, slots=True)
class Sent:
    """One record to put on a topic. The partition is the key's own unless it is named."""

    topic: str
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...] = ()
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class FaultCase:
    """How to bring about one fault: first `changes` to the registry, then `sends`; `service` reports `code`.

    `refused`: whether the hospital's own result topic says REFUSED with the code, besides the error report.
    """

    code: str
    service: str
    sends: tuple[Sent, ...]
    changes: tuple[Seedling, ...] = ()
    refused: bool = True


@dataclass(frozen=True, slots=True)
class Good:
    """A person and an encounter that settles, to be made worse; `today` is whence all its dates come."""

    person: records.PersonHistory
    filings: records.FilingHistory
    encounter: records.EncounterCharges
    today: date

    @property
    def enrolment(self) -> records.Enrolment:
        return self.person["enrolments"][-1]

    def changes(self) -> tuple[Seedling, ...]:
        """What the registry has to know of the person."""
        return tuple(person_seedlings(self.person, self.filings, self.today))

    def with_encounter(self, **fields: object) -> "Good":
        return replace(self, encounter={**self.encounter, **fields})  # type: ignore[typeddict-item]

    def with_person(self, **fields: object) -> "Good":
        return replace(self, person={**self.person, **fields})  # type: ignore[typeddict-item]

    def with_enrolment(self, **fields: object) -> "Good":
        """The only enrolment, changed."""
        return self.with_person(enrolments=[{**self.enrolment, **fields}])

    def with_filings(self, filings: Sequence[records.Filing]) -> "Good":
        return replace(self, filings={**self.filings, "filings": list(filings)})

    def living_in(self, home: str) -> "Good":
        """The same person insured elsewhere; filings follow."""
        rows: list[records.Filing] = [{**row, "insuplc_admdvs": home} for row in self.filings["filings"]]
        moved = self.with_enrolment(insuplc_admdvs=home).with_filings(rows)
        return moved.with_encounter(insuplc_admdvs=home)


Wanted = Callable[[Good], bool]


def good(code: str, today: date, wanted: Wanted) -> Good:
    """The first good case as wanted among those of the code's own people; LookupError when there is none."""
    seed = FIRST_SEED + list(FAULTS).index(code)
    encounters = Encounters.of(seed, today, people=PEOPLE, count=LOOKED_AT_MAX)
    for k in range(LOOKED_AT_MAX):
        found = _good(encounters.population, encounters.encounter(k))
        if wanted(found):
            return found
    raise LookupError(f"no good case for {code} is as wanted")


def anything(case: Good) -> bool:
    """Any encounter of more than one line."""
    return len(case.encounter["lines"]) > 1


def stay(case: Good) -> bool:
    return case.encounter["med_type"] in STAYS


def outpatient(case: Good) -> bool:
    return case.encounter["med_type"] == MedType.OUTPATIENT


def filed(case: Good) -> bool:
    """Treated in another node under a filing, and no emergency."""
    there, here = case.encounter["mdtrtarea_admvs"], case.encounter["insuplc_admdvs"]
    elsewhere = pooling_areas()[there]["node"] != pooling_areas()[here]["node"]
    return elsewhere and not case.encounter["er_flag"] and bool(case.filings["filings"])


def both(first: Wanted, second: Wanted) -> Wanted:
    return lambda case: first(case) and second(case)


def _good(population: Population, encounter: records.EncounterCharges) -> Good:
    person = population.person(int(encounter["psn_no"][-12:]))
    return Good(person.history, person.filings, encounter, population.today)


def sent(encounter: records.EncounterCharges) -> Sent:
    """The encounter on its topic, keyed by its person."""
    return Sent(topics.ENCOUNTERS, encounter["psn_no"].encode(), ENCOUNTER_CHARGES.encode(encounter))
