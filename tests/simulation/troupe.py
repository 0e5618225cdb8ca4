"""A few synthetic people with a few visits each, and the ground on which all runs begin."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from tests.simulation.excerpt import Excerpt
from yidi.chain.simulation import Ground
from yidi.contract import records
from yidi.domain.codes import STAYS
from yidi.world.encounters import Encounters
from yidi.world.fault_case import Good, filed
from yidi.world.seed import Seedling, person_seedlings

TODAY: Final = date(2025, 6, 15)
"""The day on which virtual time begins."""
SEED: Final = 9_500
PEOPLE: Final = 60
VISITS: Final = 400
VISITS_MAX: Final = 3
"""Of one person: enough for accumulators to chain, few enough to run fast."""
SIZE: Final = 16
UNFILED: Final = 3
"""So many begin without the filing that they need; they file later."""
IN_ARREARS: Final = 2
"""So many begin with arrears; they pay later."""
LINES_MAX: Final = 30


@dataclass(frozen=True)
class Actor:
    """A person, as the registry should know them, and their visits in order of time, each of which would settle."""

    person: records.PersonHistory
    filings: records.FilingHistory
    visits: tuple[records.EncounterCharges, ...]

    @property
    def key(self) -> bytes:
        return self.person["psn_no"].encode()

    @property
    def mended(self) -> tuple[Seedling, ...]:
        """What the registry has to be told for every visit to settle."""
        return tuple(person_seedlings(self.person, self.filings, TODAY))

    @property
    def is_filed(self) -> bool:
        """Every visit is elsewhere, by a filing."""
        return all(filed(Good(self.person, self.filings, visit, TODAY)) for visit in self.visits)

    @property
    def in_arrears(self) -> "Actor":
        rows: list[records.Enrolment] = [{**row, "psn_insu_stas": "ARREARS"} for row in self.person["enrolments"]]
        return Actor({**self.person, "enrolments": rows}, self.filings, self.visits)

    @property
    def unfiled(self) -> "Actor":
        return Actor(self.person, {**self.filings, "filings": []}, self.visits)


@dataclass(frozen=True)
class Troupe:
    """Who can play what. Those who are `unfiled` or in `arrears` are so at the beginning."""

    sound: tuple[Actor, ...]
    unfiled: tuple[Actor, ...]
    arrears: tuple[Actor, ...]

    @property
    def everybody(self) -> tuple[Actor, ...]:
        return (*self.sound, *self.unfiled, *self.arrears)

    def seedlings(self) -> tuple[Seedling, ...]:
        """Reference data and people as they are at the beginning."""
        visits = tuple(visit for actor in self.everybody for visit in actor.visits)
        now = (
            *self.sound,
            *(actor.unfiled for actor in self.unfiled),
            *(actor.in_arrears for actor in self.arrears),
        )
        return (*Excerpt(visits).seedlings(TODAY), *(seedling for actor in now for seedling in actor.mended))


@cache
def troupe() -> Troupe:
    """Stays and chronic care first, since they are rare; the filed ones give those who lack something."""
    actors = sorted(_actors(), key=_rarity)
    fit = [actor for actor in actors if actor.is_filed]
    lacking = fit[: UNFILED + IN_ARREARS]
    sound = [actor for actor in actors if actor not in lacking][: SIZE - len(lacking)]
    return Troupe(tuple(sound), tuple(lacking[:UNFILED]), tuple(lacking[UNFILED:]))


@cache
def ground() -> Ground:
    """Shared by all runs of this process."""
    return Ground(troupe().seedlings())


def _actors() -> list[Actor]:
    encounters = Encounters.of(SEED, TODAY, people=PEOPLE, count=VISITS)
    by_person: dict[str, list[records.EncounterCharges]] = defaultdict(list)
    for k in range(VISITS):
        visit = encounters.encounter(k)
        if len(visit["lines"]) <= LINES_MAX:
            by_person[visit["psn_no"]].append(visit)
    found = []
    for psn_no, visits in by_person.items():
        person = encounters.population.person(int(psn_no[-12:]))
        found.append(Actor(person.history, person.filings, _several(visits)))
    return [actor for actor in found if len(actor.visits) == VISITS_MAX]


def _several(visits: list[records.EncounterCharges]) -> tuple[records.EncounterCharges, ...]:
    """The rare kinds first, then in order of time."""
    chosen = sorted(visits, key=lambda visit: visit["med_type"] not in {*STAYS, "14"})[:VISITS_MAX]
    return tuple(sorted(chosen, key=lambda visit: visit["inf_time"]))


def _rarity(actor: Actor) -> int:
    return -sum(visit["med_type"] in {*STAYS, "14"} for visit in actor.visits)
