"""Asking a running chain to start one of its services, or brokers, anew: one command resumes what stands still.

The request is a file in the data directory; the supervisor stops that service (a frozen one, too) and, as with any
service that ended, starts it again. Nothing is lost by it.
"""

import asyncio
from collections.abc import Callable, Mapping
from typing import Final, Protocol

from yidi.chain.place import Place
from yidi.chain.seats import service_of

LOOK_S: Final = 0.5


class Stoppable(Protocol):
    """What the supervisor starts again once it has stopped: a service's process, a broker."""

    async def stop(self) -> None: ...


class Restarts:
    """The requests of one chain."""

    def __init__(self, place: Place) -> None:
        self._folder = place.data_dir / "restart"

    def ask(self, service: str) -> None:
        """Ask for a restart of the service: all of its instances, one after the other."""
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / service).touch()

    def asked(self, service: str) -> bool:
        """Whether a request waits to be obeyed."""
        return (self._folder / service).exists()

    async def obey(self, children: Mapping[str, Stoppable], say: Callable[[str], None]) -> None:
        """Until cancelled. A request for what is no service of this chain is dropped."""
        while True:
            for file in list(self._folder.glob("*")):
                file.unlink(missing_ok=True)
                for name in [one for one in children if file.name in (one, service_of(one))]:
                    say(f"{name} is started anew, as asked")
                    await children[name].stop()
            await asyncio.sleep(LOOK_S)
