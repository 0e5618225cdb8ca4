"""The service loop on real Kafka: read, decide in one transaction, publish, acknowledge; and all that can go wrong.

    ┌─→ rebalanced? take over ─→ poll ─→ offer ─→ transact ─→ start publishing ─┐
    └───────── while a chunk is in flight, the next slice is decided ←──────────┘

One loop drives everything; deciding blocks it for `SLICE_MS_MAX` at most. Background tasks only ask and report.
"""

import asyncio
import time
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final

import structlog

from yidi.runtime import admin
from yidi.runtime.batch import Step, no_step, transact
from yidi.runtime.decider import Decider
from yidi.runtime.health import Health
from yidi.runtime.intake import Intake
from yidi.runtime.judge import Judge
from yidi.runtime.limits import QUEUE_RECORDS_MAX, SLICE_MS_MAX
from yidi.runtime.message import Chunk
from yidi.runtime.metrics import Metrics
from yidi.runtime.ownership import Ownership
from yidi.runtime.probe import Probe
from yidi.runtime.publisher import Publisher
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.stops import ServiceStopped
from yidi.runtime.store import CommitUnknown, Fenced, Store, StoreError
from yidi.runtime.task import Slice, Task

POLL_WAIT_MS: Final = 200
IDLE_S_MAX: Final = 0.2
"""The loop looks around this often even if nothing happens: timers, readiness, stop."""
PROBE_S: Final = 1.0
REPORT_POSITIONS_S: Final = 5.0
LOOP_WATCH_S: Final = 0.1
BACK_OFF_S_MIN: Final = 0.2
BACK_OFF_S_MAX: Final = 5.0
STOP_S_MAX: Final = 3.0
"""At a stop, so long may the chunk in flight take; what is not acknowledged is published again at the next start."""

_log: Any = structlog.get_logger()


def wall_clock_ms() -> int:
    """UTC milliseconds; the one place where the runtime reads the clock."""
    return time.time_ns() // 1_000_000


async def run_service(
    decider: Decider,
    settings: RuntimeSettings,
    stop: asyncio.Event,
    *,
    ready: Callable[[], None] = lambda: None,
    clock: Callable[[], int] = wall_clock_ms,
    store: Store | None = None,
    step: Step = no_step,
    metrics: Metrics | None = None,
    health: Health | None = None,
) -> None:
    """Run one instance of a service until `stop` is set.

    Waits through every outage of the broker and shows it in `health`. Returns after a stop; raises `ServiceStopped`
    or `StoreMismatch` when people must mend something first. `ready` is called once, when reference data is read.
    The store is held exclusively by whoever calls (`lock.hold`).
    """
    own_store = store or SqliteStore(settings.store)
    metrics, health = metrics or Metrics(), health or Health(settings.stall_ms_max)
    loop = ServiceLoop(decider, settings, own_store, clock=clock, step=step, metrics=metrics, health=health)
    try:
        await loop.run(stop, ready)
    finally:
        if store is None:
            own_store.close()


class ServiceLoop:
    """One instance at work. Its parts never call back into it."""

    def __init__(
        self,
        decider: Decider,
        settings: RuntimeSettings,
        store: Store,
        *,
        clock: Callable[[], int],
        step: Step,
        metrics: Metrics,
        health: Health,
    ) -> None:
        self._settings, self._store, self._clock, self._step = settings, store, clock, step
        self._metrics, self._health = metrics, health
        self._decider = decider
        judge = Judge(decider, {topic.name: topic for topic in settings.plan})
        self._ownership = Ownership(store, decider, judge)
        self._intake = Intake(settings, (*decider.references, *decider.inputs))
        self._publisher = Publisher(settings.connection, metrics, health, step)
        self._probe = Probe(settings.connection)
        self._generation = 0
        self._turn = 0
        self._polling: asyncio.Task[Any] | None = None
        self._publishing: asyncio.Task[None] | None = None
        self._in_flight: list[tuple[Task, Chunk]] = []
        self._ticking: asyncio.Task[None] | None = None
        self._fenced_at: float | None = None
        self._store_failures = 0

    async def run(self, stop: asyncio.Event, ready: Callable[[], None]) -> None:
        stopping = asyncio.create_task(stop.wait())
        watching = [asyncio.create_task(one) for one in (self._watch_loop(), self._watch_log(), self._report())]
        try:
            await self._until(stopping, self._bind())
            await self._join(stopping)
            while not stop.is_set():
                await self._once(stopping, ready)
        finally:
            for task in (stopping, *watching):
                task.cancel()
            await self._close()

    # One turn of the loop ---------------------------------------------------------------------------------------

    async def _once(self, stopping: asyncio.Task[Any], ready: Callable[[], None]) -> None:
        self._intake.check_assignment()
        if self._intake.generation != self._generation:
            await self._take_over()
        if not await self._finish_poll(stopping):
            return
        self._finish_publishing()
        worked = await self._decide()
        self._become_ready(ready)
        self._start_publishing()
        self._start_poll()
        self._start_tick()
        await self._wait(stopping, worked=worked)

    async def _wait(self, stopping: asyncio.Task[Any], *, worked: bool) -> None:
        """Until something happened; after work only for one turn of the event loop, since more may be queued."""
        if worked:
            await asyncio.sleep(0)
            return
        happenings = {task for task in (self._polling, self._publishing, self._ticking, stopping) if task is not None}
        await asyncio.wait(happenings, timeout=IDLE_S_MAX, return_when=asyncio.FIRST_COMPLETED)

    async def _until(self, stopping: asyncio.Task[Any], work: Coroutine[Any, Any, None]) -> None:
        """Wait for work, or for the stop."""
        task = asyncio.create_task(work)
        await asyncio.wait({task, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        else:
            task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await task

    # Joining and owning -----------------------------------------------------------------------------------------

    async def _bind(self) -> None:
        """Tie the store to the log; waits for a broker that is not there yet."""
        back_off_s = BACK_OFF_S_MIN
        while True:
            try:
                identity = await admin.identify(self._settings.connection, self._settings.plan)
            except (ServiceStopped, asyncio.CancelledError):
                raise
            except Exception as error:  # noqa: BLE001 — whatever the client raises: the broker is not there yet
                self._health.trouble("broker", f"{type(error).__name__}: {error}")
                await asyncio.sleep(back_off_s)
                back_off_s = min(2 * back_off_s, BACK_OFF_S_MAX)
            else:
                self._health.trouble("broker", None)
                self._store.bind(identity)
                return

    async def _join(self, stopping: asyncio.Task[Any]) -> None:
        """Start the consumer; tries until it is in the group, or the service stops."""
        await self._until(stopping, self._joined())

    async def _joined(self) -> None:
        back_off_s = BACK_OFF_S_MIN
        while True:
            try:
                await self._intake.start()
            except asyncio.CancelledError:
                raise
            except Exception as error:  # noqa: BLE001 — whatever the client raises: try again
                self._health.trouble("consumer", f"{type(error).__name__}: {error}")
                await self._intake.close()
                await asyncio.sleep(back_off_s)
                back_off_s = min(2 * back_off_s, BACK_OFF_S_MAX)
            else:
                self._health.trouble("consumer", None)
                return

    async def _rejoin(self, stopping: asyncio.Task[Any], why: str) -> None:
        """A new consumer instead of one that failed or stands still."""
        self._metrics.rebuilds.inc()
        _log.warning("consumer is made anew", why=why)
        self._health.forget_progress()
        await self._drop_poll()
        await self._intake.close()
        await self._join(stopping)

    async def _take_over(self) -> None:
        """The group moved partitions: what we had is dropped, what we have now is taken over."""
        await self._abandon_publishing()
        self._generation = self._intake.generation
        self._fenced_at = None
        owned = self._intake.owned
        self._ownership.take_over(owned)
        self._step("taken over")
        self._seek()
        self._metrics.partitions.set(len(owned))
        self._health.partitions = len(owned)
        _log.info("partitions taken over", partitions=sorted(owned))

    def _seek(self) -> None:
        with suppress(Exception):  # no longer assigned: the next generation is on its way, and nothing is polled before
            self._intake.seek(self._ownership.read_positions())
            return
        self._ownership.drop_all()

    async def _recover(self, error: StoreError) -> None:
        """After a failed transaction: what is committed decides, memory does not."""
        cause = type(error).__name__
        self._metrics.rollbacks.labels(cause).inc()
        _log.warning("transaction failed", cause=cause, error=str(error))
        await self._abandon_publishing()
        if isinstance(error, Fenced):
            self._ownership.drop(error.partition)
            self._fenced_at = self._fenced_at or time.monotonic()
            return
        if not isinstance(error, CommitUnknown):
            self._store_failures += 1
            self._health.trouble("store", str(error))
            await asyncio.sleep(min(BACK_OFF_S_MIN * 2**self._store_failures, BACK_OFF_S_MAX))
        await self._read_again()

    async def _read_again(self) -> None:
        try:
            self._ownership.read_again()
        except StoreError as error:
            self._health.trouble("store", str(error))
            await asyncio.sleep(BACK_OFF_S_MAX)
            self._generation = -1  # take everything over again, which reads it again
            return
        await self._drop_poll()
        self._seek()

    # Deciding ---------------------------------------------------------------------------------------------------

    async def _decide(self) -> bool:
        """One transaction over every task that has something to do; True if there was any."""
        now_ms = self._clock()
        tasks = [task for task in self._ownership.tasks if task.may_decide(now_ms)]
        if not tasks:
            return False
        self._turn += 1
        first = self._turn % len(tasks)
        began = time.perf_counter()
        limit = began + SLICE_MS_MAX / 1000
        try:
            slices = transact(
                self._store, tasks[first:] + tasks[:first], now_ms, lambda: time.perf_counter() > limit, self._step
            )
        except StoreError as error:
            await self._recover(error)
            return True
        self._count(slices, time.perf_counter() - began)
        return True

    def _count(self, slices: list[tuple[Task, Slice]], took_s: float) -> None:
        if self._store_failures:
            self._store_failures = 0
            self._health.trouble("store", None)
        metrics = self._metrics
        records = sum(slice_.records for _, slice_ in slices)
        metrics.transactions.inc()
        metrics.commit.observe(took_s)
        metrics.batch.observe(records)
        metrics.records.inc(records)
        metrics.messages.inc(sum(len(slice_.messages) for _, slice_ in slices))
        metrics.refusals.inc(sum(slice_.reports for _, slice_ in slices))
        metrics.timers.inc(sum(slice_.timers_fired for _, slice_ in slices))

    def _become_ready(self, ready: Callable[[], None]) -> None:
        self._ownership.update_ready()
        if not self._health.ready and self._ownership.ready and self._generation == self._intake.generation:
            self._health.ready = True
            _log.info("ready")
            ready()

    # Publishing -------------------------------------------------------------------------------------------------

    def _start_publishing(self) -> None:
        """Send the oldest chunk of every task; the next ones when all of these are acknowledged."""
        if self._publishing is not None:
            return
        self._in_flight = [(task, task.chunks[0]) for task in self._ownership.tasks if task.chunks]
        if self._in_flight:
            self._step("sending")
            chunks = [chunk for _, chunk in self._in_flight]
            self._publishing = asyncio.create_task(self._publish(chunks))

    async def _publish(self, chunks: list[Chunk]) -> None:
        with self._metrics.publish.time():
            await self._publisher.publish(chunks)

    def _finish_publishing(self) -> None:
        if self._publishing is None or not self._publishing.done():
            return
        self._publishing.result()
        self._publishing = None
        self._step("acknowledged")
        for task, chunk in self._in_flight:
            task.acknowledge(chunk)
        self._in_flight = []

    async def _abandon_publishing(self) -> None:
        """Stop sending for tasks that are dropped; nothing of it leaves after this returns."""
        publishing, self._publishing, self._in_flight = self._publishing, None, []
        if publishing is not None:
            publishing.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await publishing
            await self._publisher.close()

    # Reading ----------------------------------------------------------------------------------------------------

    def _start_poll(self) -> None:
        if self._polling is not None or self._generation != self._intake.generation:
            return
        places = list(self._ownership.readable(QUEUE_RECORDS_MAX))
        if places:
            self._polling = asyncio.create_task(self._poll(places))

    async def _poll(self, places: list[tuple[str, int]]) -> None:
        generation = self._generation
        found = await self._intake.poll(places, POLL_WAIT_MS)
        if generation != self._generation or generation != self._intake.generation:
            return  # read for an owner that we no longer are
        tasks = {task.partition: task for task in self._ownership.tasks}
        for (topic, partition), records in found.items():
            if partition in tasks:
                tasks[partition].offer(topic, records)

    async def _finish_poll(self, stopping: asyncio.Task[Any]) -> bool:
        """Take what was read; False when the consumer had to be made anew."""
        polling = self._polling
        if polling is not None and polling.done():
            self._polling = None
            try:
                polling.result()
                self._step("polled")
            except ServiceStopped:
                raise
            except Exception as error:  # noqa: BLE001 — whatever the client raises: a new consumer
                self._health.trouble("consumer", f"{type(error).__name__}: {error}")
                await asyncio.sleep(BACK_OFF_S_MIN)
                await self._rejoin(stopping, repr(error))
                return False
        if self._stalled():
            await self._rejoin(stopping, "nothing moved though there is something to read")
            return False
        return True

    async def _drop_poll(self) -> None:
        polling, self._polling = self._polling, None
        if polling is not None:
            polling.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await polling

    def _stalled(self) -> bool:
        fenced_s = time.monotonic() - self._fenced_at if self._fenced_at is not None else 0
        if fenced_s > 3 * self._settings.session_timeout_ms / 1000:
            self._fenced_at = None
            return True  # the group still says that the partition is ours: ask it again
        return self._health.stuck_ms > self._settings.stall_ms_max and not self._health.troubles

    # Timers -----------------------------------------------------------------------------------------------------

    def _start_tick(self) -> None:
        if self._ticking is not None and self._ticking.done():
            self._ticking = None
        due = self._ownership.due(self._clock()) if self._ticking is None else []
        if due:
            self._ticking = asyncio.create_task(self._tick(due, self._clock()))

    async def _tick(self, tasks: list[Task], at_ms: int) -> None:
        """A moment at which timers are due: what inputs hold now is read before they fire."""
        places = [(topic, task.partition) for task in tasks for topic in self._decider.inputs]
        try:
            ends = await self._probe.ends(places)
        except OSError as error:
            self._health.trouble("broker", str(error))
            await asyncio.sleep(BACK_OFF_S_MIN)
            return
        self._ownership.start_ticks(tasks, at_ms, ends)

    # Background -------------------------------------------------------------------------------------------------

    async def _watch_loop(self) -> None:
        while True:
            due = time.perf_counter() + LOOP_WATCH_S
            await asyncio.sleep(LOOP_WATCH_S)
            self._metrics.loop_lag.observe(max(0.0, time.perf_counter() - due))

    async def _watch_log(self) -> None:
        """Where topics end: readiness at the start, lag and standstill ever after."""
        while True:
            generation = self._generation
            unprobed = self._ownership.unprobed()
            positions = self._ownership.positions()
            try:
                ends = await self._probe.ends(unprobed or positions) if positions else {}
            except OSError as error:
                self._health.trouble("broker", str(error))
            else:
                self._health.trouble("broker", None)
                if generation == self._generation:
                    self._note(ends, unprobed)
            await asyncio.sleep(0 if unprobed and generation == self._generation else self._pause_s())

    def _pause_s(self) -> float:
        return PROBE_S if self._health.ready else PROBE_S / 20

    def _note(self, ends: dict[tuple[str, int], int], unprobed: list[tuple[str, int]]) -> None:
        if unprobed:
            self._ownership.note_reference_ends(ends)
            return
        now_ms = self._clock()
        tasks = self._ownership.tasks
        self._health.observe(ends, self._ownership.positions(), now_ms)
        oldest = min((at for task in tasks if (at := task.oldest_queued_ms()) is not None), default=now_ms)
        self._health.oldest_unprocessed_ms = max(0, now_ms - oldest)
        self._metrics.lag.set(self._health.lag)
        self._metrics.outbox.set(sum(len(task.chunks) for task in tasks))

    async def _report(self) -> None:
        while True:
            await asyncio.sleep(REPORT_POSITIONS_S)
            positions = self._ownership.positions()
            if positions and self._generation == self._intake.generation:
                await self._intake.report_positions(positions)

    async def _close(self) -> None:
        await self._drop_poll()
        if self._publishing is not None:
            await asyncio.wait({self._publishing}, timeout=STOP_S_MAX)
            with suppress(Exception):
                self._finish_publishing()
        await self._abandon_publishing()
        self._tidy()
        await asyncio.gather(self._intake.close(), self._publisher.close(), self._probe.close())

    def _tidy(self) -> None:
        """Remove acknowledged chunks, so that the next start does not repeat them; a courtesy, not a guarantee."""
        tasks = [task for task in self._ownership.tasks if task.published_seq]
        with suppress(StoreError):
            transact(self._store, tasks, self._clock(), lambda: True)
