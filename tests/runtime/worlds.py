"""The two worlds behind one port, for the conformance suite: the simulated log, and a real Kafka."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.runtime.plans import PARTITIONS, Names
from yidi.contract.codec import ERROR_REPORT
from yidi.contract.records import ErrorReport
from yidi.runtime.admin import ensure_topics
from yidi.runtime.batch import no_step
from yidi.runtime.clock import wall_clock_ms
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Decider, Headers, Record
from yidi.runtime.health import Health
from yidi.runtime.kafka import ServiceLoop
from yidi.runtime.metrics import Metrics
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.simulated import Simulation
from yidi.runtime.stores import open_store

SETTLE_S_MAX = 120.0


class World(Protocol):
    """A running service in some world."""

    names: Names

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = (), partition: int | None = None
    ) -> int:
        """Append a record; returns its offset where that is known at once, else -1."""
        ...

    async def settle(self) -> None:
        """Return when everything that can be done without time passing is done."""
        ...

    def advance(self, ms: int) -> None:
        """Let time pass."""
        ...

    def now_ms(self) -> int: ...

    async def records(self, topic: str) -> list[Record]: ...

    def row(self, partition: int, table: str, key: str) -> bytes | None:
        """A committed row of the service's state."""
        ...


async def reports(world: World) -> list[ErrorReport]:
    """The error reports about this world's topics; the error topic is shared between tests."""
    found = [ERROR_REPORT.decode(record.value or b"") for record in await world.records(world.names.errors)]
    own = {topic.name for topic in world.names.plan} - {world.names.errors}
    return [report for report in found if report["source_topic"] in own | {""}]


class SimulatedWorld:
    """Faults included: a promise has to hold under every one of them."""

    def __init__(self, decider: Decider, names: Names, seed: int) -> None:
        self.names = names
        self._simulation = Simulation(seed, [decider], names.plan, horizon_ms=0)
        self._service = decider.service

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = (), partition: int | None = None
    ) -> int:
        self._simulation.send(topic, key, value, headers, partition)
        return -1

    async def settle(self) -> None:
        self._simulation.run()

    def advance(self, ms: int) -> None:
        self._simulation.advance(ms)

    def now_ms(self) -> int:
        return self._simulation.log.now_ms

    async def records(self, topic: str) -> list[Record]:
        return self._simulation.records(topic)

    def row(self, partition: int, table: str, key: str) -> bytes | None:
        with self._simulation.groups[self._service].store.transaction() as transaction:
            return transaction.get(partition, table, key)


class KafkaWorld:
    """The service in this process, on a real broker; its clock can be moved on."""

    def __init__(self, decider: Decider, names: Names, bootstrap: str, store: str) -> None:
        self.names = names
        self._moved_ms = 0
        self._connection = Connection(bootstrap=bootstrap)
        settings = RuntimeSettings(connection=self._connection, store=store, group=names.asks, plan=names.plan)
        self._opened = open_store(store, decider.service)
        self._store = self._opened.__enter__()
        self._ready = asyncio.Event()
        self._stop = asyncio.Event()
        self._loop = ServiceLoop(
            decider,
            settings,
            self._store,
            clock=self.now_ms,
            step=no_step,
            metrics=Metrics(),
            health=Health(settings.stall_ms_max),
        )

    @asynccontextmanager
    async def running(self) -> AsyncIterator["KafkaWorld"]:
        await ensure_topics(self._connection, self.names.plan)
        self._producer = AIOKafkaProducer(bootstrap_servers=self._connection.bootstrap, max_request_size=1 << 24)
        await self._producer.start()
        service = asyncio.create_task(self._loop.run(self._stop, self._ready.set))
        try:
            async with asyncio.timeout(SETTLE_S_MAX):
                await self._ready.wait()
            yield self
        finally:
            self._stop.set()
            await service
            await self._producer.stop()
            self._opened.__exit__(None, None, None)

    async def send(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = (), partition: int | None = None
    ) -> int:
        sent = await self._producer.send_and_wait(topic, value, key, partition=partition, headers=list(headers))
        return int(sent.offset)

    async def settle(self) -> None:
        async with asyncio.timeout(SETTLE_S_MAX):
            while not await self._settled():  # noqa: ASYNC110 — nothing tells when a log is quiet
                await asyncio.sleep(0.02)

    def advance(self, ms: int) -> None:
        self._moved_ms += ms

    def now_ms(self) -> int:
        return wall_clock_ms() + self._moved_ms

    async def records(self, topic: str) -> list[Record]:
        return await read_all(self._connection.bootstrap, topic)

    def row(self, partition: int, table: str, key: str) -> bytes | None:
        with self._store.transaction() as transaction:
            return transaction.get(partition, table, key)

    async def _settled(self) -> bool:
        ownership = self._loop._ownership
        if len(ownership) != PARTITIONS:
            return False  # they are on the move
        ends = await self._loop._probe.ends(ownership.positions())
        waiting = {(topic, task.partition) for task in ownership.tasks for topic in task.waiting}
        behind = [place for place, at in ownership.positions().items() if at < ends[place] and place not in waiting]
        now_ms = self.now_ms()
        busy = [task for task in ownership.tasks if task.chunks or task.tick or task.due(now_ms)]
        return not behind and not busy and not any(task.may_decide(now_ms) for task in ownership.tasks)


async def read_all(bootstrap: str, topic: str, partitions: Iterable[int] = range(PARTITIONS)) -> list[Record]:
    """Everything in a topic, by timestamp."""
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    await consumer.start()
    try:
        places = [TopicPartition(topic, partition) for partition in partitions]
        consumer.assign(places)
        ends = await consumer.end_offsets(places)
        found: list[Record] = []
        while any([await consumer.position(place) < ends[place] for place in places]):
            for many in (await consumer.getmany(timeout_ms=500)).values():
                found += [Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers) for r in many]
        return sorted(found, key=lambda record: (record.timestamp_ms, record.partition, record.offset))
    finally:
        await consumer.stop()
