"""Giving a new chain its reference data: shipped data, example persons, and a population, all through the registry."""

from collections.abc import Callable, Collection, Iterator
from datetime import date
from typing import Final

from pydantic import ValidationError

from yidi import __version__
from yidi.chain.errors import StartFailed
from yidi.chain.lag import caught_up
from yidi.chain.place import Place
from yidi.chain.readings import group_of
from yidi.chain.seal import Seeded, sealed, sealing
from yidi.chain.sender import Message, Sender
from yidi.chain.settings import SERVICES, ChainSettings
from yidi.contract import topics
from yidi.runtime.connection import Connection
from yidi.runtime.groups import at_work
from yidi.world.seed import example_people, people, shared

Progress = Callable[[str, int, int], None]

REGISTRY: Final = "registry"
SECONDS_A_PERSON_MAX: Final = 0.01
APPLIED_TIMEOUT_S: Final = 120
"""For the shipped data; a population's share comes on top."""


async def seed(connection: Connection, settings: ChainSettings, place: Place, today: date, progress: Progress) -> date:
    """Send what is missing, wait until every service here has read it, and return the population's own "today".

    The population's dates count from the day it was first made: it does not change while the chain keeps its data.
    """
    done = _noted(place)
    wanted = wanted_of(settings.seed, settings.persons, today, done)
    if done is None or not done.covers(wanted):
        await send(connection, settings.partitions, wanted, progress)
        await wait_for(connection, settings.partitions, settings.services, limit_of(settings.persons))
        place.seeded.write_text(wanted.model_dump_json(), encoding="utf-8")
    return wanted.today


async def seed_log(connection: Connection, partitions: int, wanted: Seeded, progress: Progress) -> bool:
    """The same for a log whose services run anywhere: asks the log what it has. False when nothing was missing."""
    done = await sealed(connection, partitions)
    wanted = wanted_of(wanted.seed, wanted.persons, wanted.today, done)
    if done is not None and done.covers(wanted):
        return False
    await send(connection, partitions, wanted, progress)
    return True


def wanted_of(seed: int, persons: int, today: date, done: Seeded | None) -> Seeded:
    """What is to be there; the same population keeps the day that it was first made."""
    day = done.today if done is not None and done.seed == seed else today
    return Seeded(seed=seed, persons=persons, today=day, version=__version__)


async def send(connection: Connection, partitions: int, wanted: Seeded, progress: Progress) -> None:
    """Send everything, and then the seal that says so."""
    async with Sender(connection, partitions) as sender:
        await sender.send(_messages(wanted, progress))
        await sender.send([sealing(wanted, next(shared(wanted.today)))])


async def readers_of(connection: Connection) -> tuple[str, ...]:
    """The services that are at work now, wherever they run; the registry always counts as one."""
    groups = {group_of(service): service for service in SERVICES}
    found = await at_work(connection, groups)
    return tuple(service for group, service in groups.items() if group in found or service == REGISTRY)


async def wait_for(connection: Connection, partitions: int, services: Collection[str], limit_s: float) -> None:
    """Until the registry has published what was asked, and every service has read it; StartFailed when it is over."""
    asked = {group_of(REGISTRY): (topics.REGISTRY_REQUESTS,)} if REGISTRY in services else {}
    readers = {group_of(s): topics.FOLLOWED[s] for s in services if s in topics.FOLLOWED}
    for groups in (asked, readers):
        if not await caught_up(connection, partitions, groups, limit_s):
            who = " and ".join(name for name in services if group_of(name) in groups)
            raise StartFailed(
                f"The reference data was not read within {limit_s:g} s (by {who}).",
                "See whether they run, and their logs; what was sent is kept, and ask again.",
            )


def limit_of(persons: int) -> float:
    """Seconds that services may take for a population."""
    return APPLIED_TIMEOUT_S + persons * SECONDS_A_PERSON_MAX


def _messages(wanted: Seeded, progress: Progress) -> Iterator[Message]:
    for seedling in (*shared(wanted.today), *example_people(wanted.today)):
        yield Message(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)
    for number, seedling in enumerate(people(wanted.seed, wanted.persons, wanted.today), 1):
        yield Message(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)
        progress("persons", min(number, wanted.persons), wanted.persons)


def _noted(place: Place) -> Seeded | None:
    try:
        return Seeded.model_validate_json(place.seeded.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None
