"""The service loop on real Kafka: read, decide in one transaction, publish, acknowledge; and all that can go wrong.

    ┌─→ partitions moved? take over ─→ take what was read ─→ acknowledge ─→ transact ─→ publish, poll ─┐
    └──────────────── while a chunk is in flight, the next slice is decided ←──────────────────────────┘

One loop drives everything; deciding blocks it for `SLICE_MS_MAX` at most. Background tasks only ask and report.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog

from yidi.runtime.batch import Slices, Step, transact
from yidi.runtime.clock import Clock
from yidi.runtime.decider import Decider
from yidi.runtime.health import Health
from yidi.runtime.limits import SLICE_MS_MAX
from yidi.runtime.metrics import Metrics
from yidi.runtime.ownership import Ownership
from yidi.runtime.probe import Probe
from yidi.runtime.publisher import Publisher
from yidi.runtime.publishing import Pipeline
from yidi.runtime.reading import BACK_OFF_S_MAX, BACK_OFF_S_MIN, Reader
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.store import CommitUnknown, Fenced, Store, StoreError, StoreMismatch
from yidi.runtime.waiting import Waiting
from yidi.runtime.watch import Watch

IDLE_S_MAX: Final = 0.2
"""The loop looks around this often even if nothing happens: timers, readiness, stop."""
STOP_S_MAX: Final = 3.0

_log: Any = structlog.get_logger()


class ServiceLoop:
    """One instance at work."""

    def __init__(
        self,
        decider: Decider,
        settings: RuntimeSettings,
        store: Store,
        *,
        clock: Clock,
        step: Step,
        metrics: Metrics,
        health: Health,
    ) -> None:
        self._settings, self._store, self._clock, self._step = settings, store, clock, step
        self._metrics, self._health = metrics, health
        self._ownership = Ownership(store, decider, settings.plan)
        self._reader = Reader(settings, self._ownership, metrics=metrics, health=health, step=step)
        publisher = Publisher(settings.connection, metrics, health, step)
        self._pipeline = Pipeline(publisher, self._ownership, metrics, step)
        self._probe = Probe(settings.connection, settings.rights)
        self._watch = Watch(self._probe, self._ownership, clock=clock, metrics=metrics, health=health)
        self._turn = 0
        self._store_failures = 0

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        """Work until `stop` is set, or something happens that waiting does not mend."""
        stopping = asyncio.create_task(stop.wait())
        watch = self._watch
        watching = (watch.loop_lag(), watch.log_ends(), watch.report_positions(self._reader.intake), watch.access())
        background = [stopping, *(asyncio.create_task(one) for one in watching)]
        try:
            await self._unless(stopping, self._bind())
            await self._unless(stopping, self._reader.join())
            while not stopping.done():
                await self._once(stopping, ready)
                _raise_failed(background)
        finally:
            for task in background:
                task.cancel()
            await self._close()

    async def _once(self, stopping: asyncio.Task[Any], ready: Callable[[], None]) -> None:
        """One turn."""
        self._reader.intake.check_assignment()
        if self._reader.moved and not await self._take_over():
            return
        why = await self._reader.finish()
        if why is not None:
            await self._unless(stopping, self._reader.rejoin(why))
            return
        self._pipeline.finish()
        worked = await self._decide()
        self._become_ready(ready)
        self._pipeline.start()
        self._reader.start()
        self._watch.start_tick()
        await self._wait(stopping, worked=worked)

    async def _wait(self, stopping: asyncio.Task[Any], *, worked: bool) -> None:
        """Until something happened; after work only for one turn of the event loop, since more may be queued."""
        if worked:
            await asyncio.sleep(0)
            return
        happenings = (self._reader.polling, self._pipeline.publishing, self._watch.ticking, stopping)
        pending = {task for task in happenings if task is not None}
        await asyncio.wait(pending, timeout=IDLE_S_MAX, return_when=asyncio.FIRST_COMPLETED)

    async def _unless(self, stopping: asyncio.Task[Any], work: Coroutine[Any, Any, None]) -> None:
        """Do the work, unless the stop comes first."""
        task = asyncio.create_task(work)
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        else:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    async def _bind(self) -> None:
        """Tie the store to the log; waits for a broker or a database that is not there yet, for topics if it may."""
        settings = self._settings
        waiting = Waiting(self._health.trouble, settings.start_wait_s)
        identity = await waiting.log_identity(
            settings.connection, settings.plan, topics_too=settings.await_topics, rights=settings.rights
        )
        await waiting.bound(self._store, identity)

    async def _take_over(self) -> bool:
        """The group moved partitions: drop what we had, take over what we have now; False if the store failed."""
        await self._reader.drop_poll()
        await self._pipeline.abandon()
        owned, generation = self._reader.intake.owned, self._reader.intake.generation
        try:
            self._ownership.take_over(owned, generation)
        except StoreMismatch:
            raise
        except StoreError as error:
            await self._lose_everything(error)
            return False
        self._step("taken over")
        self._reader.seek()
        self._metrics.partitions.set(len(owned))
        self._health.partitions = len(owned)
        _log.info("partitions taken over", partitions=sorted(owned))
        return True

    async def _lose_everything(self, error: StoreError) -> None:
        """The store does not answer: own nothing, and take over anew as soon as it does."""
        self._ownership.drop_all()
        self._ownership.generation = -1
        await self._back_off(error)

    async def _decide(self) -> bool:
        """One transaction over every task that has something to do; True if there was any."""
        now_ms = self._clock()
        tasks = [task for task in self._ownership.tasks if task.may_decide(now_ms)]
        if not tasks:
            return False
        self._turn += 1
        first = self._turn % len(tasks)
        began = time.perf_counter()
        until = began + SLICE_MS_MAX / 1000
        try:
            slices = transact(
                self._store, tasks[first:] + tasks[:first], now_ms, lambda: time.perf_counter() > until, self._step
            )
        except StoreError as error:
            await self._recover(error)
        else:
            self._count(slices, time.perf_counter() - began)
        return True

    def _count(self, slices: Slices, took_s: float) -> None:
        if self._store_failures:
            self._store_failures = 0
            self._health.trouble("store", None)
        self._metrics.count([slice_ for _, slice_ in slices], took_s)

    async def _recover(self, error: StoreError) -> None:
        """After a failed transaction: what is committed decides, memory does not."""
        self._metrics.rollbacks.labels(type(error).__name__).inc()
        _log.warning("transaction failed", cause=type(error).__name__, error=str(error))
        await self._pipeline.abandon()
        if isinstance(error, Fenced):
            self._ownership.drop(error.partition)
            self._reader.fenced()
            return
        if not isinstance(error, CommitUnknown):
            await self._back_off(error)
        await self._read_again()

    async def _read_again(self) -> None:
        try:
            self._ownership.read_again()
        except StoreError as error:
            await self._lose_everything(error)
            return
        await self._reader.drop_poll()
        self._reader.seek()

    async def _back_off(self, error: StoreError) -> None:
        self._store_failures += 1
        self._health.trouble("store", str(error))
        await asyncio.sleep(min(BACK_OFF_S_MIN * 2**self._store_failures, BACK_OFF_S_MAX))

    def _become_ready(self, ready: Callable[[], None]) -> None:
        self._ownership.update_ready()
        settled = self._reader.intake.assigned and not self._reader.moved
        if not self._health.ready and settled and self._ownership.ready:
            self._health.ready = True
            _log.info("ready")
            ready()

    async def _close(self) -> None:
        self._watch.cancel()
        await self._reader.drop_poll()
        await self._pipeline.close(STOP_S_MAX)
        self._tidy()
        await asyncio.gather(self._reader.intake.close(leave=self._settings.shared), self._probe.close())

    def _tidy(self) -> None:
        """Remove acknowledged chunks, so that the next start does not repeat them: a courtesy, not a guarantee."""
        tasks = [task for task in self._ownership.tasks if task.published_seq]
        with suppress(StoreError):
            transact(self._store, tasks, self._clock(), lambda: False)


def _raise_failed(background: list[asyncio.Task[Any]]) -> None:
    """A background task never ends by itself; when one fails, the service stops instead of going blind."""
    for task in background:
        if task.done() and not task.cancelled():
            task.result()
