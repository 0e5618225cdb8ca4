"""One whole run on one broker: the relay; the chain at full speed, idle, at half load; the audit; the large store."""

import asyncio
import os
import platform
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from yidi.bench.course import Course
from yidi.bench.latency import Latency, idle, paced
from yidi.bench.material import Material, as_sent
from yidi.bench.meter import Meter
from yidi.bench.million import PERSONS, enlarge
from yidi.bench.relaying import INPUTS
from yidi.bench.report import BenchReport, Machine, Opening, system_words
from yidi.bench.steady import Steady
from yidi.broker import EmbeddedBroker
from yidi.chain.child import Child
from yidi.chain.errors import StartFailed
from yidi.chain.place import Descriptor, Place
from yidi.chain.reader import Reader
from yidi.chain.rest import at_rest
from yidi.chain.sender import Message, Sender
from yidi.chain.settings import ChainSettings, ServiceSettings
from yidi.chain.supervisor import Supervisor
from yidi.chain.verdict import verdict_of
from yidi.contract.topics import partition_of, plan
from yidi.domain.instants import business_date
from yidi.runtime.admin import ensure_topics
from yidi.runtime.connection import Connection
from yidi.world.encounters import Encounters

READY_S_MAX: Final = 60.0
REST_S_MAX: Final = 60.0
HALF_RATE_MAX: Final = 3_000
PATTERNS: Final = 64
RELAY: Final = "yidi.bench.relay"
RELAY_ROUNDS: Final = 3
"""The relay passes the records on so many times: it is several times as fast, and its window as long."""
HOLDS_BACK: Final = "hospital"
"""The seat that reads encounters starts last, when they all lie ready."""

Progress = Callable[[str, int, int], None]
Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Contest:
    """How large, from which seed. `settings` is the chain's; its data directory is used up by the run."""

    settings: ChainSettings
    encounters: int = 20_000
    singles: int = 200
    half_s: float = 15.0
    million: bool = True


@dataclass(slots=True)
class Run:
    """What the phases share."""

    contest: Contest
    broker: EmbeddedBroker
    material: Material
    say: Say
    progress: Progress

    @property
    def partitions(self) -> int:
        return self.contest.settings.partitions


async def contend(contest: Contest, say: Say, progress: Progress) -> BenchReport:
    """Run everything and report; nothing is left running, whatever happens. Raises ChainError in words."""
    began, machine = time.monotonic(), _machine()
    settings = contest.settings
    today = business_date(time.time_ns() // 1_000_000)
    total = contest.encounters + contest.singles + round(contest.half_s * HALF_RATE_MAX / 2) + 1
    encounters = Encounters.of(settings.seed, today, people=settings.persons, count=total)
    place = Place(settings.data_dir)
    place.prepare()
    async with EmbeddedBroker(place.broker, settings.port, fresh=True, progress=progress) as broker:
        run = Run(contest, broker, Material(encounters, progress), say, progress)
        messages = await asyncio.to_thread(run.material.take, contest.encounters)
        say("the relay: the same records over the same hops, without logic and store")
        relay = await _relay(run, place, messages)
        say("the chain")
        measured = await _chain(run, messages, today)
    return BenchReport(
        machine=machine,
        seed=settings.seed,
        encounters=contest.encounters,
        persons=settings.persons,
        relay=relay,
        took_s=time.monotonic() - began,
        **measured,  # type: ignore[arg-type]  # the fields that the chain's half fills
    )


async def _relay(run: Run, place: Place, messages: list[Message]) -> Steady:
    connection, settings = Connection(bootstrap=run.broker.bootstrap), run.contest.settings
    await ensure_topics(connection, plan(settings.inboxes, settings.partitions))
    given = ServiceSettings(
        connection=connection, store=os.devnull, partitions=settings.partitions, inboxes=settings.inboxes
    ).model_dump_json()
    children = {seat: Child(seat, given, place.log(f"relay-{seat}"), RELAY) for seat in INPUTS}
    try:
        async with Sender(connection, settings.partitions) as sender:
            await sender.send(messages * RELAY_ROUNDS)
        for seat in INPUTS.keys() - {HOLDS_BACK}:
            await _started(children[seat])
        meter = Meter(_pids(run.broker, children, without=HOLDS_BACK))

        async def start() -> None:
            await _started(children[HOLDS_BACK])
            meter.follow(HOLDS_BACK, children[HOLDS_BACK].pid)

        async with Reader(connection, settings.partitions) as reader:
            return await Course(reader, meter, "relay", run.progress).run(start, RELAY_ROUNDS * len(messages))
    finally:
        await asyncio.gather(*(child.stop() for child in children.values()))


async def _started(child: Child) -> None:
    await child.start()
    if not await child.ready(READY_S_MAX):
        raise StartFailed(f"The relay of {child.service} did not start. {child.last_words()}", f"See {child.log}.")


async def _chain(run: Run, messages: list[Message], today: date) -> Mapping[str, object]:
    async with _services(run) as (supervisor, chain):
        if chain.today != today:
            raise StartFailed("Midnight passed in Shanghai while the run began.", "Run it again.")
        await supervisor.children[HOLDS_BACK].stop()
        async with Sender(chain.connection, chain.partitions) as sender:
            await sender.send(as_sent(messages))
        full = await _full_speed(run, supervisor, chain, len(messages))
        per_settlement = await _messages_per(chain, len(messages))
        meter = Meter(_pids(run.broker, supervisor.children))
        idling = await _idle(run, chain)
        half, half_cpu_us = await _half(run, chain, full.rate / 2, meter)
        await at_rest(chain, REST_S_MAX)
        run.say("the audit")
        report = await verdict_of(chain, lambda done, total: run.progress("audit", done, total))
        opening = await _opening(run, supervisor, chain) if run.contest.million else None
    return {
        "chain": full,
        "messages_per_settlement": per_settlement,
        "idle": idling,
        "half": half,
        "half_cpu_us": half_cpu_us,
        "peak_mib": meter.peak_mib(),
        "verdict": str(report.verdict),
        "opening": opening,
    }


@asynccontextmanager
async def _services(run: Run) -> AsyncIterator[tuple[Supervisor, Descriptor]]:
    """The services on the broker that runs, unwatched: one that dies here spoils the run and must not come back."""
    settings = run.contest.settings.model_copy(update={"bootstrap": run.broker.bootstrap, "fresh": True})
    supervisor = Supervisor(settings, say=run.say, progress=run.progress)
    try:
        yield supervisor, await supervisor.start()
    finally:
        await asyncio.shield(supervisor.stop())


async def _full_speed(run: Run, supervisor: Supervisor, chain: Descriptor, expected: int) -> Steady:
    async def start() -> None:
        await supervisor.start_service(HOLDS_BACK)
        meter.follow(HOLDS_BACK, supervisor.children[HOLDS_BACK].pid)

    meter = Meter(_pids(run.broker, supervisor.children, without=HOLDS_BACK))
    async with Reader(chain.connection, chain.partitions) as reader:
        steady = await Course(reader, meter, "chain", run.progress).run(start, expected)
    await at_rest(chain, REST_S_MAX)
    return steady


async def _idle(run: Run, chain: Descriptor) -> Latency:
    run.say("one after the other")
    return await idle(chain, as_sent(await asyncio.to_thread(run.material.take, run.contest.singles)))


async def _half(run: Run, chain: Descriptor, rate: float, meter: Meter) -> tuple[Latency, dict[str, float]]:
    """Latency at half load, and CPU microseconds a settlement by process."""
    run.say(f"at half load: {rate:.0f} a second")
    count = round(min(rate, HALF_RATE_MAX / 2) * run.contest.half_s)
    messages = as_sent(await asyncio.to_thread(run.material.take, count))
    before = meter.cpu_s()
    half = await paced(chain, messages, rate)
    return half, {name: 1e6 * (cpu_s - before[name]) / count for name, cpu_s in meter.cpu_s().items()}


async def _messages_per(chain: Descriptor, settlements: int) -> float:
    """Messages on all topics of the flow, the encounter included, by settlement."""
    flow = [topic.name for topic in plan(chain.inboxes, chain.partitions) if not _standing(topic.name)]
    async with Reader(chain.connection, chain.partitions) as reader:
        return sum((await reader.ends(reader.parts(flow))).values()) / settlements


def _standing(topic: str) -> bool:
    return topic.startswith(("reference.", "registry."))


async def _opening(run: Run, supervisor: Supervisor, chain: Descriptor) -> Opening:
    run.say(f"an agency's store with {PERSONS:,} persons more")
    path = supervisor.place.store("agency")
    await supervisor.children["agency"].stop()
    small = await _seconds_to_start(supervisor)
    await supervisor.children["agency"].stop()
    people = [run.material.encounters.population.person(index).psn_no for index in range(PATTERNS)]
    patterns = [(partition_of(psn_no.encode(), chain.partitions), psn_no) for psn_no in people]
    await asyncio.to_thread(enlarge, path, chain.partitions, patterns, run.progress)
    large = await _seconds_to_start(supervisor)
    first = await idle(chain, as_sent(await asyncio.to_thread(run.material.take, 1)))
    return Opening(small, large, PERSONS, path.stat().st_size, first.max_ms)


async def _seconds_to_start(supervisor: Supervisor) -> float:
    began = time.monotonic()
    await supervisor.start_service("agency")
    return time.monotonic() - began


def _pids(broker: EmbeddedBroker, children: Mapping[str, Child], *, without: str = "") -> dict[str, int]:
    pids = {name: child.pid for name, child in children.items() if name != without}
    return {"broker": broker.pid, **pids}


def _machine() -> Machine:
    return Machine(
        cpus=os.cpu_count() or 1,
        model=_cpu_model(),
        system=system_words(),
        python=platform.python_version(),
        load_before=os.getloadavg()[0],
    )


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), "")
