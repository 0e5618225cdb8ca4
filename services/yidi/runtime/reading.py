"""The reading half of the loop: one poll at a time for the tasks that may be read; a new consumer when it fails."""

import asyncio
import time
from contextlib import suppress
from typing import Any, Final

import structlog

from yidi.runtime.batch import Step
from yidi.runtime.health import Health, Place
from yidi.runtime.intake import Intake
from yidi.runtime.metrics import Metrics
from yidi.runtime.ownership import Ownership
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.stops import ServiceStopped

POLL_WAIT_MS: Final = 200
BACK_OFF_S_MIN: Final = 0.2
BACK_OFF_S_MAX: Final = 5.0
FENCED_SESSIONS_MAX: Final = 3
"""Fenced for so many session time-outs while the group still says that the partition is ours: ask it again."""

_log: Any = structlog.get_logger()


class Reader:
    """Feeds the owned tasks from the consumer."""

    def __init__(
        self, settings: RuntimeSettings, ownership: Ownership, *, metrics: Metrics, health: Health, step: Step
    ) -> None:
        self._settings, self._ownership = settings, ownership
        self._metrics, self._health, self._step = metrics, health, step
        self.intake = Intake(settings, ownership.topics)
        self.polling: asyncio.Task[None] | None = None
        self._fenced_at: float | None = None

    @property
    def moved(self) -> bool:
        """The group gave us other partitions than the tasks were taken over for."""
        return self.intake.generation != self._ownership.generation

    async def join(self) -> None:
        """Start the consumer; tries until it is in the group, or is cancelled."""
        back_off_s = BACK_OFF_S_MIN
        while not await self._joined():
            await self.intake.close()
            await asyncio.sleep(back_off_s)
            back_off_s = min(2 * back_off_s, BACK_OFF_S_MAX)
        self._health.trouble("consumer", None)

    async def rejoin(self, why: str) -> None:
        """A new consumer instead of one that failed or stands still."""
        self._metrics.rebuilds.inc()
        self._health.forget_progress()
        self._fenced_at = None
        _log.warning("consumer is made anew", why=why)
        await self.drop_poll()
        await self.intake.close()
        await self.join()

    def seek(self) -> None:
        """Read on where the tasks are; without tasks when the partitions just moved again."""
        self._fenced_at = None
        try:
            self.intake.seek(self._ownership.read_positions())
        except Exception as error:  # noqa: BLE001 — no longer assigned: nothing is polled before the next take-over
            _log.warning("partitions moved while they were taken over", error=repr(error))
            self._ownership.drop_all()

    def start(self) -> None:
        """Begin the next poll, unless one is under way or nothing may be read."""
        if self.polling is None and not self.moved:
            places = list(self._ownership.readable())
            if places:
                self.polling = asyncio.create_task(self._poll(places))

    async def finish(self) -> str | None:
        """Take what was read; returns why the consumer has to be made anew, or None."""
        if self.polling is not None and self.polling.done():
            polling, self.polling = self.polling, None
            try:
                polling.result()
            except ServiceStopped:
                raise
            except Exception as error:  # noqa: BLE001 — whatever the client raises: a new consumer
                self._health.trouble("consumer", f"{type(error).__name__}: {error}")
                await asyncio.sleep(BACK_OFF_S_MIN)
                return repr(error)
            self._step("polled")
        return self._standstill()

    async def drop_poll(self) -> None:
        polling, self.polling = self.polling, None
        if polling is not None:
            polling.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await polling

    def fenced(self) -> None:
        """A partition that the group says is ours is another's by its store."""
        self._fenced_at = self._fenced_at or time.monotonic()

    async def _joined(self) -> bool:
        try:
            await self.intake.start()
        except Exception as error:  # noqa: BLE001 — whatever the client raises: try again
            self._health.trouble("consumer", f"{type(error).__name__}: {error}")
            return False
        return True

    async def _poll(self, places: list[Place]) -> None:
        # For the tasks as they are now: one made anew meanwhile starts at another position, and would see a gap.
        tasks = {task.partition: task for task in self._ownership.tasks}
        for (topic, partition), records in (await self.intake.poll(places, POLL_WAIT_MS)).items():
            tasks[partition].offer(topic, records)

    def _standstill(self) -> str | None:
        fenced_s = time.monotonic() - self._fenced_at if self._fenced_at is not None else 0.0
        if fenced_s > FENCED_SESSIONS_MAX * self._settings.session_timeout_ms / 1000:
            return "fenced, though the group says that the partition is ours"
        if self._health.stuck_ms > self._settings.stall_ms_max and not self._health.troubles:
            return "nothing moved though there is something to read"
        return None
