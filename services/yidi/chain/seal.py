"""What a log was seeded with, as the log itself says: the last message of a seeding carries it as a header.

It lies on `registry.requests` and is forgotten with that topic's retention: a seeding after that sends everything
again, which makes no new version of what has not changed.
"""

from datetime import date
from typing import Final, Self

from pydantic import BaseModel, ValidationError

from yidi.chain.reader import Reader
from yidi.chain.sender import Message
from yidi.contract import topics
from yidi.contract.topics import partition_of
from yidi.runtime.connection import Connection
from yidi.world.seed import SHARED_KEY, Seedling

HEADER: Final = "yidi-seed"


class Seeded(BaseModel, frozen=True):
    """What was sent: persons 0 to `persons` of the population of `seed` as of `today`, by this version's data."""

    seed: int
    persons: int
    today: date
    version: str

    def covers(self, wanted: Self) -> bool:
        """Whether the same again would be the same messages, and is not worth sending."""
        return self.persons >= wanted.persons and self.model_copy(update={"persons": wanted.persons}) == wanted


def sealing(seeded: Seeded, repeated: Seedling) -> Message:
    """The last message of a seeding: one of its own once more, which changes nothing, with what was sent."""
    header = (HEADER, seeded.model_dump_json().encode())
    return Message(topics.REGISTRY_REQUESTS, repeated.key, repeated.value, (header,))


async def sealed(connection: Connection, partitions: int) -> Seeded | None:
    """What the log was seeded with last, or None when it does not say."""
    found = None
    async with Reader(connection, partitions) as reader:
        part = reader.parts([topics.REGISTRY_REQUESTS], partition_of(SHARED_KEY, partitions))
        async for record in reader.read(part):
            found = record.header(HEADER) or found
    try:
        return None if found is None else Seeded.model_validate_json(found)
    except ValidationError:
        return None
