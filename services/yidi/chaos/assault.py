"""Carries blows out on the processes of a chain; its supervisor brings back what dies."""

import asyncio
import signal
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final

from yidi.broker import EmbeddedBroker, NotRunningError
from yidi.chain.supervisor import Supervisor
from yidi.chaos.blows import Blow, Kind
from yidi.chaos.pauses import Struck

LOOK_AGAIN_S: Final = 0.05
BACK_S_MAX: Final = 60
"""A victim that is down is waited for; one that stays down so long fails the run."""

Tell = Callable[[], None]


class StayedDown(Exception):
    """A victim did not come back."""


@dataclass(slots=True)
class Suffered:
    """What one victim went through."""

    kills: int = 0
    restarts: int = 0
    freezes: int = 0
    frozen_s: float = 0.0


@dataclass(slots=True)
class Assault:
    """Strikes the processes of the supervisor's chain; `suffered` tells what was done to whom."""

    supervisor: Supervisor
    tell: Tell = lambda: None
    suffered: dict[str, Suffered] = field(default_factory=dict)
    struck: list[Struck] = field(default_factory=list)
    """The blows against brokers, and when."""
    _thaws: set[asyncio.Task[None]] = field(default_factory=set)

    async def strike(self, planned: Iterable[Blow]) -> None:
        """One blow after the other; returns when all were dealt and every frozen process goes on again."""
        try:
            for blow in planned:
                await asyncio.sleep(blow.pause_s)
                await self._until_up(blow.victim)
                await self._deal(blow)
                self.tell()
            await asyncio.gather(*self._thaws)
        finally:
            self.heal()

    def heal(self) -> None:
        """Let everything that is frozen go on."""
        for thaw in self._thaws:
            thaw.cancel()
        self._signal_all(signal.SIGCONT)
        for node in self.supervisor.nodes.values():
            with suppress(NotRunningError):
                node.broker.resume()

    def up(self, victim: str) -> bool:
        """Whether its process exists; it may be starting, or frozen."""
        node = self.supervisor.nodes.get(victim)
        return self.supervisor.children[victim].exit_code is None if node is None else node.broker.running

    async def _until_up(self, victim: str) -> None:
        try:
            async with asyncio.timeout(BACK_S_MAX):
                while not self.up(victim):  # noqa: ASYNC110 — a process has no event for it
                    await asyncio.sleep(LOOK_AGAIN_S)
        except TimeoutError:
            raise StayedDown(f"{victim} did not come back within {BACK_S_MAX} s") from None

    async def _deal(self, blow: Blow) -> None:
        suffered = self.suffered.setdefault(blow.victim, Suffered())
        node = self.supervisor.nodes.get(blow.victim)
        if node is not None:
            self.struck.append(Struck(blow.kind, blow.victim, time.time_ns() // 1_000_000))
        if blow.kind is Kind.RESTART:
            suffered.restarts += 1
            await (self.supervisor.children[blow.victim] if node is None else node).stop()
            return
        if blow.kind is Kind.KILL:
            suffered.kills += 1
            self._kill(blow.victim)
            return
        suffered.freezes += 1
        suffered.frozen_s += blow.lasts_s
        thaw = asyncio.create_task(self._freeze(blow))
        self._thaws.add(thaw)
        thaw.add_done_callback(self._thaws.discard)

    def _kill(self, victim: str) -> None:
        node = self.supervisor.nodes.get(victim)
        if node is None:
            self.supervisor.children[victim].signal(signal.SIGKILL)
        else:
            node.broker.kill()  # at once, not in a thread: nothing may restart it meanwhile

    async def _freeze(self, blow: Blow) -> None:
        node = self.supervisor.nodes.get(blow.victim)
        if node is not None:
            await _freeze_broker(node.broker, blow.lasts_s)
            return
        child = self.supervisor.children[blow.victim]
        child.signal(signal.SIGSTOP)
        try:
            await asyncio.sleep(blow.lasts_s)
        finally:
            child.signal(signal.SIGCONT)

    def _signal_all(self, number: int) -> None:
        for child in self.supervisor.children.values():
            child.signal(number)


async def _freeze_broker(broker: EmbeddedBroker, lasts_s: float) -> None:
    with suppress(NotRunningError):
        broker.pause()
        try:
            await asyncio.sleep(lasts_s)
        finally:
            broker.resume()
