"""Serving the console: beside a chain in its process, or alone by `yidi console`. On loopback unless told otherwise."""

import asyncio
import getpass
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

import uvicorn

from yidi.chain.errors import ChainError
from yidi.chain.place import Descriptor, Place
from yidi.console.application import Setting, application
from yidi.console.chain import LiveChain
from yidi.console.door import DeskDoor
from yidi.console.guard import LOOPBACK
from yidi.console.visitor import Sessions, Visitor
from yidi.console.watching import Watching

HOST: Final = "127.0.0.1"
PORT: Final = 8470
"""Where `yidi up` and `yidi console` look first; the next free one is taken when it is in use and nobody named one."""
PORTS_TRIED: Final = 20
STOP_TIMEOUT_S: Final = 2
"""Open live streams are cut after this."""
BACKLOG: Final = 128


class PortTaken(ChainError):
    """Nothing can listen there."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Where the console listens. `names` are further host names it answers to, when it listens beyond loopback."""

    host: str = HOST
    port: int | None = None
    names: tuple[str, ...] = ()
    login: bool | None = None
    """Whether a login is asked for. None: beyond loopback; False there is for ports published on loopback only."""

    @property
    def beyond_loopback(self) -> bool:
        return self.host not in LOOPBACK

    @property
    def setting(self) -> Setting:
        """Beyond loopback a login is asked for; nobody else's page may use our name for its own, in either case."""
        login = self.beyond_loopback if self.login is None else self.login
        return Setting(frozenset({*LOOPBACK, self.host, *self.names}), login=login)


@asynccontextmanager
async def served(
    place: Place,
    exposure: Exposure,
    listening: socket.socket | None = None,
    *,
    find: Callable[[], Descriptor] | None = None,
) -> AsyncIterator[str]:
    """The console at work as long as the block runs; yields its address. PortTaken in words.

    `listening` is a socket that `bound` made before, so that a port is refused before anything else is started.
    `find` finds the chain, where the place does not announce it; the place still says where the desk is.
    """
    listening = listening or bound(exposure)
    chain, desk = LiveChain(find or place.running), DeskDoor(place.data_dir)
    sessions = Sessions(getpass.getuser())
    watching = Watching(chain, desk, Visitor("", getpass.getuser()))
    app = application(chain, desk, watching, sessions, exposure.setting)
    server = _Server(
        uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=STOP_TIMEOUT_S)
    )
    tasks = [asyncio.create_task(server.serve([listening])), asyncio.create_task(watching.run())]
    try:
        yield address_of(listening)
    finally:
        watching.end()
        await _stop(server, tasks)
        await chain.close()
        await desk.close()


async def _stop(server: uvicorn.Server, tasks: list[asyncio.Task[None]]) -> None:
    serving, looking = tasks
    looking.cancel()
    server.should_exit = True
    await asyncio.gather(looking, serving, return_exceptions=True)  # the page has said what ended it


def bound(exposure: Exposure) -> socket.socket:
    """A listening socket: at the port that was named, else at the first free one from `PORT` on."""
    family = socket.AF_INET6 if ":" in exposure.host else socket.AF_INET
    ports = [exposure.port] if exposure.port is not None else [*range(PORT, PORT + PORTS_TRIED), 0]
    problem: OSError | None = None
    for port in ports:
        made = socket.socket(family, socket.SOCK_STREAM)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            made.bind((exposure.host, port))
            made.listen(BACKLOG)
        except OSError as error:
            made.close()
            problem = error
        else:
            return made
    raise PortTaken(f"Nothing can listen at {exposure.host}:{exposure.port} ({problem}).", "Name another with --port.")


def address_of(listening: socket.socket) -> str:
    """http://host:port/ as a browser understands it."""
    host, port = listening.getsockname()[:2]
    named = f"[{host}]" if ip_address(host).version == 6 else host  # noqa: PLR2004 — IPv6
    return f"http://{named}:{port}/"


class _Server(uvicorn.Server):
    """Leaves signals to the command that it runs in."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield
