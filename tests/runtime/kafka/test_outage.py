"""A broker that fails: sends without an answer, restarts, a start before the broker is there."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from aiokafka.errors import KafkaConnectionError

from tests.runtime.kafka.stage import Stage, serving, until
from yidi.broker import EmbeddedBroker
from yidi.runtime.health import Health
from yidi.runtime.intake import Intake
from yidi.runtime.metrics import Metrics
from yidi.runtime.publisher import Publisher
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import CommitUnknown, StoreError

pytestmark = pytest.mark.kafka

DEATHS = 2
NEVER_MS = 600_000
"""A standstill that no test waits for."""


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[EmbeddedBroker]:
    """A broker of its own, to be killed."""
    async with EmbeddedBroker(tmp_path / "kafka") as started:
        yield started


class LossyProducer:
    """A real producer whose answers get lost every third time: the batch arrived, and the service does not know."""

    def __init__(self, real: Any, counter: list[int]) -> None:
        self._real, self._counter = real, counter

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def send_batch(self, batch: Any, topic: str, *, partition: int) -> Any:
        acknowledgement = await self._real.send_batch(batch, topic, partition=partition)
        self._counter[0] += 1
        if self._counter[0] % 3:
            return acknowledgement
        await acknowledgement
        raise KafkaConnectionError("the answer got lost")


async def test_failed_send_keeps_order_and_loses_nothing(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a failed send the producer is closed and the batch sent again: repeated, in order, nothing missing."""
    counter, start = [0], Publisher._started

    async def started(publisher: Publisher) -> Any:
        return LossyProducer(await start(publisher), counter)

    monkeypatch.setattr(Publisher, "_started", started)
    metrics = Metrics()
    async with serving(stage, metrics=metrics):
        for _ in range(10):
            await stage.send(60)
            await stage.until_all_answered()
    await stage.check_exactly_once()
    assert metrics.retries._value.get() > 0
    assert len(await stage.answers()) > 600


@pytest.mark.parametrize("error", [KafkaConnectionError("gone"), AssertionError("the client's own"), OSError("gone")])
async def test_failing_consumer_is_made_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    """Whatever the client raises while it reads: a new consumer goes on from the store's position."""
    poll, left = Intake.poll, [3]

    async def failing(intake: Intake, places: Any, wait_ms: int) -> Any:
        left[0] -= 1
        if left[0] == 0:
            await poll(intake, places, wait_ms)  # what was read is lost with the consumer
            raise error
        return await poll(intake, places, wait_ms)

    monkeypatch.setattr(Intake, "poll", failing)
    metrics = Metrics()
    stage.stall_ms_max = NEVER_MS
    async with serving(stage, metrics=metrics):
        for _ in range(4):
            await stage.send(60)
            await stage.until_all_answered()
    await stage.check_exactly_once()
    assert metrics.rebuilds._value.get() == 1


async def test_consumer_that_stands_still_is_made_anew(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A consumer that reads nothing though there is something is replaced after the named time."""
    poll, frozen = Intake.poll, [True]

    async def silent(intake: Intake, places: Any, wait_ms: int) -> Any:
        if frozen[0]:
            await asyncio.sleep(wait_ms / 1000)
            return {}
        return await poll(intake, places, wait_ms)

    monkeypatch.setattr(Intake, "poll", silent)
    metrics, health = Metrics(), Health(stall_ms_max=2_000)
    stage.stall_ms_max = 2_000
    async with serving(stage, metrics=metrics, health=health):
        await stage.send(30)
        await until(metrics.rebuilds._value.get)
        frozen[0] = False
        await stage.until_all_answered()
    await stage.check_exactly_once()


class FailingCommits:
    """Every third transaction that decides something fails: its answer gets lost, or nothing is committed."""

    def __init__(self) -> None:
        self.decided = 0
        self._commit = SqliteStore._commit

    def step(self, name: str) -> None:
        self.decided += name == "decided"

    def commit(self, store: SqliteStore) -> None:
        turn = self.decided
        if turn % 6 == 2:
            self.decided += 1
            self._commit(store)
            raise CommitUnknown("the answer got lost")
        if turn % 6 == 5:
            self.decided += 1
            store._rollback()
            raise StoreError("disk full")
        self._commit(store)


async def test_failing_store_is_waited_for(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store that fails now and then costs time: what is committed decides, and nothing happens twice."""
    failing, metrics = FailingCommits(), Metrics()

    def commit(store: SqliteStore) -> None:
        failing.commit(store)

    monkeypatch.setattr(SqliteStore, "_commit", commit)
    async with serving(stage, metrics=metrics, step=failing.step):
        for _ in range(6):
            await stage.send(60)
            await stage.until_all_answered()
    await stage.check_exactly_once()
    assert metrics.rollbacks.labels("CommitUnknown")._value.get() > 0
    assert metrics.rollbacks.labels("StoreError")._value.get() > 0


async def test_broker_restart_is_waited_for(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """A broker that dies and comes back is waited for: health shows it, nothing is lost, nothing happens twice."""
    health = Health(stall_ms_max=20_000)
    async with Stage(broker.bootstrap, tmp_path) as stage:
        await stage.send(300)
        async with serving(stage, health=health):
            await stage.until_all_answered()
            broker.kill()
            await until(lambda: "broker" in health.troubles)
            assert not health.healthy
            await broker.arestart()
            await stage.send(300)
            await stage.until_all_answered()
            await until(lambda: health.healthy)
        await stage.check_exactly_once()


class Deaths:
    """Kills the broker at every third batch that is on its way, so many times."""

    def __init__(self, broker: EmbeddedBroker, times: int) -> None:
        self._broker, self._left = broker, times
        self._turn = 0

    def step(self, name: str) -> None:
        self._turn += name == "sent"
        if name == "sent" and self._turn % 3 == 0 and self._left:
            self._left -= 1
            self._broker.kill()


async def test_broker_dies_under_load(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Killed again and again while chunks are in flight, the broker costs time and nothing else."""
    async with Stage(broker.bootstrap, tmp_path) as stage:
        await stage.send(6_000)
        async with serving(stage, step=Deaths(broker, DEATHS).step):
            for _ in range(DEATHS):
                await until(lambda: not broker.running)
                await broker.arestart()
            await stage.send(300)
            await stage.until_all_answered()
        await stage.check_exactly_once()


async def test_start_waits_for_the_broker(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """A service started before its broker waits for it, and never crash-loops."""
    async with Stage(broker.bootstrap, tmp_path) as stage:
        await stage.send(30)
        broker.kill()
        health = Health(stall_ms_max=20_000)
        starting = asyncio.create_task(_serve_until_answered(stage, health))
        await until(lambda: "broker" in health.troubles)
        assert not starting.done()
        await broker.arestart()
        await starting
        await stage.check_exactly_once()


async def _serve_until_answered(stage: Stage, health: Health) -> None:
    async with serving(stage, health=health):
        await stage.until_all_answered()
