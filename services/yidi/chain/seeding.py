"""Giving a new chain its reference data: shipped data, example persons, and a population, all through the registry."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from pydantic import BaseModel, ValidationError

from yidi import __version__
from yidi.chain.errors import StartFailed
from yidi.chain.lag import caught_up
from yidi.chain.place import Place
from yidi.chain.sender import Message, Sender
from yidi.chain.services import group_of, references_of
from yidi.chain.settings import ChainSettings
from yidi.contract import topics
from yidi.runtime.connection import Connection
from yidi.world.seed import example_people, people, shared

Progress = Callable[[str, int, int], None]

SECONDS_A_PERSON_MAX: Final = 0.01
APPLIED_TIMEOUT_S: Final = 120
"""For the shipped data; a population's share comes on top."""


class Seeded(BaseModel, frozen=True):
    """What was sent before: the same again would be the same messages, and is not worth sending."""

    seed: int
    persons: int
    today: date
    version: str


async def seed(connection: Connection, settings: ChainSettings, place: Place, today: date, progress: Progress) -> date:
    """Send what is missing, wait until every service here has read it, and return the population's own "today".

    The population's dates count from the day it was first made: it does not change while the chain keeps its data.
    """
    done = _seeded(place)
    if done is not None and done.seed == settings.seed:
        today = done.today
    wanted = Seeded(seed=settings.seed, persons=settings.persons, today=today, version=__version__)
    if done is None or done.persons < settings.persons or done != wanted.model_copy(update={"persons": done.persons}):
        await _send(connection, settings, today, progress)
        await _wait(connection, settings)
        place.seeded.write_text(wanted.model_dump_json(), encoding="utf-8")
    return today


async def _send(connection: Connection, settings: ChainSettings, today: date, progress: Progress) -> None:
    async with Sender(connection, settings.partitions) as sender:
        await sender.send(_messages(settings, today, progress))


def _messages(settings: ChainSettings, today: date, progress: Progress) -> Iterator[Message]:
    for seedling in (*shared(today), *example_people(today)):
        yield Message(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)
    for number, seedling in enumerate(people(settings.seed, settings.persons, today), 1):
        yield Message(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)
        progress("persons", min(number, settings.persons), settings.persons)


async def _wait(connection: Connection, settings: ChainSettings) -> None:
    timeout = APPLIED_TIMEOUT_S + settings.persons * SECONDS_A_PERSON_MAX
    asked = {group_of("registry"): (topics.REGISTRY_REQUESTS,)} if "registry" in settings.services else {}
    readers = {group_of(s): references_of(s) for s in settings.services if references_of(s)}
    for groups in (asked, readers):
        if not await caught_up(connection, settings.partitions, groups, timeout):
            raise StartFailed(
                "The services did not take in the reference data in time.", "See the logs in the data directory."
            )


def _seeded(place: Place) -> Seeded | None:
    try:
        return Seeded.model_validate_json(place.seeded.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
