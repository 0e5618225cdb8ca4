"""A database that fails under a service: it is waited for, health shows it, and nothing happens twice."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests import postgresql
from tests.postgresql import Server
from tests.runtime.kafka.stage import Stage, serving, until
from tests.runtime.lossy import LossyProxy
from yidi.runtime.health import Health
from yidi.runtime.metrics import Metrics
from yidi.runtime.store import StoreRefused

pytestmark = pytest.mark.kafka

CRASHES = 3
NEVER_MS = 600_000
"""A standstill that no test waits for."""


@pytest.fixture
def database() -> Iterator[Server]:
    """A server of its own, to be stopped."""
    yield from postgresql.required()


@pytest.fixture
async def stage(kafka_bootstrap: str, tmp_path: Path, database: Server) -> AsyncIterator[Stage]:
    async with Stage(kafka_bootstrap, tmp_path, database.fresh_database()) as prepared:
        yield prepared


async def test_a_database_that_crashes_is_waited_for(stage: Stage, database: Server) -> None:
    """Stopped as by a crash and started again, it costs time; health says so meanwhile, and what is missing."""
    health = Health(stall_ms_max=20_000)
    async with serving(stage, health=health):
        await stage.send(300)
        await stage.until_all_answered()
        database.stop("immediate")
        await stage.send(300)
        await until(lambda: "refused" in health.troubles.get("store", ""))
        assert not health.healthy
        await asyncio.to_thread(database.start)
        await stage.until_all_answered()
        await until(lambda: health.healthy)
    await stage.check_exactly_once()


async def test_a_dump_is_a_back_up(stage: Stage, database: Server) -> None:
    """Dumped while the service is stopped, lost and restored: it goes on where it was, and decides nothing twice."""
    async with serving(stage):
        await stage.send(300)
        await stage.until_all_answered()
    dump = await asyncio.to_thread(database.dump, stage.store)
    await asyncio.to_thread(database.restore, stage.store, dump)
    await stage.send(300)
    async with serving(stage):
        await stage.until_all_answered()
    await stage.check_exactly_once()


class Crashes:
    """Crashes the database inside every second transaction, so many times."""

    def __init__(self, database: Server, times: int) -> None:
        self._database, self._left = database, times
        self._turn = 0
        self.fallen = asyncio.Event()

    def step(self, name: str) -> None:
        self._turn += name == "decided"
        if name == "decided" and self._turn % 2 == 0 and self._left:
            self._left -= 1
            self._database.stop("immediate")
            self.fallen.set()


async def test_a_database_that_crashes_under_load(stage: Stage, database: Server) -> None:
    """Crashed again and again in the middle of transactions: nothing is lost, nothing happens twice."""
    crashes = Crashes(database, CRASHES)
    await stage.send(6_000)
    async with serving(stage, step=crashes.step):
        for _ in range(CRASHES):
            await until(crashes.fallen.is_set)
            crashes.fallen.clear()
            await asyncio.to_thread(database.start)
        await stage.send(300)
        await stage.until_all_answered()
    await stage.check_exactly_once()


async def test_a_frozen_database_makes_no_zombie(stage: Stage, database: Server) -> None:
    """A database that does not answer is given up within the session: the instance stays in the group, and goes on."""
    health, metrics = Health(stall_ms_max=20_000), Metrics()
    stage.stall_ms_max = NEVER_MS
    async with serving(stage, health=health, metrics=metrics):
        await stage.send(60)
        await stage.until_all_answered()
        with database.frozen():
            await stage.send(60)
            await until(lambda: "store" in health.troubles)
        await stage.until_all_answered()
    await stage.check_exactly_once()
    assert metrics.rebuilds._value.get() == 0


@pytest.mark.parametrize("happened", [True, False])
async def test_lost_answers_of_commits(stage: Stage, database: Server, *, happened: bool) -> None:
    """Commits whose answer never came are read again from the database: done or not, never both."""
    metrics = Metrics()
    with LossyProxy(database.port) as proxy:
        direct, stage.store = stage.store, stage.store.replace(f":{database.port}/", f":{proxy.port}/")
        async with serving(stage, metrics=metrics):
            for _ in range(5):
                proxy.break_at(b"COMMIT\0", forward=happened)
                await stage.send(60)
                await stage.until_all_answered()
    stage.store = direct
    await stage.check_exactly_once()
    assert metrics.rollbacks.labels("CommitUnknown")._value.get() >= 1


async def test_a_start_waits_for_the_database(stage: Stage, database: Server) -> None:
    """A service started before its database waits for it, and never crash-loops."""
    await stage.send(30)
    database.stop("immediate")
    health = Health(stall_ms_max=20_000)
    starting = asyncio.create_task(_serve_until_answered(stage, health))
    await until(lambda: "store" in health.troubles)
    assert not starting.done()
    await asyncio.to_thread(database.start)
    await starting
    await stage.check_exactly_once()


async def test_a_start_without_its_database_is_refused(stage: Stage) -> None:
    """A database that is not there at all is nothing to wait for: the words say how to make it."""
    stage.store += "_not_made"
    with pytest.raises(StoreRefused, match="createdb"):
        async with serving(stage):
            pass


async def _serve_until_answered(stage: Stage, health: Health) -> None:
    async with serving(stage, health=health):
        await stage.until_all_answered()
