"""Reading topics from outside, as commands do: ranges that end, and a live tail that does not. No group, no commits."""

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Final, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaTimeoutError

from yidi.chain.dialling import dial
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Record

POLL_MS: Final = 200
"""How long a poll waits for something new: short, so that Ctrl-C and deadlines are noticed."""
POLL_RECORDS_MAX: Final = 2_000
FETCH_WAIT_MS: Final = 50
"""A fetch that finds nothing holds up the next one, and every range ends with such fetches: at the client's own 500 ms
a trace took seconds."""
FETCH_BYTES_MAX: Final = 4 * 1024 * 1024
"""Per partition and fetch: above the largest message of any topic."""
TOPIC_WAIT_MS: Final = 20
"""The client waits so long whenever it meets a topic anew, and it forgets those that it is not assigned: at its own
default of 100 ms most of a trace's or an audit's time was this wait."""

LEADERS_MOVE_S: Final = 30.0
"""A broker that died is missed after its session of nine seconds, and only then its partitions get other leaders; the
client may have given up a question by then."""

Offsets = Mapping[TopicPartition, int]
Question = Callable[[list[TopicPartition]], Awaitable[dict[TopicPartition, int]]]


class Reader:
    """An async context around one consumer of explicitly named partitions.

    Records of one partition come in order; nothing is promised between partitions. Raises ChainError in words when the
    broker cannot be reached.
    """

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._connection = connection
        self._partitions = partitions
        self._consumer = AIOKafkaConsumer(
            **connection.options(),
            enable_auto_commit=False,
            auto_offset_reset="earliest",
            max_poll_records=POLL_RECORDS_MAX,
            max_partition_fetch_bytes=FETCH_BYTES_MAX,
            fetch_max_wait_ms=FETCH_WAIT_MS,
            retry_backoff_ms=TOPIC_WAIT_MS,
        )

    async def __aenter__(self) -> Self:
        await dial(self._consumer, self._connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._consumer.stop()

    def parts(self, topics: Collection[str], partition: int | None = None) -> list[TopicPartition]:
        """Every partition of the topics, or one partition number of each."""
        numbers = range(self._partitions) if partition is None else (partition,)
        return [TopicPartition(topic, number) for topic in topics for number in numbers]

    async def ends(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset after the last record of each."""
        return await patient(self._consumer.end_offsets, parts)

    async def begins(self, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
        """The offset of the first record that each still holds."""
        return await patient(self._consumer.beginning_offsets, parts)

    async def read(self, parts: Collection[TopicPartition]) -> AsyncIterator[Record]:
        """Everything the partitions hold now, from the beginning to the ends as of this call."""
        async for record in self.between(await self.begins(parts), await self.ends(parts)):
            yield record

    async def between(self, start: Offsets, ends: Offsets) -> AsyncIterator[Record]:
        """What lies from the offsets of `start` up to those of `ends`, for the partitions in `start`."""
        left = {part for part in start if start[part] < ends[part]}
        async for record in self._records({part: start[part] for part in left}, left, ends):
            yield record

    async def follow(self, start: Offsets) -> AsyncIterator[Record | None]:
        """Records from the offsets on, for ever; None after every poll, so that callers can look up."""
        self._seek(start)
        while True:
            for record in await self._poll():
                yield record
            yield None

    async def _records(self, start: Offsets, left: set[TopicPartition], ends: Offsets) -> AsyncIterator[Record]:
        self._seek(start)
        while left:
            for record in await self._poll():
                part = TopicPartition(record.topic, record.partition)
                if record.offset < ends[part]:
                    yield record
            for part in list(left):
                if await self._consumer.position(part) >= ends[part]:
                    left.discard(part)
                    self._consumer.pause(part)

    def _seek(self, start: Offsets) -> None:
        self._consumer.assign(list(start))
        for part, offset in start.items():
            self._consumer.seek(part, offset)

    async def _poll(self) -> list[Record]:
        polled = await self._consumer.getmany(timeout_ms=POLL_MS)
        return [
            Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, tuple(r.headers))
            for batch in polled.values()
            for r in batch
        ]


async def patient(question: Question, parts: Collection[TopicPartition]) -> dict[TopicPartition, int]:
    """The answer, asked for again while the brokers sort out who leads; KafkaTimeoutError when that takes too long."""
    deadline = time.monotonic() + LEADERS_MOVE_S
    while True:
        try:
            return await question(list(parts))
        except KafkaTimeoutError:
            if time.monotonic() > deadline:
                raise
