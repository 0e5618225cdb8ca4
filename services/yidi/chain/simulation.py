"""The whole chain in the simulated world: registry, hospital, platform and agency in one process, in virtual time.

    ground = Ground(seedlings)                     # once: the registry publishes, every service reads
    chain = SimulatedChain(seed, ground)           # as often as wanted: a fresh chain that knows the reference data
    result = chain.settle(encounter)               # its final answer
    assert chain.audit().verdict is Verdict.PASS

The same deciders as in the services, the same runtime but for Kafka; no network, no threads, no waiting. With `FAULTS`
everything goes wrong that the simulated world knows, and the answers have to be the same.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from yidi.agency.policy_book import shipped_book
from yidi.agency.service import AgencyDecider
from yidi.audit import AuditReport, audit_records
from yidi.chain.chronicle import Chronicle
from yidi.chain.errors import NoAnswer, StartFailed
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.contract.records import EncounterCharges, ErrorReport, SettlementResult
from yidi.domain.instants import DAY_MS
from yidi.hospital.service import HospitalService
from yidi.platform.deadlines import Deadlines
from yidi.platform.service import Platform
from yidi.registry.service import RegistryService
from yidi.runtime.decider import ATTEMPT_HEADER, Decider, Headers
from yidi.runtime.simulated import CALM, Faults, Simulation
from yidi.world.seed import Seedling

PARTITIONS: Final = 2
"""Enough for faults to reorder across partitions, and few, since shared reference data lies in every one."""

SHORT: Final = replace(
    Deadlines(), visit_ms=4_000, stay_ms=6_000, reversal_ms=4_000, again_ms=2_000, again_ms_max=60_000
)
"""Deadlines of the platform, in virtual milliseconds: they pass while things go wrong."""

FAULTS: Final = replace(Faults(), duplicate_input=0.25, time_jump=0.005)
"""Everything that the simulated world knows, deadlines that pass unawares included."""

CHAOS_STEPS: Final = 1_500
"""Small steps, about 190 for each instance, before the world heals."""

INPUT_RATE: Final = 0.05
"""Inputs per step: they come while others are under way."""


def seats(deadlines: Deadlines = SHORT, partitions: int = PARTITIONS) -> tuple[Decider, ...]:
    """The deciders of all services. What they keep in memory only saves work: chains may share them."""
    return (
        RegistryService(partitions),
        HospitalService(),
        Platform(deadlines=deadlines),
        AgencyDecider(shipped_book()),
    )


class Ground:
    """Where chains begin: reference data published by the registry and read by all services, and nothing else.

    Made once, it costs what the data costs; a chain on it costs some milliseconds. `deciders` makes the services, for
    those who put a seat of their own into the chain. StartFailed when the registry does not accept a seedling.
    """

    def __init__(
        self,
        seedlings: Iterable[Seedling],
        deciders: Callable[[], tuple[Decider, ...]] = seats,
        *,
        partitions: int = PARTITIONS,
    ) -> None:
        self.partitions = partitions
        self.plan = tuple(topics.plan(partitions=partitions))
        self.deciders = deciders()
        self.world = Simulation(0, self.deciders, self.plan, faults=CALM, chaos_steps=0, instances=1)
        for seedling in seedlings:
            self.world.send(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)
        self.world.run()
        refused = Chronicle({topic.name: self.world.records(topic.name) for topic in self.plan}).reports
        if refused:
            first = f"{refused[0]['code']}: {refused[0]['detail']}"
            raise StartFailed(f"{len(refused)} of the changes were refused.", f"Mend them; the first one is {first}")


class SimulatedChain:
    """A fresh chain on a ground. Send what you like, `run` until all is quiet, then look.

    Guarantee: the same seed and the same calls make the same world, record for record.
    """

    def __init__(
        self,
        seed: int,
        ground: Ground,
        *,
        faults: Faults = CALM,
        chaos_steps: int | None = None,
        instances: int = 2,
        horizon_ms: int = DAY_MS,
    ) -> None:
        """`run` lets time pass until nothing is due any more within `horizon_ms` of the beginning."""
        self.ground = ground
        steps = (0 if faults is CALM else CHAOS_STEPS) if chaos_steps is None else chaos_steps
        self.world = Simulation(
            seed,
            ground.deciders,
            ground.plan,
            faults=faults,
            chaos_steps=steps,
            instances=instances,
            horizon_ms=horizon_ms,
            input_rate=INPUT_RATE,
        )
        self.world.begin_from(ground.world)

    def send(self, topic: str, key: bytes, value: bytes, headers: Headers = (), partition: int | None = None) -> None:
        """Queue any record from outside."""
        self.world.send(topic, key, value, headers, partition)

    def submit(self, encounter: EncounterCharges, attempt: int = 1) -> None:
        """Queue an encounter."""
        headers = ((ATTEMPT_HEADER, b"%d" % attempt),) if attempt > 1 else ()
        self.send(topics.ENCOUNTERS, encounter["psn_no"].encode(), ENCOUNTER_CHARGES.encode(encounter), headers)

    def change(self, seedlings: Iterable[Seedling]) -> None:
        """Queue changes of reference data."""
        for seedling in seedlings:
            self.send(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)

    def replay(self, report: ErrorReport) -> None:
        """Queue what was reported again, under the next attempt, after the reference data that is there now.

        NotReplayable when the same bytes cannot do better.
        """
        message = self.chronicle().replay(report)
        self.send(message.topic, message.key, message.value, message.headers)

    def run(self) -> None:
        """Chaos, if there is any, then healing, until everything is final. AssertionError if that never comes."""
        self.world.run()

    def advance(self, ms: int) -> None:
        """Let time pass: what falls due meanwhile happens in its order; the horizon moves along."""
        target = self.now_ms + ms
        self.world.widen(ms)
        self.run()
        self.world.advance(max(0, target - self.now_ms))

    def settle(self, encounter: EncounterCharges) -> SettlementResult:
        """Send an encounter, run, and return its final answer; NoAnswer when there is none."""
        self.submit(encounter)
        self.run()
        final = self.chronicle().final(encounter["msgid"])
        if final is None:
            raise NoAnswer(f"No final answer for msgid {encounter['msgid']}.", "Look at the error reports.")
        return final

    def chronicle(self) -> Chronicle:
        """What lies in the topics now."""
        return Chronicle({topic.name: self.world.records(topic.name) for topic in self.ground.plan})

    def audit(self) -> AuditReport:
        """The oracle's judgement on all topics."""
        return audit_records(self.chronicle().logs, self.ground.partitions)

    @property
    def now_ms(self) -> int:
        """Virtual time, UTC milliseconds."""
        return self.world.log.now_ms
