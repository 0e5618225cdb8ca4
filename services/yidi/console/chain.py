"""The chain as the console sees it: readings of its topics and groups, and the way of one settlement."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from typing import Final, Protocol

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from yidi.chain.dialling import dial
from yidi.chain.errors import ChainError
from yidi.chain.journey import journey_of
from yidi.chain.leg import Leg, leg_of
from yidi.chain.place import Descriptor
from yidi.chain.reader import Offsets, Reader
from yidi.chain.readings import group_of, reading
from yidi.chain.settings import SERVICES
from yidi.console.reading import Reading
from yidi.contract.access import CONSOLE
from yidi.contract.topics import JOURNAL, plan
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Record
from yidi.runtime.groups import members
from yidi.runtime.health import Place as LogPlace

JOURNEY_TIMEOUT_S: Final = 60
"""The search for an id reads whole topics; longer than this is not a page any more."""
CALL_TIMEOUT_S: Final = 10
JOURNEYS_AT_ONCE: Final = 2
"""Searches read the whole log: more than two at a time would slow the chain that they look at."""


_LOST: Final = (KafkaError, OSError, TimeoutError, AssertionError, RuntimeError)
"""How aiokafka says that its connection is gone; the last two come out of a client that was closed under its caller."""


class Chain(Protocol):
    """What the pages need of the chain. All raise ChainError in words."""

    async def reading(self) -> Reading: ...

    async def journey(self, wanted: str) -> list[Leg]: ...

    async def latest(self, most: int) -> list[Leg]: ...


class LiveChain:
    """The chain that `find` finds, anew for each reading, for it may restart. Keeps one connection for readings."""

    def __init__(self, find: Callable[[], Descriptor]) -> None:
        self._find = find
        self._searching = asyncio.Semaphore(JOURNEYS_AT_ONCE)
        self._watch: _Watch | None = None

    async def reading(self) -> Reading:
        """Ends and positions as of now."""
        chain = self._find()
        if self._watch is None or self._watch.chain != chain:
            await self.close()
            self._watch = await _Watch.over(chain)
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S):
                return await self._watch.reading()
        except _LOST as error:
            await self.close()
            raise ChainError(f"Kafka at {chain.bootstrap} does not answer.", "It is asked again by itself.") from error

    async def journey(self, wanted: str) -> list[Leg]:
        """Every leg of the settlement, by any of its ids; NotFound in words."""
        chain = self._find()
        try:
            async with self._searching, asyncio.timeout(JOURNEY_TIMEOUT_S), _reader(chain) as reader:
                return await journey_of(reader, chain.inboxes, wanted, chain.partitions)
        except TimeoutError:
            todo = "Ask for another of its ids, or use `yidi trace`, which takes its time."
            raise ChainError(f"The search for {wanted} took longer than {JOURNEY_TIMEOUT_S} s.", todo) from None

    async def latest(self, most: int) -> list[Leg]:
        """The last entries of the journal, the newest first; reads only the ends of its partitions."""
        chain = self._find()
        try:
            async with asyncio.timeout(CALL_TIMEOUT_S), self._searching, _reader(chain) as reader:
                return await newest(reader, most)
        except _LOST as error:
            raise ChainError(f"Kafka at {chain.bootstrap} does not answer.", "Open the page again.") from error

    async def close(self) -> None:
        """Let go of the connection; the next reading makes a new one."""
        watch, self._watch = self._watch, None
        if watch is not None:
            await watch.close()


def _reader(chain: Descriptor) -> Reader:
    return Reader(chain.connection_as(CONSOLE), chain.partitions)


class Log(Protocol):
    """What `newest` reads from; a `yidi.chain.reader.Reader` is one."""

    def parts(self, topics: Collection[str]) -> list[TopicPartition]: ...

    async def begins(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]: ...

    async def ends(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]: ...

    def between(self, start: Offsets, ends: Offsets) -> AsyncIterator[Record]: ...


async def newest(log: Log, most: int) -> list[Leg]:
    """The newest journal entries of all partitions together, at most so many."""
    parts = log.parts([JOURNAL])
    begins, ends = await log.begins(parts), await log.ends(parts)
    tails = {part: max(begins[part], ends[part] - most) for part in parts}
    legs = [leg_of(record) async for record in log.between(tails, ends)]
    entries = [leg for leg in legs if leg.kind == "JournalEntry"]
    return sorted(entries, key=lambda leg: leg.record.timestamp_ms, reverse=True)[:most]


class _Watch:
    """The open connections of the readings."""

    def __init__(self, chain: Descriptor, reader: Reader, admin: AIOKafkaAdminClient) -> None:
        self.chain = chain
        self._reader, self._admin = reader, admin
        self._topics = reading(chain, SERVICES)
        self._parts = reader.parts([topic.name for topic in plan(chain.inboxes, chain.partitions)])

    @classmethod
    async def over(cls, chain: Descriptor) -> "_Watch":
        reader = _reader(chain)
        await reader.__aenter__()
        connection = chain.connection_as(CONSOLE)
        admin = _Admin(connection)
        try:
            await dial(admin, connection)
        except BaseException:
            await reader.__aexit__(None, None, None)
            raise
        return cls(chain, reader, admin.client)

    async def reading(self) -> Reading:
        ends = {(part.topic, part.partition): end for part, end in (await self._reader.ends(self._parts)).items()}
        positions = {name: await self._positions(name) for name in self._topics}
        there = {name: await members(self._admin, self._group(name)) for name in self._topics}
        theirs = frozenset(positions) - set(self.chain.services)
        return Reading(time.time_ns() // 1_000_000, ends, positions, theirs, there)

    def _group(self, service: str) -> str:
        return self.chain.groups.get(service) or group_of(service)

    async def _positions(self, service: str) -> Mapping[LogPlace, int]:
        read = await self._admin.list_consumer_group_offsets(self._group(service))
        wanted = set(self._topics[service])
        return {(p.topic, p.partition): o.offset for p, o in read.items() if p.topic in wanted and o.offset >= 0}

    async def close(self) -> None:
        for closing in (self._reader.__aexit__(None, None, None), self._admin.close()):
            with contextlib.suppress(*_LOST):
                await closing


class _Admin:
    """aiokafka's admin client with the names of its other clients."""

    def __init__(self, connection: Connection) -> None:
        self.client = AIOKafkaAdminClient(**connection.options())

    async def start(self) -> None:
        await self.client.start()

    async def stop(self) -> None:
        await self.client.close()
