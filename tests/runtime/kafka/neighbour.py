"""A second instance of the stage's relay in this process, over the same store."""

import asyncio
from contextlib import ExitStack

from tests.runtime.kafka.stage import Stage, unlocked
from yidi.runtime.health import Health
from yidi.runtime.metrics import Metrics
from yidi.runtime.service import run_on


class Neighbour:
    """Runs from its making until `stop`."""

    def __init__(self, stage: Stage, instance: str) -> None:
        settings = stage.settings(instance)
        self.metrics, self.health = Metrics(), Health(settings.stall_ms_max)
        self._stop, self._ready = asyncio.Event(), asyncio.Event()
        self._opened = ExitStack()
        self.store = self._opened.enter_context(unlocked(settings))
        running = run_on(
            self.store, stage.relay(), settings, self._stop, self._ready.set, metrics=self.metrics, health=self.health
        )
        self._task = asyncio.create_task(running)

    @property
    def partitions(self) -> int:
        return self.health.partitions

    @property
    def decided(self) -> float:
        """Records decided so far."""
        return float(self.metrics.records._value.get())

    async def stop(self) -> None:
        self._stop.set()
        await self._task
        self._opened.close()
