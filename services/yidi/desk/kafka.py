"""The desk's side of Kafka: reading what services publish, sending what the desk decided, looking things up.

Reading goes in rounds. A round looks up the ends of the news (results, reference data) first and the ends of the error
topics after that, then takes in errors up to their ends, then news up to theirs. A result that heals a case is
published after the report that made it, so the case is always known when its result is read. Positions are in the
desk's store.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from yidi.contract import topics
from yidi.contract.topics import MESSAGE_BYTES_MAX, partition_of
from yidi.desk.settings import DeskSettings
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Outgoing, Record
from yidi.runtime.publisher import close

POLL_MS: Final = 200
BATCH: Final = 2_000
CALL_S: Final = 15
Ends = dict[TopicPartition, int]


def error_parts(settings: DeskSettings) -> list[TopicPartition]:
    """Where cases come from."""
    names = [topics.errors(service) for service in topics.SERVICES]
    return [TopicPartition(name, p) for name in names for p in range(settings.partitions)]


def news_parts(settings: DeskSettings) -> list[TopicPartition]:
    """Where their outcomes come from, and what mends them. Shared data is a copy in every partition: one is read."""
    results = [topics.hospital_results(inbox) for inbox in sorted({topics.DEFAULT_INBOX, *settings.inboxes})]
    names = [*results, topics.REFERENCE_PERSONS, topics.REFERENCE_FILINGS]
    every = [TopicPartition(name, p) for name in names for p in range(settings.partitions)]
    return [*every, TopicPartition(topics.REFERENCE_SHARED, 0)]


def reference_parts(settings: DeskSettings) -> list[TopicPartition]:
    """What a replay's header `after` is made of."""
    names = (topics.REFERENCE_PERSONS, topics.REFERENCE_FILINGS, topics.REFERENCE_SHARED)
    return [TopicPartition(name, p) for name in names for p in range(settings.partitions)]


class Tail:
    """One consumer of explicitly named partitions, without a group."""

    def __init__(self, connection: Connection) -> None:
        self._consumer = AIOKafkaConsumer(
            **connection.options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=BATCH,
            max_partition_fetch_bytes=MESSAGE_BYTES_MAX,
        )
        self._assigned: set[TopicPartition] = set()

    async def start(self) -> None:
        async with asyncio.timeout(CALL_S):  # not wait_for: before Python 3.12 it may swallow a cancellation
            await self._consumer.start()

    async def stop(self) -> None:
        await self._consumer.stop()

    async def ends(self, parts: Collection[TopicPartition]) -> Ends:
        """The offset after the last record of each."""
        async with asyncio.timeout(CALL_S):
            return dict(await self._consumer.end_offsets(list(parts)))

    async def begins(self, parts: Collection[TopicPartition]) -> Ends:
        async with asyncio.timeout(CALL_S):
            return dict(await self._consumer.beginning_offsets(list(parts)))

    async def at_time(self, instants: Mapping[TopicPartition, int]) -> Ends:
        """The first offset at or after an instant, where there is one."""
        async with asyncio.timeout(CALL_S):
            found = await self._consumer.offsets_for_times(dict(instants))
        return {part: at.offset for part, at in found.items() if at is not None}

    async def between(self, start: Mapping[TopicPartition, int], ends: Ends) -> AsyncIterator[list[Record]]:
        """Batches from the offsets of `start` up to those of `ends`."""
        left = {part for part in start if start[part] < ends[part]}
        if not left:
            return
        self._consumer.assign(list(left))
        for part in left:
            self._consumer.seek(part, start[part])
        while left:
            yield [r for r in await self._poll() if r.offset < ends[TopicPartition(r.topic, r.partition)]]
            done = {part for part in left if await self._consumer.position(part) >= ends[part]}
            left -= done
            self._consumer.pause(*done)

    async def _poll(self) -> list[Record]:
        polled = await self._consumer.getmany(timeout_ms=POLL_MS)
        return [
            Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers))
            for batch in polled.values()
            for r in batch
        ]


@asynccontextmanager
async def tail(connection: Connection) -> AsyncIterator[Tail]:
    """A consumer for a while."""
    made = Tail(connection)
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def everything(connection: Connection, parts: Collection[TopicPartition]) -> list[Record]:
    """What the partitions hold now."""
    async with tail(connection) as reader:
        start, ends = await reader.begins(parts), await reader.ends(parts)
        return [record async for batch in reader.between(start, ends) for record in batch]


class Post:
    """The producer. `send` returns once everything is acknowledged; after a failure the producer is made anew."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._connection, self._partitions = connection, partitions
        self._producer: Any = None

    async def send(self, messages: Collection[Outgoing]) -> None:
        """In order; an error means that some may have been sent: send all of them again."""
        try:
            producer = await self._started()
            waiting = [await producer.send(**self._fields(message)) for message in messages]
            async with asyncio.timeout(CALL_S):
                await asyncio.gather(*waiting)
        except BaseException:
            await self.stop()
            raise

    def _fields(self, message: Outgoing) -> dict[str, Any]:
        partition = partition_of(message.key, self._partitions) if message.partition is None else message.partition
        return {
            "topic": message.topic,
            "key": message.key,
            "value": message.value,
            "headers": list(message.headers),
            "partition": partition,
        }

    async def _started(self) -> Any:  # noqa: ANN401 — aiokafka has no types
        if self._producer is None:
            producer = AIOKafkaProducer(
                **self._connection.options(),
                enable_idempotence=True,
                acks="all",
                max_request_size=MESSAGE_BYTES_MAX,
            )
            async with asyncio.timeout(CALL_S):
                await producer.start()
            self._producer = producer
        return self._producer

    async def stop(self) -> None:
        """What is not acknowledged yet stays in the outbox."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await close(producer)
