"""One desk: the program of its process under a supervisor, and what `yidi serve desk` runs.

`python -m yidi.desk.process desk SETTINGS_JSON` prints `ready` once it has taken in what lay there and answers over
HTTP; ends when asked (SIGTERM) or when its parent is gone (end of standard input). Exit code 0: asked to stop.
3: something that waiting does not mend; standard error says what.
"""

import asyncio
import contextlib
import json
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

import uvicorn

from yidi.contract.topics import plan
from yidi.desk.address import fresh_key, key_of
from yidi.desk.calculation import Calculator
from yidi.desk.desk import Desk
from yidi.desk.log import KafkaLog
from yidi.desk.people import People
from yidi.desk.settings import DeskSettings
from yidi.desk.store import Store
from yidi.desk.web import application
from yidi.desk.work import Work
from yidi.runtime.http import HOST, port_taken
from yidi.runtime.logs import configure_logs
from yidi.runtime.stopping import ENDED_S_MAX, Stopping, say_ready
from yidi.runtime.stops import PortTaken, ServiceStopped
from yidi.runtime.store import StoreError
from yidi.runtime.waiting import Waiting

CANNOT_GO_ON: Final = 3
STOP_TIMEOUT_S: Final = 2
"""Who waits for news is cut off after this."""
ANYWHERE: Final = ("0.0.0.0", "::")  # noqa: S104 — recognised, not bound to


async def serve(
    settings: DeskSettings,
    stop: asyncio.Event,
    ready: Callable[[], None] = lambda: None,
    *,
    calculator: Calculator | None = None,
) -> None:
    """Run the desk until `stop` is set."""
    working = asyncio.create_task(_work(settings, ready, calculator))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
    for task in (working, stopping):
        task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await working


async def _work(settings: DeskSettings, ready: Callable[[], None], calculator: Calculator | None) -> None:
    async with running(settings, calculator):
        ready()
        await asyncio.Event().wait()


@contextlib.asynccontextmanager
async def running(settings: DeskSettings, calculator: Calculator | None = None) -> AsyncIterator[Desk]:
    """A desk that has read everything and answers over HTTP, for the time of the block.

    While it waits for Kafka and reads, it answers for its health only.
    """
    settings.data_dir.joinpath("stores").mkdir(parents=True, exist_ok=True)
    key = key_of(settings.key, settings.key_file) or fresh_key()
    store = Store(settings.url, settings.store_schema)
    try:
        people = People(settings.people_file)
        desk = Desk(store, settings, people, KafkaLog(settings), _now_ms, calculator=calculator, starting=True)
        async with _answering(desk, key) as port:
            await _bind(desk)
            work = Work(desk)
            async with asyncio.TaskGroup() as group:
                working = group.create_task(work.run())
                try:
                    await work.ready.wait()
                    desk.starting = False
                    with _written_down(settings.address_file, settings.host, port, key):
                        yield desk
                finally:
                    desk.end()
                    working.cancel()
    finally:
        store.close()


async def _bind(desk: Desk) -> None:
    """Tie the store to the log, as soon as there is one."""
    settings = desk.settings
    log = await Waiting(desk.trouble, settings.start_wait_s).log_identity(
        settings.connection, plan(settings.inboxes, settings.partitions), topics_too=settings.await_topics
    )
    desk.store.bind({"cluster": log.cluster, **{f"topic {name}": topic for name, topic in log.topics.items()}})


@contextlib.asynccontextmanager
async def _answering(desk: Desk, key: str) -> AsyncIterator[int]:
    """HTTP at the host and port that were set; yields the port."""
    bound = _bound(desk.settings.host, desk.settings.port)
    server = uvicorn.Server(
        uvicorn.Config(
            application(desk, key), log_level="warning", lifespan="off", timeout_graceful_shutdown=STOP_TIMEOUT_S
        )
    )
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]  # ours are set already
    task = asyncio.create_task(server.serve(sockets=[bound]))
    try:
        yield bound.getsockname()[1]
    finally:
        desk.end()
        server.should_exit = True
        await task
        bound.close()


def _bound(host: str, port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
    except OSError as error:
        bound.close()
        raise PortTaken(port_taken(host, port, error)) from error
    return bound


@contextlib.contextmanager
def _written_down(file: Path, host: str, port: int, key: str) -> Iterator[None]:
    """Address and key in the data directory, readable by its owner only, for the time of the block."""
    named = HOST if host in ANYWHERE else host
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"url": f"http://{named}:{port}", "key": key}), encoding="utf-8")
    draft.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


async def _serve_parent(settings: DeskSettings, calculator: Calculator | None) -> None:
    await serve(settings, Stopping(ENDED_S_MAX).with_parent().event, say_ready, calculator=calculator)


def main(calculator: Calculator | None = None) -> int:
    """Entry point; the composition root gives the calculator of manual claims."""
    _, settings_json = sys.argv[1:]
    configure_logs("desk")
    settings = DeskSettings(**json.loads(settings_json))
    try:
        asyncio.run(_serve_parent(settings, calculator))
    except (ServiceStopped, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_GO_ON
    return 0


if __name__ == "__main__":
    sys.exit(main())
