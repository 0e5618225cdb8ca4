"""The desk beside the simulated chain: under duplicates and crashes every replay has one effect, the proof holds."""

import random
from pathlib import Path

import pytest
from aiokafka import TopicPartition

from tests.desk.bench import ANNA, Bench
from tests.postgresql import Server
from tests.simulation.troupe import ground, troupe
from yidi.audit import Verdict
from yidi.chain.simulation import FAULTS, SimulatedChain
from yidi.contract import topics
from yidi.desk import mending, plans, work
from yidi.desk.ledger import head_of, verify
from yidi.desk.plans import Wish
from yidi.runtime.decider import Record
from yidi.runtime.simulated import CALM, Faults

ROUNDS_MAX = 30
STILL_ROUNDS = 3
SEEDS = range(2, 8)
READ = (
    *(topics.errors(service) for service in topics.SERVICES),
    topics.hospital_results("default"),
    topics.REFERENCE_FILINGS,
)


class Beside:
    """A desk that reads a simulated chain's topics and sends into it; it dies between any two steps."""

    def __init__(self, folder: Path, chain: SimulatedChain, seed: int, store: str | None = None) -> None:
        self.bench = Bench(folder, partitions=chain.ground.partitions, store=store)
        self.bench.now_ms = chain.now_ms
        self.chain = chain
        self._chance = random.Random(seed)

    def round(self) -> int:
        """The chain goes on, the desk takes in, a plan steps, the outbox is sent, some of it twice; how much."""
        self.chain.run()
        self.bench.now_ms = max(self.bench.now_ms, self.chain.now_ms) + 1_100
        self._maybe_dies()
        for topic in READ:
            records = self.chain.world.records(topic)
            work.take_in(self.bench.desk, records)
            work.take_in(self.bench.desk, records[-3:])
        self._maybe_dies()
        work.step(self.bench.desk, self._ends())
        self._maybe_dies()
        published = self.bench.publish()
        for message in published:
            for _ in range(1 + (self._chance.random() < 0.3)):  # died after sending: sent again
                self.chain.send(message.topic, message.key, message.value, message.headers)
        return len(published)

    def _maybe_dies(self) -> None:
        if self._chance.random() < 0.4:
            self.bench.reopen()

    def _ends(self) -> dict[TopicPartition, int]:
        names = (topics.REFERENCE_PERSONS, topics.REFERENCE_FILINGS, topics.REFERENCE_SHARED)
        ends: dict[TopicPartition, int] = {}
        for name in names:
            for record in self.chain.world.records(name):
                ends[TopicPartition(name, record.partition)] = record.offset + 1
        return ends

    def until_quiet(self) -> None:
        """Until the desk has nothing to send for some rounds; each ends with a chain at rest."""
        still = 0
        for _ in range(ROUNDS_MAX):
            still = 0 if self.round() else still + 1
            if still == STILL_ROUNDS:
                return
        raise AssertionError("it does not come to rest")


def operations(chain: SimulatedChain) -> list[Record]:
    return list(chain.world.records(topics.OPERATIONS))


def mend_everybody(beside: Beside) -> None:
    """One filing a person, from their first treatment on: it covers the later ones."""
    unfiled = sorted((c for c in beside.bench.cases() if c.code == "NOT_FILED"), key=lambda case: case.begntime)
    firsts = {case.psn_no: case for case in reversed(unfiled)}
    for case in firsts.values():
        mending.mend(beside.bench.desk, ANNA, "filing", case.error_id, {"reason": "made up"})
    beside.until_quiet()


@pytest.mark.parametrize(("seed", "faults"), [(1, CALM), *((seed, FAULTS) for seed in SEEDS)])
def test_mended_and_replayed(tmp_path: Path, seed: int, faults: Faults) -> None:
    """What was refused for want of filings settles once after mending and bulk replay, whatever dies or comes twice."""
    mend_and_replay(tmp_path, seed, faults)


def test_mended_and_replayed_on_postgresql(tmp_path: Path, postgresql_server: Server) -> None:
    """The same with the desk's tables in PostgreSQL."""
    mend_and_replay(tmp_path, SEEDS[0], FAULTS, postgresql_server.fresh_database())


def mend_and_replay(folder: Path, seed: int, faults: Faults, store: str | None = None) -> None:
    """The story of both tests, from the first refusal to the last replay."""
    chain = SimulatedChain(seed, ground(), faults=faults)
    beside = Beside(folder, chain, seed, store)
    visits = [visit for actor in troupe().unfiled for visit in actor.visits]
    for visit in visits:
        chain.submit(visit)
    beside.until_quiet()
    mend_everybody(beside)
    wish = Wish(q="ready:yes", predict=False, canary=1, rate=2, stop=False)
    plan_id = plans.make(beside.bench.desk, ANNA, wish)["plan_id"]
    plans.execute(beside.bench.desk, ANNA, plan_id)
    for _ in range(ROUNDS_MAX):
        beside.round()
    beside.until_quiet()
    assert beside.bench.plan(plan_id).state == "done"
    replayed = {case.msgid for case in beside.bench.cases() if case.replays}
    assert replayed
    for msgid in replayed:
        final = chain.chronicle().final(msgid)
        assert final is not None
        assert (final["outcome"], final["attempt"]) == ("DONE", 2)
    assert {case.state for case in beside.bench.cases() if case.replays} == {"settled"}
    assert chain.audit().verdict is Verdict.PASS
    with beside.bench.desk.store.read() as connection:
        head = head_of(connection)
    found = verify([record.value or b"" for record in operations(chain)], head)
    assert found.findings == ()
