"""What a new chain's registry is asked to publish: shipped reference data, example persons, N people of a seed.

Each is one `ReferenceChange` with the whole record, under an id that follows from its content: asking again for the
same is the same message, and the registry makes no new version of what has not changed.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import chain
from typing import Final

from yidi.contract import records
from yidi.contract.changes import change_of
from yidi.contract.codec import (
    CATALOGUE,
    DIALECT,
    FILING_HISTORY,
    INSTITUTION,
    PERSON_HISTORY,
    REFERENCE_CHANGE,
    REGION,
)
from yidi.domain.instants import start_of
from yidi.world.examples import example_filings, example_persons
from yidi.world.population import Population
from yidi.world.reference import catalogues, dialects, institutions, regions

SHARED_KEY: Final = b"shared"
"""Kafka key of every change of shared reference data: one partition's task writes all of it."""

ACTOR: Final = "seed"
ID_CHARS: Final = 32


@dataclass(frozen=True, slots=True)
class Seedling:
    """One message for the topic `registry.requests`."""

    key: bytes
    value: bytes


def seedlings(seed: int, persons: int, today: date) -> Iterator[Seedling]:
    """Shared data first, then the example persons, then persons 0 to persons − 1 of the seed's population."""
    return chain(shared(today), example_people(today), people(seed, persons, today))


def shared(today: date) -> Iterator[Seedling]:
    """Regions, institutions, catalogues and dialects."""
    for region in regions():
        yield _shared(f"region/{region['admdvs']}", REGION.encode(region), today)
    for dialect in dialects():
        yield _shared(f"dialect/{dialect['dialect']}", DIALECT.encode(dialect), today)
    for catalogue in catalogues():
        yield _shared(f"catalogue/{catalogue['catalogue']}", CATALOGUE.encode(catalogue), today)
    for institution in institutions():
        yield _shared(f"institution/{institution['fixmedins_code']}", INSTITUTION.encode(institution), today)


def example_people(today: date) -> Iterator[Seedling]:
    """The people of the example bills, and their filings."""
    for history, filings in zip(example_persons(), example_filings(), strict=True):
        yield from person_seedlings(history, filings, today)


def people(seed: int, persons: int, today: date) -> Iterator[Seedling]:
    """The population: each person's history, then their filings."""
    population = Population(seed, today)
    for index in range(persons):
        person = population.person(index)
        yield from person_seedlings(person.history, person.filings, today)


def person_seedlings(history: records.PersonHistory, filings: records.FilingHistory, today: date) -> Iterator[Seedling]:
    """One person's history, and filings where there are any."""
    key, psn_no = history["psn_no"].encode(), history["psn_no"]
    yield Seedling(key, REFERENCE_CHANGE.encode(change(psn_no, PERSON_HISTORY.encode(history), today)))
    if filings["filings"]:
        yield Seedling(key, REFERENCE_CHANGE.encode(change(psn_no, FILING_HISTORY.encode(filings), today)))


def change(subject: str, record: bytes, today: date) -> records.ReferenceChange:
    """The change that asks for a whole record in wire format.

    Asked for on 1 January of this year, so that the same content is the same message all the year.
    """
    made = change_of("", subject, (ACTOR, "synthetic data"), start_of(date(today.year, 1, 1)), record=record)
    return {**made, "msgid": "S" + hashlib.sha256(REFERENCE_CHANGE.encode(made)).hexdigest()[: ID_CHARS - 1]}


def _shared(subject: str, record: bytes, today: date) -> Seedling:
    return Seedling(SHARED_KEY, REFERENCE_CHANGE.encode(change(subject, record, today)))
