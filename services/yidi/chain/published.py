"""What a service has said so far: where the topics that it writes end.

A store may be put back only if its service has published nothing since it was taken. What was published after it would
be decided again, with another clock and against other reference data, and might come out differently.
"""

import sqlite3
from collections.abc import Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Final

from yidi.chain.reader import Reader
from yidi.contract import topics
from yidi.contract.topics import plan
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Record
from yidi.runtime.message import unpacked

DESK: Final = "desk"

Said = tuple[str, int, bytes | None, bytes | None]
"""Topic, partition, key, value."""


def written_by(service: str, inboxes: Iterable[str], partitions: int) -> list[str]:
    """The topics that only this service writes. Every act of the desk is on `errors.operations`."""
    if service == DESK:
        return [topics.OPERATIONS]
    return [topic.name for topic in plan(inboxes, partitions) if topic.sender == service]


async def ends_of(connection: Connection, service: str, inboxes: Iterable[str], partitions: int) -> dict[str, int]:
    """Where each of them ends now, by TOPIC/PARTITION."""
    async with Reader(connection, partitions) as reader:
        ends = await reader.ends(reader.parts(written_by(service, inboxes, partitions)))
    return {f"{part.topic}/{part.partition}": end for part, end in ends.items()}


async def said_since(
    connection: Connection, store: Path, before: Mapping[str, int], inboxes: Iterable[str], partitions: int
) -> int:
    """How many records the store's service published after `before` that the store does not know of.

    A service publishes what its outbox holds again whenever it starts: such a repeat is nothing new.
    """
    known = set() if store.stem == DESK else _outbox(store)
    async with Reader(connection, partitions) as reader:
        parts = reader.parts(written_by(store.stem, inboxes, partitions))
        start = {part: before.get(f"{part.topic}/{part.partition}", 0) for part in parts}
        new = reader.between(start, await reader.ends(parts))
        return sum([_said(record) not in known async for record in new])


def _said(record: Record) -> Said:
    return record.topic, record.partition, record.key, record.value


def _outbox(store: Path) -> set[Said]:
    """What waits in the store to be published, or to be forgotten as published."""
    with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        chunks = [unpacked(seq, content) for seq, content in database.execute("SELECT seq, content FROM outbox")]
    return {(said.topic, said.partition, said.key, said.value) for chunk in chunks for said in chunk.messages}
