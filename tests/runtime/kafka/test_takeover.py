"""Partitions that move: a frozen owner, a rebalance inside a batch, two instances over one store."""

import asyncio
import signal

import pytest

from tests.runtime.kafka.stage import Stage, child, line_of, until
from yidi.runtime.metrics import Metrics
from yidi.runtime.service import run_on
from yidi.runtime.sqlite import SqliteStore

pytestmark = pytest.mark.kafka


class Neighbour:
    """A second instance in this process, over the same store file."""

    def __init__(self, stage: Stage, instance: str) -> None:
        self.metrics = Metrics()
        self._stop, self._ready = asyncio.Event(), asyncio.Event()
        self._store = SqliteStore(stage.store)
        settings = stage.settings(instance)
        self._task = asyncio.create_task(
            run_on(self._store, stage.relay(), settings, self._stop, self._ready.set, metrics=self.metrics)
        )

    @property
    def partitions(self) -> int:
        return int(self.metrics.partitions._value.get())

    async def stop(self) -> None:
        self._stop.set()
        await self._task
        self._store.close()


STEPS = ("polled:2", "committed:1", "sending:1", "sent:1", "batch acknowledged:2", "acknowledged:1")
"""Outside of transactions: an embedded store's lock would keep the neighbour out, as it does in earnest."""


@pytest.mark.parametrize("step", STEPS)
async def test_frozen_owner_is_fenced(stage: Stage, step: str) -> None:
    """An instance frozen at a step while its partitions move changes nothing when it wakes up: the fence holds."""
    await stage.send(300)
    async with child(stage, f"SIGSTOP:{step}", instance="frozen") as process:
        await line_of(process, "SIGSTOP at")
        neighbour = Neighbour(stage, "awake")
        try:
            await stage.send(60)
            await stage.until_all_answered()
            process.send_signal(signal.SIGCONT)
            await stage.send(120)
            await stage.until_all_answered()
        finally:
            await neighbour.stop()
    await stage.check_exactly_once()


async def test_rebalance_inside_a_batch(stage: Stage) -> None:
    """An instance that joins under load takes partitions over in the middle of batches; nothing happens twice."""
    await stage.send(2_000)
    first = Neighbour(stage, "first")
    await until(lambda: first.metrics.records._value.get() > 0)
    second = Neighbour(stage, "second")
    await stage.send(2_000)
    await until(lambda: first.partitions and second.partitions)
    await stage.send(1_000)
    await stage.until_all_answered()
    await asyncio.gather(first.stop(), second.stop())
    await stage.check_exactly_once()
