"""A stage for tests on a real broker: topics of their own, inputs, a relay in this process or in a child."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Self, TypeVar

from aiokafka import AIOKafkaProducer

from tests.runtime.plans import PARTITIONS, Names, key_in, names
from tests.runtime.relay import COUNT, Relay
from tests.runtime.worlds import read_all
from yidi.runtime.admin import ensure_topics
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Record
from yidi.runtime.service import run_service
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import Store
from yidi.runtime.stores import open_store

T = TypeVar("T")
WAIT_S_MAX = 120.0
SEND_AGAIN_S = 1.5
SESSION_TIMEOUT_MS = 2_000
PATIENT_MS = 120_000
"""The session of somebody who only asks."""


class Stage:
    """One relay from `asks` to `answers`, its store, and what became of the inputs."""

    def __init__(self, bootstrap: str, folder: Path, store: str | None = None) -> None:
        self.names: Names = names()
        self.connection = Connection(bootstrap=bootstrap)
        self.store = store or str(folder / "store.db")
        self.stall_ms_max = 20_000
        self.session_timeout_ms = SESSION_TIMEOUT_MS
        self._sent = 0

    async def __aenter__(self) -> Self:
        await ensure_topics(self.connection, self.names.plan)
        return self

    async def __aexit__(self, *_: object) -> None: ...

    def settings(self, instance: str = "1") -> RuntimeSettings:
        return RuntimeSettings(
            connection=self.connection,
            store=self.store,
            group=self.names.asks,
            instance=instance,
            plan=self.names.plan,
            session_timeout_ms=self.session_timeout_ms,
            stall_ms_max=self.stall_ms_max,
        )

    def relay(self) -> Relay:
        return Relay("hospital", {self.names.asks: self.names.answers})

    async def send(self, count: int, topic: str | None = None) -> None:
        """Send so many numbered inputs, spread over the partitions."""
        producer = AIOKafkaProducer(bootstrap_servers=self.connection.bootstrap, enable_idempotence=True)
        await producer.start()
        numbers = range(self._sent, self._sent + count)
        sent = [
            await producer.send(topic or self.names.asks, b"%d" % number, key_in(number % PARTITIONS))
            for number in numbers
        ]
        await asyncio.gather(*sent)
        await producer.stop()
        self._sent += count

    async def send_until(self, ended: Coroutine[Any, Any, T]) -> T:
        """Send on until it ends: a step that is taken once a batch needs another batch to be taken again."""
        waiting = asyncio.create_task(ended)
        while not (await asyncio.wait({waiting}, timeout=SEND_AGAIN_S))[0]:
            await self.send(30)
        return await waiting

    async def answers(self) -> list[Record]:
        return await read_all(self.connection.bootstrap, self.names.answers)

    def effects(self) -> int:
        """How often the relay counted an effect, over all partitions, as committed."""
        patient = self.settings().model_copy(update={"session_timeout_ms": PATIENT_MS})
        with unlocked(patient) as store, store.transaction() as transaction:
            return sum(int(transaction.get(p, COUNT, "total") or b"0") for p in range(PARTITIONS))

    async def until_all_answered(self) -> None:
        """Wait until every input has its answer in the log."""
        await until(self._all_answered)

    async def check_exactly_once(self) -> None:
        """Every input had its effect once, and first answers lie in the order of the inputs."""
        expected = [b"%d" % number for number in range(self._sent)]
        answers = await self.answers()
        assert {record.value for record in answers} == set(expected)
        assert self.effects() == self._sent
        for partition in range(PARTITIONS):
            mine = sorted((record for record in answers if record.partition == partition), key=lambda one: one.offset)
            first = list(dict.fromkeys(record.value for record in mine))
            assert first == expected[partition::PARTITIONS]

    async def _all_answered(self) -> bool:
        return len({record.value for record in await self.answers()}) == self._sent


@contextmanager
def unlocked(settings: RuntimeSettings) -> Iterator[Store]:
    """The relay's store, without the lock that keeps a second instance away from a file: the fence holds anyway."""
    if settings.shared:
        with open_store(settings.store, "hospital", settings.session_timeout_ms) as store:
            yield store
        return
    file = SqliteStore(Path(settings.store))
    try:
        yield file
    finally:
        file.close()


async def until(condition: Callable[[], Any]) -> None:
    """Wait until it is true; the condition may be a coroutine function."""
    async with asyncio.timeout(WAIT_S_MAX):
        while True:
            result = condition()
            if await result if asyncio.iscoroutine(result) else result:
                return
            await asyncio.sleep(0.05)


@asynccontextmanager
async def serving(stage: Stage, instance: str = "1", **options: Any) -> AsyncIterator["asyncio.Task[None]"]:
    """The relay in this process, ready; stopped at the end of the block. What it raises is raised."""
    stop, ready = asyncio.Event(), asyncio.Event()
    task = asyncio.create_task(run_service(stage.relay(), stage.settings(instance), stop, ready.set, **options))
    await asyncio.wait(
        {task, asyncio.create_task(ready.wait())}, return_when=asyncio.FIRST_COMPLETED, timeout=WAIT_S_MAX
    )
    if task.done():
        task.result()
    try:
        assert task.done() or ready.is_set(), f"not ready within {WAIT_S_MAX:g} s"
        yield task
    finally:
        stop.set()
        await task


@asynccontextmanager
async def child(stage: Stage, failpoint: str = "", *, instance: str = "1") -> AsyncIterator[asyncio.subprocess.Process]:
    """The relay in a process of its own, without the lock; at a failpoint, SIGNAL:STEP:NTH, it signals itself."""
    command = [sys.executable, "-m", "tests.runtime.kafka.relay_child", stage.settings(instance).model_dump_json()]
    process = await asyncio.create_subprocess_exec(
        *command,
        stage.names.asks,
        stage.names.answers,
        failpoint,
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGCONT)
            process.kill()
        await process.wait()


async def line_of(process: asyncio.subprocess.Process, words: str) -> None:
    """Wait until the child prints a line."""
    assert process.stdout is not None
    async with asyncio.timeout(WAIT_S_MAX):
        while words not in (line := (await process.stdout.readline()).decode()):
            assert line, f"the child ended without saying {words!r}"


def values(records: Iterable[Record]) -> list[bytes | None]:
    return [record.value for record in records]
