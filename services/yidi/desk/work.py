"""What the desk does all the time: takes in what is published, sends what was decided, executes plans."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Final

import structlog
from aiokafka import TopicPartition
from aiokafka.errors import KafkaError
from sqlalchemy.exc import SQLAlchemyError

from yidi.contract.topics import REFERENCE_SHARED, partition_of
from yidi.desk import bulk, intake, mends, outbox, runner
from yidi.desk.desk import Desk
from yidi.desk.kafka import Ends, Post, Tail, error_parts, everything, news_parts, reference_parts, tail
from yidi.desk.resending import after_of
from yidi.runtime.decider import Record

IDLE_S: Final = 0.4
"""Between two rounds that brought nothing: what an operator waits at most to see a new error, and little work."""
BACK_OFF_S: Final = 1.0
_log: Any = structlog.get_logger()
_FORESEEN: Final = (KafkaError, SQLAlchemyError, OSError, TimeoutError)


class Work:
    """The loops of one desk. `ready` is set when everything that lay there at the start is taken in."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._connection = desk.settings.connection
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Until cancelled, or the desk ends (a client may swallow a cancellation). Outages are retried, and shown."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._for_ever("reading", self._read))
            group.create_task(self._for_ever("sending", self._send))
            group.create_task(self._for_ever("replaying", self._replay))

    async def _for_ever(self, part: str, work: Callable[[], Any]) -> None:
        while not self._desk.ending:
            try:
                await work()
            except _FORESEEN as error:
                self._desk.troubles[part] = f"{type(error).__name__}: {error}"
                _log.warning("desk is held up", part=part, error=repr(error))
                await asyncio.sleep(BACK_OFF_S)

    async def _read(self) -> None:
        desk, settings = self._desk, self._desk.settings
        for record in await everything(self._connection, [TopicPartition(REFERENCE_SHARED, 0)]):
            desk.places.take(record.value)
        async with tail(self._connection) as errors, tail(self._connection) as news:
            at = await self._positions(errors, news)
            while not desk.ending:
                news_ends = await news.ends(news_parts(settings))
                error_ends = await errors.ends(error_parts(settings))
                brought = await self._drain(errors, at, error_ends) + await self._drain(news, at, news_ends)
                desk.troubles.pop("reading", None)
                self.ready.set()
                if not brought:
                    await asyncio.sleep(IDLE_S)

    async def _positions(self, errors: Tail, news: Tail) -> Ends:
        """Where to read on. A desk that is new starts reference data at its end: mends come after it."""
        desk = self._desk
        known = await asyncio.to_thread(_stored, desk)
        begins = {
            **await errors.begins(error_parts(desk.settings)),
            **await news.begins(news_parts(desk.settings)),
            **await news.ends([p for p in news_parts(desk.settings) if p.topic.startswith("reference.")]),
        }
        return {part: known.get((part.topic, part.partition), begin) for part, begin in begins.items()}

    async def _drain(self, source: Tail, at: Ends, ends: Ends) -> int:
        """Take in what lies between the positions and the ends; moves `at`."""
        brought = 0
        async for batch in source.between({part: at[part] for part in ends}, ends):
            await asyncio.to_thread(take_in, self._desk, batch)
            for record in batch:
                at[TopicPartition(record.topic, record.partition)] = record.offset + 1
            brought += len(batch)
        return brought

    async def _send(self) -> None:
        post = Post(self._connection, self._desk.settings.partitions)
        try:
            while not self._desk.ending:
                if not await self._send_some(post):
                    await asyncio.sleep(IDLE_S / 2)
        finally:
            await post.stop()

    async def _send_some(self, post: Post) -> int:
        found = await asyncio.to_thread(_queued, self._desk)
        if found.messages:
            await post.send(found.messages)
            await asyncio.to_thread(_acknowledge, self._desk, found.ids)
        self._desk.troubles.pop("sending", None)
        return len(found.messages)

    async def _replay(self) -> None:
        async with tail(self._connection) as looker:
            while not self._desk.ending:
                if await asyncio.to_thread(_any_batch, self._desk):
                    await asyncio.to_thread(step_batches, self._desk)
                if await asyncio.to_thread(_anything_running, self._desk):
                    ends = await looker.ends(reference_parts(self._desk.settings))
                    await asyncio.to_thread(step, self._desk, ends)
                self._desk.troubles.pop("replaying", None)
                await asyncio.sleep(IDLE_S / 2)


def _stored(desk: Desk) -> dict[tuple[str, int], int]:
    with desk.store.read() as connection:
        return intake.positions(connection)


def take_in(desk: Desk, batch: Sequence[Record]) -> intake.Taken:
    """One batch, its positions and what it heals, in one transaction."""
    for record in batch:
        if record.topic == REFERENCE_SHARED:
            desk.places.take(record.value)
    now_ms = desk.clock()
    with desk.store.write() as connection:
        taken = intake.take_in(connection, batch, now_ms, desk.settings.replays_max)
        if any(record.topic.startswith("reference.") for record in batch):
            mends.mark_ready(connection, desk.places, now_ms)
        return taken


def _queued(desk: Desk) -> outbox.Waiting:
    with desk.store.read() as connection:
        return outbox.waiting(connection)


def _acknowledge(desk: Desk, ids: Sequence[int]) -> None:
    with desk.store.write() as connection:
        outbox.sent(connection, ids)


def _anything_running(desk: Desk) -> bool:
    with desk.store.read() as connection:
        return runner.anything_to_do(connection)


def _any_batch(desk: Desk) -> bool:
    with desk.store.read() as connection:
        return bulk.anything_to_do(connection)


def step_batches(desk: Desk) -> int:
    """One step of the running batches."""
    with desk.store.write() as connection:
        return bulk.step(connection, desk.clock())


def step(desk: Desk, ends: Ends) -> int:
    """One step of the running plans, with the reference data that exists now."""
    settings = desk.settings
    known = {(part.topic, part.partition): end for part, end in ends.items()}

    def after(topic: str, key: bytes) -> str:
        return after_of(topic, partition_of(key, settings.partitions), known, settings.inboxes)

    with desk.store.write() as connection:
        return runner.step(connection, desk.clock(), round(settings.wait_s * 1000), after)
