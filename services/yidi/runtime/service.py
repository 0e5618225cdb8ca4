"""The composition root of one instance: store and lock, metrics and health, and the loop over Kafka."""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog

from yidi.runtime.batch import Step, no_step
from yidi.runtime.clock import Clock, wall_clock_ms
from yidi.runtime.decider import Decider
from yidi.runtime.health import Health
from yidi.runtime.http import serving
from yidi.runtime.kafka import ServiceLoop
from yidi.runtime.metrics import Metrics
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.store import Store
from yidi.runtime.stores import open_store

_log: Any = structlog.get_logger()


async def run_service(
    decider: Decider,
    settings: RuntimeSettings,
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
    *,
    clock: Clock = wall_clock_ms,
    metrics: Metrics | None = None,
    health: Health | None = None,
    step: Step = no_step,
) -> None:
    """Run one instance of a service on its own store until `stop` is set.

    Waits through every outage of the broker and of the store, and shows it in `health`. `ready` is called once, when
    the reference data that was there at the start is read. Raises when people must mend something first:
    `StoreBusy` (second instance on a file), `StoreRefused` (password, database), `StoreMismatch` (another cluster,
    topics, or a newer format) or `ServiceStopped`; their texts say what to do.
    """
    with open_store(settings.store, decider.service, settings.session_timeout_ms) as store:
        await run_on(store, decider, settings, stop, ready, clock=clock, metrics=metrics, health=health, step=step)


async def run_on(
    store: Store,
    decider: Decider,
    settings: RuntimeSettings,
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
    *,
    clock: Clock = wall_clock_ms,
    metrics: Metrics | None = None,
    health: Health | None = None,
    step: Step = no_step,
) -> None:
    """The same on a store that the caller opened, for stores that several instances share."""
    metrics, health = metrics or Metrics(), health or Health(settings.stall_ms_max)
    loop = ServiceLoop(decider, settings, store, clock=clock, step=step, metrics=metrics, health=health)
    async with serving(settings.http_port, health, metrics, settings.http_host) as port:
        if port is not None:
            _log.info("listening", host=settings.http_host, port=port)
        await loop.run(stop, ready)
