"""Blows on processes, without processes."""

import asyncio
import signal
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from yidi.chaos.assault import Assault
from yidi.chaos.blows import BROKER, Blow, Kind

if TYPE_CHECKING:
    from yidi.chain.supervisor import Supervisor


class Victim:
    """A process that only remembers its signals; one that was killed is up again at the second look."""

    def __init__(self) -> None:
        self.signals: list[int] = []
        self._looks_down = 0

    @property
    def exit_code(self) -> int | None:
        self._looks_down = max(0, self._looks_down - 1)
        return -9 if self._looks_down else None

    def signal(self, number: int) -> None:
        self.signals.append(number)
        if number == signal.SIGKILL:
            self._looks_down = 3


class Broker:
    """A broker that only remembers what was done to it."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.running = True

    def kill(self) -> None:
        self.done.append("kill")

    def pause(self) -> None:
        self.done.append("pause")

    def resume(self) -> None:
        self.done.append("resume")


class Chain:
    """What the assault needs of a supervisor."""

    def __init__(self) -> None:
        self.children = {"hospital": Victim(), "platform": Victim()}
        self.broker = Broker()
        self.nodes = {BROKER: SimpleNamespace(broker=self.broker)}


@pytest.fixture
def chain() -> Chain:
    return Chain()


def assault_on(chain: Chain) -> Assault:
    return Assault(cast("Supervisor", cast("Any", chain)))


async def test_a_kill_is_a_sigkill(chain: Chain) -> None:
    """A killed victim gets SIGKILL, nobody else does, and it is counted."""
    assault = assault_on(chain)
    await assault.strike([Blow(0, Kind.KILL, "hospital")])
    assert chain.children["hospital"].signals[0] == signal.SIGKILL
    assert signal.SIGKILL not in chain.children["platform"].signals
    assert assault.suffered["hospital"].kills == 1


async def test_a_victim_that_is_down_is_waited_for(chain: Chain) -> None:
    """The second kill strikes the process that came back, not the one that is gone."""
    await assault_on(chain).strike([Blow(0, Kind.KILL, "hospital"), Blow(0, Kind.KILL, "hospital")])
    assert chain.children["hospital"].signals.count(signal.SIGKILL) == 2


async def test_a_freeze_ends(chain: Chain) -> None:
    """A frozen process goes on again before the assault returns."""
    await assault_on(chain).strike([Blow(0, Kind.FREEZE, "platform", 0.01)])
    assert chain.children["platform"].signals[:2] == [signal.SIGSTOP, signal.SIGCONT]


async def test_an_assault_that_is_broken_off_leaves_nobody_frozen(chain: Chain) -> None:
    """Ctrl-C while something is frozen: everything goes on again, the broker too."""
    blows = [Blow(0, Kind.FREEZE, "platform", 60), Blow(0, Kind.FREEZE, BROKER, 60), Blow(60, Kind.KILL, "platform")]
    striking = asyncio.create_task(assault_on(chain).strike(blows))
    while "pause" not in chain.broker.done:  # noqa: ASYNC110 — the fake has no event for it
        await asyncio.sleep(0.001)
    striking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await striking
    await asyncio.sleep(0)
    assert chain.children["platform"].signals[-1] == signal.SIGCONT
    assert chain.broker.done[-1] == "resume"
    assert signal.SIGKILL not in chain.children["platform"].signals


async def test_the_broker_is_killed_as_others_are(chain: Chain) -> None:
    """A blow against the broker goes to the broker."""
    assault = assault_on(chain)
    await assault.strike([Blow(0, Kind.KILL, BROKER)])
    assert chain.broker.done[0] == "kill"
    assert assault.suffered[BROKER].kills == 1
