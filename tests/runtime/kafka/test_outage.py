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
from yidi.runtime.metrics import Metrics
from yidi.runtime.publisher import Publisher

pytestmark = pytest.mark.kafka


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


async def test_broker_restart_is_waited_for(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """A broker that dies and comes back is waited for: health shows it, nothing is lost, nothing happens twice."""
    health = Health(stall_ms_max=20_000)
    async with Stage(broker.bootstrap, tmp_path) as stage:
        await stage.send(300)
        async with serving(stage, health=health):
            await stage.until_all_answered()
            broker.kill()
            await until(lambda: not health.healthy)
            assert "broker" in health.troubles
            await broker.arestart()
            await stage.send(300)
            await stage.until_all_answered()
            await until(lambda: health.healthy)
        await stage.check_exactly_once()


async def test_broker_dies_under_load(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """Killed again and again while chunks are in flight, the broker costs time and nothing else."""
    async with Stage(broker.bootstrap, tmp_path) as stage:
        await stage.send(6_000)
        async with serving(stage):
            for _ in range(2):
                await asyncio.sleep(0.3)
                broker.kill()
                await broker.arestart()
            await stage.send(300)
            await stage.until_all_answered()
        await stage.check_exactly_once()


async def test_start_waits_for_the_broker(broker: EmbeddedBroker, tmp_path: Path) -> None:
    """A service started before its broker waits for it, and never crash-loops."""
    async with Stage(broker.bootstrap, tmp_path) as stage:
        await stage.send(30)
        broker.kill()
        starting = asyncio.create_task(_serve_until_answered(stage))
        await asyncio.sleep(1)
        assert not starting.done()
        await broker.arestart()
        await starting
        await stage.check_exactly_once()


async def _serve_until_answered(stage: Stage) -> None:
    async with serving(stage):
        await stage.until_all_answered()
