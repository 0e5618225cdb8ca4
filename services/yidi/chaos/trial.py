"""One whole run: a fresh chain, load, blows, healing, and the audit's verdict."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from yidi.audit import AuditReport, Verdict
from yidi.chain.place import Descriptor
from yidi.chain.rest import at_rest
from yidi.chain.session import running
from yidi.chain.settings import ChainSettings
from yidi.chain.supervisor import Supervisor
from yidi.chain.verdict import verdict_of
from yidi.chaos.assault import Assault, Suffered
from yidi.chaos.blows import Blow, blows, lasts_s, rolling
from yidi.chaos.feeding import Feed
from yidi.chaos.inputs import Inputs, Sort
from yidi.chaos.pauses import Pause, answered_ms, pauses
from yidi.world.encounters import Encounters

HEAL_S_MAX: Final = 90.0
OPEN_AGAIN_S: Final = 3.0
FAILING_BP: Final = 500
"""One encounter in twenty is refused for something in it."""
RATE_MIN: Final = 20.0
FINAL_OUTCOMES: Final = ("DONE", "REFUSED", "REVERSED")

Progress = Callable[[str, int, int], None]
Judge = Callable[[Descriptor], Awaitable[AuditReport]]


@dataclass(frozen=True, slots=True)
class Trial:
    """What to break, by which seed, under which load."""

    settings: ChainSettings
    kills: int
    seed: int
    count: int
    duplicates_percent: int = 20
    heal_s_max: float = HEAL_S_MAX
    planned: tuple[Blow, ...] | None = None
    """These blows, instead of those that follow from seed and kills."""

    @property
    def blows(self) -> list[Blow]:
        """Kills and freezes; where there are several brokers, each of them is then restarted in turn."""
        if self.planned is not None:
            return list(self.planned)
        brokers = self.settings.brokers
        return [*blows(self.seed, self.kills, brokers, self.settings.instances), *rolling(brokers)]


@dataclass(slots=True)
class Ordeal:
    """What was done, and what became of it."""

    seed: int
    suffered: dict[str, Suffered]
    inputs: dict[Sort, int]
    requests: int
    seconds: float
    repeated_slices: int
    report: AuditReport
    said: list[str] = field(default_factory=list)
    pauses: list[Pause] = field(default_factory=list)
    """Where there are several brokers: for how long nobody got an answer, for each blow against one of them."""

    @property
    def outcomes(self) -> dict[str, int]:
        """Requests by their last outcome, as the audit read them."""
        prefix = "outcome "
        return {name[len(prefix) :]: n for name, n in self.report.counts.items() if name.startswith(prefix)}

    @property
    def final(self) -> int:
        """Requests with a final outcome."""
        return sum(self.outcomes.get(outcome, 0) for outcome in FINAL_OUTCOMES)

    @property
    def passed(self) -> bool:
        """The audit passes, and every request that was sent is final."""
        return self.report.verdict is Verdict.PASS and self.final == self.requests


async def endure(
    trial: Trial, progress: Progress = lambda _step, _done, _total: None, *, judge: Judge = verdict_of
) -> Ordeal:
    """Run the whole trial on a chain of its own; nothing of it is left running, whatever happens.

    `judge` reads the topics of the chain at rest and says what it finds. Raises ChainError when the chain cannot start,
    or does not come back.
    """
    began, said = time.monotonic(), list[str]()
    supervisor = Supervisor(
        trial.settings, say=said.append, progress=progress, restarts_max=len(trial.blows) + len(trial.settings.names)
    )
    async with running(supervisor) as chain:
        inputs = _inputs(trial, chain.today)
        assault = Assault(supervisor)
        feed = Feed(chain.connection, chain.partitions)
        await _under_load(trial, inputs, assault, feed, progress)
        await at_rest(chain, trial.heal_s_max)
        report = await _judged(chain, judge)
        answered = await answered_ms(chain) if trial.settings.brokers > 1 else []
    return Ordeal(
        seed=trial.seed,
        suffered=assault.suffered,
        inputs=dict(inputs.counts),
        requests=inputs.requests,
        seconds=time.monotonic() - began,
        repeated_slices=feed.repeated_slices,
        report=report,
        said=said,
        pauses=pauses(assault.struck, answered) if answered else [],
    )


def _inputs(trial: Trial, today: date) -> Inputs:
    settings = trial.settings
    encounters = Encounters.of(settings.seed, today, people=settings.persons, count=trial.count, failing_bp=FAILING_BP)
    return Inputs(encounters, trial.seed, settings.partitions, trial.duplicates_percent)


async def _under_load(trial: Trial, inputs: Inputs, assault: Assault, feed: Feed, progress: Progress) -> None:
    """Feed and strike at the same time, so paced that both end together."""
    planned = trial.blows
    struck = 0
    expected = round(trial.count * (1 + trial.duplicates_percent / 100))
    rate = max(RATE_MIN, expected / max(1.0, lasts_s(planned)))

    def tell_blow() -> None:
        nonlocal struck
        struck += 1
        progress("blows", struck, len(planned))

    assault.tell = tell_blow
    async with asyncio.TaskGroup() as group:
        group.create_task(assault.strike(planned))
        group.create_task(feed.send(iter(inputs), rate, lambda sent: progress("inputs", sent, max(sent, expected))))


async def _judged(chain: Descriptor, judge: Judge) -> AuditReport:
    """The verdict; what is open gets one more moment, since an answer may have been about to come."""
    report = await judge(chain)
    if report.verdict is Verdict.UNKNOWN:
        await asyncio.sleep(OPEN_AGAIN_S)
        report = await judge(chain)
    return report
