"""`yidi serve SEAT`: one seat of the chain in the foreground, on a Kafka of your own."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Final

import structlog
import typer
import uvloop

from yidi import __version__
from yidi.chain.desk_process import calculator
from yidi.chain.environment import SeatEnvironment, settings_of
from yidi.chain.errors import Interrupted
from yidi.chain.place import Descriptor
from yidi.chain.process import serve as serve_service
from yidi.chain.readings import topics_of
from yidi.chain.settings import SERVICES
from yidi.cli.unknown_variables import warn_of_unknown
from yidi.console.server import Exposure, bound, served
from yidi.desk.process import serve as serve_desk
from yidi.desk.settings import DeskSettings
from yidi.runtime.logs import configure_logs
from yidi.runtime.stopping import ENDED_S_MAX, Stopping

app = typer.Typer(rich_markup_mode=None)

Serve = Callable[[str, SeatEnvironment, asyncio.Event], Awaitable[None]]


@app.command()
def serve(
    seat: Annotated[str, typer.Argument(help="registry, hospital, platform, agency, desk or console.")],
) -> None:
    """Fill one seat until SIGTERM or Ctrl-C, told by variables of the environment: docs/settings.md has them all.

    Waits for Kafka and the topics. Its log is on standard error, its /health and /metrics at YIDI_HTTP_HOST:PORT.

    Example: YIDI_KAFKA_BOOTSTRAP=127.0.0.1:9092 yidi serve agency
    """
    if seat not in SERVING:
        raise typer.BadParameter(f"no such seat: {seat}; there are {', '.join(SERVING)}")
    settings = settings_of(SeatEnvironment)
    warn_of_unknown()
    settings.place.prepare()
    configure_logs(seat, settings.instance)
    if uvloop.run(_serve(seat, settings)):
        raise Interrupted


async def _serve(seat: str, settings: SeatEnvironment) -> bool:
    """Returns whether it was Ctrl-C that ended it."""
    stopping = Stopping(None if seat in SERVICES else ENDED_S_MAX)
    await SERVING[seat](seat, settings, stopping.event)
    return stopping.interrupted


async def _service(seat: str, settings: SeatEnvironment, stop: asyncio.Event) -> None:
    await serve_service(seat, settings.service(seat), stop)


async def _desk(seat: str, settings: SeatEnvironment, stop: asyncio.Event) -> None:
    told = settings_of(
        DeskSettings,
        bootstrap=settings.kafka_bootstrap,
        data_dir=settings.place.data_dir,
        partitions=settings.partitions,
        inboxes=settings.inboxes,
        reads={name: topics_of(name, settings.inboxes) for name in SERVICES},
        host=settings.http_host,
        port=settings.http_port,
        await_topics=True,
        start_wait_s=settings.wait_s,
        store=settings.store_of(seat),
    )
    ready = partial(structlog.get_logger().info, "ready", seat=seat)
    await serve_desk(told, stop, ready, calculator=calculator())


async def _console(seat: str, settings: SeatEnvironment, stop: asyncio.Event) -> None:
    now = datetime.now(UTC)
    chain = Descriptor(
        bootstrap=settings.kafka_bootstrap,
        partitions=settings.partitions,
        inboxes=settings.inboxes,
        groups=settings.console_groups,
        seed=0,
        persons=0,
        today=now.date(),
        started_at=now,
        version=__version__,
    )
    exposure = Exposure(settings.http_host, settings.http_port, settings.console_names, settings.console_login)
    async with served(settings.place, exposure, bound(exposure), find=lambda: chain) as address:
        structlog.get_logger().info("ready", seat=seat, address=address)
        await stop.wait()


SERVING: Final[dict[str, Serve]] = {**dict.fromkeys(SERVICES, _service), "desk": _desk, "console": _console}
