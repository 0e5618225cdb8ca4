"""A chain in virtual time: the simulated log, everything in this process, a test in milliseconds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

from yidi.audit import AuditReport
from yidi.chain.answers import Answer, Encounter
from yidi.chain.chronicle import Chronicle
from yidi.chain.journey import flow_topics
from yidi.chain.leg import leg_of
from yidi.chain.simulation import FAULTS, Ground, SimulatedChain
from yidi.contract import topics
from yidi.contract.records import ErrorReport
from yidi.domain.instants import DAY_MS, start_of
from yidi.runtime.decider import Headers, Record
from yidi.runtime.simulated import CALM, START_MS
from yidi.testing.failure import NotHere
from yidi.testing.roster import Roster
from yidi.testing.verbs import Verbs
from yidi.world.seed import Seedling, example_people, shared

TODAY: Final = date(2025, 6, 15)
"""The day on which virtual time begins, and on which tests in every world take place: figures do not depend on when a
test runs."""
NOON_MS: Final = 12 * 3_600_000


@cache
def ground() -> Ground:
    """All shipped reference data and the example persons; half a second, once a process."""
    return Ground((*shared(TODAY), *example_people(TODAY)))


@dataclass(frozen=True, slots=True)
class Weather:
    """What a simulated chain has to bear: with `faults`, everything that the simulated world knows, by that seed."""

    seed: int = 1
    faults: bool = False


class SimulatedVerbs(Verbs):
    """`yidi.testing.Chain` over the simulated log. Calls never really wait."""

    def __init__(self, today: date = TODAY, weather: Weather | None = None) -> None:
        super().__init__(Roster(0, today))
        self.weather = weather or Weather()
        self._chain = SimulatedChain(
            self.weather.seed, ground(), faults=FAULTS if self.weather.faults else CALM, chaos_steps=None
        )
        self._chain.advance(max(0, start_of(today) + NOON_MS - START_MS))

    async def advance(self, days: int) -> None:
        await super().advance(days)
        self._chain.advance(days * DAY_MS)

    async def send(
        self, topic: str, key: bytes, value: bytes, headers: Headers = (), partition: int | None = None
    ) -> None:
        if topic not in self._chain.world.log.plan:
            raise NotHere(f"the simulated chain has no topic {topic}: take yidi_kafka, or another topic")
        self._chain.send(topic, key, value, headers, partition)
        self._chain.run()

    async def audit(self) -> AuditReport:
        return self._chain.audit()

    async def logs(self) -> Mapping[str, list[Record]]:
        return self._chain.chronicle().logs

    # Inside -----------------------------------------------------------------------------------------------------

    def _now_ms(self) -> int:
        return self._chain.now_ms

    async def _answers(self, encounters: Sequence[Encounter]) -> dict[str, Answer]:
        for one in encounters:
            self._chain.send(one.topic, one.psn_no.encode(), one.value, one.headers)
        self._chain.run()
        return {one.msgid: self._answer(Answer(one.msgid, one.topic, one.attempt), one.psn_no) for one in encounters}

    async def _replayed(self, report: ErrorReport) -> Answer:
        message = self._chain.chronicle().replay(report)
        self._chain.send(message.topic, message.key, message.value, message.headers)
        self._chain.run()
        answer = Answer(report["msgid"] or "", message.topic, report["attempt"] + 1)
        return self._answer(answer, message.key.decode())

    async def _apply(self, changes: Sequence[Seedling]) -> None:
        self._chain.change(changes)
        self._chain.run()

    async def _records_of(self, psn_no: str) -> list[Record]:
        logs, key = self._chronicle.logs, psn_no.encode()
        found = [record for name in flow_topics((topics.DEFAULT_INBOX,)) for record in logs[name] if record.key == key]
        return sorted(found, key=lambda record: record.timestamp_ms)

    async def _logs_of(self, names: Sequence[str]) -> Mapping[str, list[Record]]:
        return {name: self._chain.world.records(name) for name in names}

    def _answer(self, answer: Answer, psn_no: str) -> Answer:
        """What lies in the topics about the message, taken in as commands do."""
        for name in flow_topics((topics.DEFAULT_INBOX,)):
            for record in self._chain.world.records(name):
                if record.key != psn_no.encode():
                    continue
                leg = leg_of(record)
                if answer.msgid in (leg.content.get("request_msgid"), leg.content.get("msgid")):
                    answer.take(leg)
        return answer

    @property
    def _chronicle(self) -> Chronicle:
        return self._chain.chronicle()
