"""Both worlds behind one port: the chain over the simulated log, and the chain on a real Kafka, in this process."""

import asyncio
import random
from collections import defaultdict
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Protocol

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.simulation.troupe import ground, troupe
from yidi.audit import AuditReport, audit_records
from yidi.chain.chronicle import Chronicle
from yidi.chain.readings import group_of
from yidi.chain.simulation import FAULTS, PARTITIONS, SimulatedChain, seats
from yidi.contract import topics
from yidi.runtime.admin import ensure_topics
from yidi.runtime.clock import wall_clock_ms
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Decider, Record
from yidi.runtime.health import Health
from yidi.runtime.kafka import ServiceLoop
from yidi.runtime.metrics import Metrics
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.simulated import START_MS
from yidi.runtime.sqlite import SqliteStore
from yidi.world.fault_case import Sent

WAIT_S_MAX = 120.0
CRASH = 0.01
"""Of the steps that the runtime names; where a chunk is on its way, its acknowledgement is lost instead."""
REQUEST_BYTES_MAX = 1 << 24


class Crashed(Exception):
    """A service dies here, and is started again."""


class World(Protocol):
    """A chain that knows its reference data; faults happen until it is told to be quiet."""

    async def send(self, sent: Sent) -> None:
        """One record from outside, maybe twice. An exception says that the log does not take it."""
        ...

    async def quiet(self) -> None:
        """Return when everything that came is final."""
        ...

    async def restart(self) -> None:
        """Stop every service, forget everything in memory, and start again from what is stored."""
        ...

    @property
    def crashes(self) -> int:
        """How often a service died so far."""
        ...

    async def chronicle(self) -> Chronicle: ...

    async def audit(self) -> AuditReport: ...


class SimulatedWorld:
    """Everything is queued, and happens in `quiet`."""

    def __init__(self, seed: int) -> None:
        self._chain = SimulatedChain(seed, ground(), faults=FAULTS)

    async def send(self, sent: Sent) -> None:
        self._chain.send(sent.topic, sent.key, sent.value, sent.headers, sent.partition)

    async def quiet(self) -> None:
        self._chain.run()

    async def restart(self) -> None:
        raise NotImplementedError("its stores are in memory")

    @property
    def crashes(self) -> int:
        """Every take-over follows one, or a rebalance."""
        state = self._chain.world.state
        return sum(state("platform", partition).epoch for partition in range(PARTITIONS))

    async def chronicle(self) -> Chronicle:
        return self._chain.chronicle()

    async def audit(self) -> AuditReport:
        return self._chain.audit()


class KafkaWorld:
    """Four service loops with a store file each; inputs come twice, services crash. Time begins where the simulated."""

    def __init__(self, seed: int, bootstrap: str, folder: Path) -> None:
        self._dice = random.Random(f"kafka/{seed}")
        self._began_ms = wall_clock_ms()
        self._connection = Connection(bootstrap=bootstrap)
        self._plan = tuple(topics.plan(partitions=PARTITIONS))
        self._folder = folder
        self._loops: dict[str, ServiceLoop | None] = {}
        self._stop = asyncio.Event()
        self._services: list[asyncio.Task[None]] = []
        self._healed = True
        self._crashes = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator["KafkaWorld"]:
        """Topics, services, reference data."""
        await ensure_topics(self._connection, self._plan)
        async with AsyncExitStack() as stack:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self._connection.bootstrap, max_request_size=REQUEST_BYTES_MAX
            )
            await self._producer.start()
            stack.push_async_callback(self._producer.stop)
            self._start()
            stack.push_async_callback(self._stopped)
            for seedling in troupe().seedlings():
                await self._append(Sent(topics.REGISTRY_REQUESTS, seedling.key, seedling.value))
            await self.quiet()
            yield self

    async def send(self, sent: Sent) -> None:
        self._healed = False
        for _ in range(2 if self._dice.random() < FAULTS.duplicate_input else 1):
            await self._append(sent)

    async def quiet(self) -> None:
        async with asyncio.timeout(WAIT_S_MAX):
            while not self._healed and not self._crashes:  # noqa: ASYNC110 — a step has no event for it
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            self._healed = True
            before = None
            while before is None or before != await self._rest():
                before = await self._rest()
                await asyncio.sleep(0.3)

    @property
    def crashes(self) -> int:
        return self._crashes

    async def restart(self) -> None:
        await self._stopped()
        self._start()

    async def chronicle(self) -> Chronicle:
        return Chronicle(await self._logs())

    async def audit(self) -> AuditReport:
        return audit_records(await self._logs(), PARTITIONS)

    # Inside -----------------------------------------------------------------------------------------------------

    async def _append(self, sent: Sent) -> None:
        await self._producer.send_and_wait(
            sent.topic, sent.value, sent.key, partition=sent.partition, headers=list(sent.headers)
        )

    def _now_ms(self) -> int:
        return START_MS + wall_clock_ms() - self._began_ms

    def _start(self) -> None:
        self._stop = asyncio.Event()
        self._services = [asyncio.create_task(self._serve(decider)) for decider in seats()]

    async def _stopped(self) -> None:
        self._healed = True
        self._stop.set()
        await asyncio.gather(*self._services)

    async def _serve(self, decider: Decider) -> None:
        """The service, again after every crash."""
        store_file = self._folder / f"{decider.service}.db"
        settings = RuntimeSettings(
            connection=self._connection, store=str(store_file), group=group_of(decider.service), plan=self._plan
        )
        while not self._stop.is_set():
            store = SqliteStore(store_file)
            health, metrics = Health(settings.stall_ms_max), Metrics()
            loop = ServiceLoop(
                decider, settings, store, clock=self._now_ms, step=self._step, metrics=metrics, health=health
            )
            self._loops[decider.service] = loop
            with suppress(Crashed):
                await loop.run(self._stop, lambda: None)
            self._loops[decider.service] = None
            store.close()

    def _step(self, _name: str) -> None:
        # The first step crashes for certain, the others by chance: how many there are is the machine's doing.
        if not self._healed and (not self._crashes or self._dice.random() < CRASH):
            self._crashes += 1
            raise Crashed

    async def _rest(self) -> dict[object, int] | None:
        """Where every topic ends, when all is read, decided and published; None when not."""
        ends: dict[object, int] = {}
        for loop in self._loops.values():
            found = None if loop is None else await self._rest_of(loop)
            if found is None:
                return None
            ends.update(found)
        return ends

    async def _rest_of(self, loop: ServiceLoop) -> dict[object, int] | None:
        ownership, now_ms = loop._ownership, self._now_ms()
        positions = ownership.positions()
        if len(ownership) != PARTITIONS or not ownership.ready:
            return None
        ends = await loop._probe.ends(positions)
        busy = any(task.chunks or task.tick or task.due(now_ms) or task.may_decide(now_ms) for task in ownership.tasks)
        return None if busy or any(ends[place] > at for place, at in positions.items()) else dict(ends)

    async def _logs(self) -> dict[str, list[Record]]:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._connection.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False
        )
        await consumer.start()
        try:
            return await _everything(consumer, [topic.name for topic in self._plan])
        finally:
            await consumer.stop()


async def _everything(consumer: AIOKafkaConsumer, names: Iterable[str]) -> dict[str, list[Record]]:
    places = [TopicPartition(name, partition) for name in names for partition in range(PARTITIONS)]
    consumer.assign(places)
    ends = await consumer.end_offsets(places)
    found: dict[str, list[Record]] = defaultdict(list)
    while any([await consumer.position(place) < ends[place] for place in places]):
        for many in (await consumer.getmany(timeout_ms=500)).values():
            for r in many:
                found[r.topic].append(Record(r.topic, r.partition, r.offset, r.timestamp, r.key, r.value, r.headers))
    return {name: sorted(found[name], key=lambda record: (record.partition, record.offset)) for name in names}
