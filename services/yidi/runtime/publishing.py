"""The publishing half of the loop: the oldest chunk of every task in flight, the next one waiting meanwhile."""

import asyncio
from contextlib import suppress

from yidi.runtime.batch import Step
from yidi.runtime.message import Chunk
from yidi.runtime.metrics import Metrics
from yidi.runtime.ownership import Ownership
from yidi.runtime.publisher import Publisher
from yidi.runtime.task import Task

InFlight = list[tuple[Task, Chunk]]


class Pipeline:
    """One chunk of each task in flight at a time; acknowledged in the order of the outbox."""

    def __init__(self, publisher: Publisher, ownership: Ownership, metrics: Metrics, step: Step) -> None:
        self._publisher, self._ownership = publisher, ownership
        self._metrics, self._step = metrics, step
        self.publishing: asyncio.Task[None] | None = None
        self._in_flight: InFlight = []

    def start(self) -> None:
        """Send the oldest chunk of every task; the next ones when all of these are acknowledged."""
        if self.publishing is not None:
            return
        self._in_flight = [(task, task.chunks[0]) for task in self._ownership.tasks if task.chunks]
        if self._in_flight:
            self._step("sending")
            self.publishing = asyncio.create_task(self._publish())

    def finish(self) -> None:
        """Acknowledge what was published, if it was."""
        if self.publishing is None or not self.publishing.done():
            return
        self.publishing.result()
        self.publishing = None
        self._step("acknowledged")
        for task, chunk in self._in_flight:
            task.acknowledge(chunk)
        self._in_flight = []

    async def abandon(self) -> None:
        """Stop sending for tasks that are dropped; nothing of it leaves after this returns."""
        publishing, self.publishing, self._in_flight = self.publishing, None, []
        if publishing is not None:
            publishing.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await publishing
            await self._publisher.close()

    async def close(self, wait_s: float) -> None:
        """Give the chunk in flight so long; what is not acknowledged is published again at the next start."""
        if self.publishing is not None:
            await asyncio.wait({self.publishing}, timeout=wait_s)
            with suppress(Exception):
                self.finish()
        await self.abandon()
        await self._publisher.close()

    async def _publish(self) -> None:
        with self._metrics.publish.time():
            await self._publisher.publish([chunk for _, chunk in self._in_flight])
