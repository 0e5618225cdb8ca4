"""The program of the desk's process: `python -m yidi.desk.process desk SETTINGS_JSON`.

Prints `ready` once it has taken in what lay there and answers over HTTP; ends when asked (SIGTERM) or when its parent
is gone (end of standard input). Exit code 0: asked to stop. 3: something that waiting does not mend; standard error
says what.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import socket
import sys
import time
from collections.abc import AsyncIterator
from typing import Final

import uvicorn

from yidi.contract.topics import plan
from yidi.desk.calculation import Calculator
from yidi.desk.desk import Desk
from yidi.desk.log import KafkaLog
from yidi.desk.people import People
from yidi.desk.settings import DeskSettings
from yidi.desk.store import Store
from yidi.desk.web import application
from yidi.desk.work import Work
from yidi.runtime.admin import identify
from yidi.runtime.logs import configure_logs
from yidi.runtime.stops import ServiceStopped
from yidi.runtime.store import StoreError

CANNOT_GO_ON: Final = 3
LOOPBACK: Final = "127.0.0.1"


async def serve(settings: DeskSettings, calculator: Calculator | None = None) -> None:
    """Run the desk until it is asked to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(sys.stdin.fileno(), _on_stdin, stop)
    async with running(settings, calculator):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        await stop.wait()


@contextlib.asynccontextmanager
async def running(settings: DeskSettings, calculator: Calculator | None = None) -> AsyncIterator[Desk]:
    """A desk that has read everything and answers over HTTP, for the time of the block."""
    settings.data_dir.joinpath("stores").mkdir(parents=True, exist_ok=True)
    log = await identify(settings.connection, plan(settings.inboxes, settings.partitions))
    store = Store(settings.url)
    try:
        store.bind({"cluster": log.cluster, **{f"topic {name}": topic for name, topic in log.topics.items()}})
        desk = Desk(store, settings, People(settings.people_file), KafkaLog(settings), _now_ms, calculator=calculator)
        work = Work(desk)
        async with asyncio.TaskGroup() as group:
            working = group.create_task(work.run())
            await work.ready.wait()
            async with _answering(desk):
                yield desk
            working.cancel()
    finally:
        store.close()


@contextlib.asynccontextmanager
async def _answering(desk: Desk) -> AsyncIterator[None]:
    """HTTP on loopback; its address and key are in the data directory meanwhile."""
    settings, key = desk.settings, secrets.token_urlsafe(24)
    bound = socket.socket()
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    bound.bind((LOOPBACK, settings.port))
    server = uvicorn.Server(uvicorn.Config(application(desk, key), log_level="warning", lifespan="off"))
    server.capture_signals = contextlib.nullcontext  # type: ignore[method-assign, assignment]  # ours are set already
    task = asyncio.create_task(server.serve(sockets=[bound]))
    file = settings.address_file
    draft = file.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text(json.dumps({"url": f"http://{LOOPBACK}:{bound.getsockname()[1]}", "key": key}), encoding="utf-8")
    draft.replace(file)
    try:
        yield
    finally:
        file.unlink(missing_ok=True)
        server.should_exit = True
        await task
        bound.close()


def _on_stdin(stop: asyncio.Event) -> None:
    """End of file: the parent is gone, so nobody would ever stop us."""
    if not os.read(sys.stdin.fileno(), 1024):
        asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
        stop.set()


def _now_ms() -> int:
    return time.time_ns() // 1_000_000


def main(calculator: Calculator | None = None) -> int:
    """Entry point; the composition root gives the calculator of manual claims."""
    _, settings_json = sys.argv[1:]
    configure_logs("desk")
    settings = DeskSettings(**json.loads(settings_json))
    try:
        asyncio.run(serve(settings, calculator))
    except (ServiceStopped, StoreError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_GO_ON
    return 0


if __name__ == "__main__":
    sys.exit(main())
