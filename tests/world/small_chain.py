"""The four deciders in one process, a dict for each partition's state: what a record brings about, at once."""

from collections import defaultdict, deque
from dataclasses import dataclass, field
from datetime import date

from yidi.agency.policy_book import shipped_book
from yidi.agency.service import AgencyDecider
from yidi.contract import records, topics
from yidi.contract.codec import ENCOUNTER_CHARGES, SETTLEMENT_RESULT, WireError
from yidi.domain.faults import Refusal
from yidi.domain.instants import DAY_MS, start_of
from yidi.hospital.service import HospitalService
from yidi.platform.service import Platform
from yidi.registry.service import RegistryService
from yidi.runtime.checks import check
from yidi.runtime.decider import Decider, Outgoing, Record
from yidi.runtime.memory import MemoryView
from yidi.world.fault_case import Sent
from yidi.world.seed import Seedling, example_people, shared

PARTITIONS = topics.PARTITIONS


@dataclass
class SmallChain:
    """Feed it changes and records; `errors` has (service, code), `results` what the hospitals hear."""

    today: date
    errors: list[tuple[str, str]] = field(default_factory=list)
    details: list[str] = field(default_factory=list)
    results: list[records.SettlementResult] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._plan = {topic.name: topic for topic in topics.plan()}
        self._offsets: dict[tuple[str, int], int] = defaultdict(int)
        self._readers: dict[str, list[tuple[Decider, list[MemoryView]]]] = defaultdict(list)
        for decider in (RegistryService(PARTITIONS), HospitalService(), Platform(), AgencyDecider(shipped_book())):
            views = [MemoryView() for _ in range(PARTITIONS)]
            for topic in (*decider.references, *decider.inputs):
                self._readers[topic].append((decider, views))

    def plant(self, seedlings: tuple[Seedling, ...]) -> None:
        for seedling in seedlings:
            self.send(Sent(topics.REGISTRY_REQUESTS, seedling.key, seedling.value))

    def settle(self, encounter: records.EncounterCharges) -> records.SettlementResult:
        """Send an encounter; the last result that its hospital hears."""
        self.send(Sent(topics.ENCOUNTERS, encounter["psn_no"].encode(), ENCOUNTER_CHARGES.encode(encounter)))
        return self.results[-1]

    def send(self, sent: Sent) -> None:
        """Everything that the record brings about has happened when it returns."""
        waiting = deque([sent])
        while waiting:
            one = waiting.popleft()
            if one.topic == topics.hospital_results("default"):
                self.results.append(SETTLEMENT_RESULT.decode(one.value))
            waiting.extend(Sent(out.topic, out.key, out.value, out.headers, out.partition) for out in self._read(one))

    def _read(self, sent: Sent) -> list[Outgoing]:
        partition = sent.partition
        if partition is None:
            partition = topics.partition_of(sent.key, PARTITIONS)
        offset = self._offsets[sent.topic, partition]
        self._offsets[sent.topic, partition] += 1
        record = Record(sent.topic, partition, offset, 0, sent.key, sent.value, sent.headers)
        readers = self._readers[sent.topic]
        return [out for decider, views in readers for out in self._decide(decider, views[partition], record)]

    def _decide(self, decider: Decider, view: MemoryView, record: Record) -> list[Outgoing]:
        try:
            check(record, self._plan)
            decision = decider.decide(view, record, start_of(self.today) + DAY_MS // 2)
        except Refusal as refusal:
            self._report(decider, refusal)
            return []
        except WireError as error:
            self.errors.append((decider.service, type(error).__name__))
            return []
        if decision.failure:
            self._report(decider, decision.failure.refusal)
        view.apply(decision)
        return list(decision.messages)

    def _report(self, decider: Decider, refusal: Refusal) -> None:
        self.errors.append((decider.service, refusal.fault.code))
        self.details.append(refusal.detail)


def furnished(today: date) -> SmallChain:
    """A chain that knows the shipped reference data and the example persons."""
    chain = SmallChain(today)
    chain.plant(tuple(shared(today)))
    chain.plant(tuple(example_people(today)))
    return chain
