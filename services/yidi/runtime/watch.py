"""Background tasks of an instance: they ask and report, and never decide."""

import asyncio
import time
from typing import Any, Final

import structlog

from yidi.runtime.clock import Clock
from yidi.runtime.health import Health, Place
from yidi.runtime.intake import Intake
from yidi.runtime.metrics import Metrics
from yidi.runtime.ownership import Ownership
from yidi.runtime.probe import Probe
from yidi.runtime.published import Published
from yidi.runtime.task import Task

PROBE_S: Final = 1.0
PROBE_UNREADY_S: Final = 0.05
REPORT_POSITIONS_S: Final = 5.0
"""Under load; an instance that has come to rest says so at once, since others wait for it to have caught up."""
REPORT_LOOK_S: Final = 0.2
LOOP_WATCH_S: Final = 0.1
BACK_OFF_S: Final = 0.5
ACCESS_LOOK_S: Final = 2.0
ACCESS_STUCK_MS: Final = 5_000
"""Something is to be read and nothing moved for so long: worth asking whether it may be read."""

_log: Any = structlog.get_logger()


class Watch:
    """Where topics end: for readiness, for the ticks of timers, for lag and standstill."""

    def __init__(self, probe: Probe, ownership: Ownership, *, clock: Clock, metrics: Metrics, health: Health) -> None:
        self._probe, self._ownership, self._clock = probe, ownership, clock
        self._metrics, self._health = metrics, health
        self.ticking: asyncio.Task[None] | None = None

    async def loop_lag(self) -> None:
        """Measure how late the event loop is: a loop that is late for long is a zombie (design §5)."""
        while True:
            due = time.perf_counter() + LOOP_WATCH_S
            await asyncio.sleep(LOOP_WATCH_S)
            self._metrics.loop_lag.observe(max(0.0, time.perf_counter() - due))

    async def log_ends(self) -> None:
        """Ask where topics end: reference topics after a take-over, all of them ever after."""
        while True:
            unprobed = self._ownership.unprobed()
            generation = self._ownership.generation
            ends = await self._ends(unprobed or list(self._ownership.positions()))
            if ends is not None and generation == self._ownership.generation:
                self._note(ends, references_only=bool(unprobed))
            await asyncio.sleep(PROBE_S if self._health.ready and not self._ownership.unprobed() else PROBE_UNREADY_S)

    async def access(self) -> None:
        """Say in health, and once in the log, when it is the broker that has something against us.

        A client whose password or right was taken away only waits, as if there were nothing to read.
        """
        said: str | None = None
        while self._probe.guarded:
            await asyncio.sleep(ACCESS_LOOK_S)
            doubtful = self._health.troubles or self._health.stuck_ms > ACCESS_STUCK_MS
            words = await self._probe.hindrance() if doubtful else None
            if words is not None and words != said:
                _log.warning("access refused", words=words)
            said = words
            self._health.trouble("access", words)
        await asyncio.Event().wait()

    async def report_positions(self, intake: Intake) -> None:
        """Tell the group how far we are, again after a failure: for lag tools, which ask after an outage too.

        What is told is published: who then reads what we wrote finds it.
        """
        reported: dict[Place, int] = {}
        published, told, failed = Published(), time.monotonic(), False
        while True:
            await asyncio.sleep(REPORT_LOOK_S)
            now, positions = time.monotonic(), published.look(self._ownership.tasks)
            at_rest = positions == self._ownership.positions() and not failed
            due = now - told >= REPORT_POSITIONS_S
            if (
                positions
                and positions != reported
                and (at_rest or due)
                and self._ownership.generation == intake.generation
            ):
                failed = not await intake.report_positions(positions)
                reported, told = reported if failed else positions, now

    def start_tick(self) -> None:
        """When a timer is due, note what the inputs hold now; it fires once that is read."""
        if self.ticking is not None and self.ticking.done():
            self.ticking = None
        now_ms = self._clock()
        due = self._ownership.due(now_ms) if self.ticking is None else []
        if due:
            self.ticking = asyncio.create_task(self._tick(due, now_ms))

    def cancel(self) -> None:
        if self.ticking is not None:
            self.ticking.cancel()

    async def _tick(self, tasks: list[Task], at_ms: int) -> None:
        places = [(topic, task.partition) for task in tasks for topic in self._ownership.inputs]
        ends = await self._ends(places)
        if ends is not None:
            self._ownership.start_ticks(tasks, at_ms, ends)

    async def _ends(self, places: list[Place]) -> dict[Place, int] | None:
        """None while the broker does not answer; health says so."""
        if not places:
            return {}
        try:
            ends = await self._probe.ends(places)
        except OSError as error:
            self._health.trouble("broker", str(error))
            await asyncio.sleep(BACK_OFF_S)
            return None
        self._health.trouble("broker", None)
        return ends

    def _note(self, ends: dict[Place, int], *, references_only: bool) -> None:
        if references_only:
            self._ownership.note_reference_ends(ends)
            return
        now_ms = self._clock()
        tasks = self._ownership.tasks
        waiting = {(topic, task.partition) for task in tasks for topic in task.waiting}
        moving = {place: at for place, at in self._ownership.positions().items() if place not in waiting}
        self._health.observe(ends, moving, now_ms)  # a record that waits for reference data is no standstill
        oldest = min((at for task in tasks if (at := task.oldest_queued_ms()) is not None), default=now_ms)
        self._health.oldest_unprocessed_ms = max(0, now_ms - oldest)
        self._metrics.lag.set(self._health.lag)
        self._metrics.outbox.set(sum(len(task.chunks) for task in tasks))
