"""The calls that are the same in every world, told in what a world can do: send, wait, look."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Coroutine, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Literal, TypeVar

from yidi.audit import AuditReport
from yidi.chain.answers import Answer, Encounter
from yidi.chain.journey import related
from yidi.chain.leg import Leg, leg_of
from yidi.contract import topics
from yidi.contract.codec import ERROR_REPORT, INSTITUTION, RecordType, WireError
from yidi.contract.records import EncounterCharges, ErrorReport
from yidi.runtime.decider import Headers, Record
from yidi.testing.bill import Bill
from yidi.testing.dump import write_topics
from yidi.testing.expectation import Expectation
from yidi.testing.failure import NotSettled, RegistryRefused
from yidi.testing.filing import Filing
from yidi.testing.institution import Institution
from yidi.testing.outcome import Outcome, outcome_of
from yidi.testing.person import Person
from yidi.testing.roster import Roster, encoded
from yidi.world.seed import Seedling

T = TypeVar("T")


class Verbs(ABC):
    """See `yidi.testing.Chain` for what each call promises."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster
        self.outcomes: list[Outcome] = []
        """What became of each bill so far, for the report of a test that fails."""

    @property
    def today(self) -> date:
        return self._roster.today

    def psn_no(self, person: Person) -> str:
        return self._roster.psn_no(person)

    # Bills ------------------------------------------------------------------------------------------------------

    async def settle(self, bill: Bill) -> Outcome:
        outcome = await self.submit(bill)
        if not outcome.done:
            raise NotSettled(outcome)
        return outcome

    async def submit(self, bill: Bill) -> Outcome:
        return (await self.submit_all([bill]))[0]

    async def submit_all(self, bills: Sequence[Bill]) -> list[Outcome]:
        await self._introduce(bills)
        return await self._ask([self._roster.charges(bill) for bill in bills])

    async def pre_settle(self, bill: Bill) -> Outcome:
        await self._introduce([bill])
        return await self._about(self._roster.charges(bill), "PRE_SETTLE")

    def expect_fault(self, code: str, bill: Bill | None = None) -> Expectation:
        __tracebackhide__ = True
        return Expectation(code, bill, self.submit)

    async def query(self, of: Bill | Outcome) -> Outcome:
        return await self._about(self._roster.original(of), "QUERY")

    async def reverse(self, of: Bill | Outcome) -> Outcome:
        outcome = await self._about(self._roster.original(of), "REVERSE")
        if outcome.outcome != "REVERSED":
            raise NotSettled(outcome)
        return outcome

    async def replay(self, refused: Outcome) -> Outcome:
        if refused.report is None:
            raise ValueError(f"the bill {refused.msgid} has no error report: there is nothing to replay")
        outcome = outcome_of(refused.charges, await self._replayed(refused.report))
        self.outcomes.append(outcome)
        return outcome

    async def _introduce(self, bills: Sequence[Bill]) -> None:
        changes = [seedling for bill in bills for seedling in self._roster.introductions(bill)]
        if changes:
            await self._apply(changes)

    async def _about(self, original: EncounterCharges, operation: Literal["QUERY", "REVERSE", "PRE_SETTLE"]) -> Outcome:
        return (await self._ask([self._roster.about(original, operation, self._now_ms())]))[0]

    async def _ask(self, messages: Sequence[EncounterCharges]) -> list[Outcome]:
        answers = await self._answers([Encounter(m["msgid"], m["psn_no"], encoded(m)) for m in messages])
        found = [outcome_of(message, answers[message["msgid"]]) for message in messages]
        self.outcomes += found
        return found

    # Reference data ---------------------------------------------------------------------------------------------

    async def enrol(self, *people: Person) -> None:
        await self._apply([seedling for person in people for seedling in self._roster.enrolments(person)])

    async def file(self, person: Person, filing: Filing) -> None:
        msgid, seedling = self._roster.filing(person, filing, self._now_ms())
        await self._apply([seedling])
        for report in await self.errors():
            if report["msgid"] == msgid:
                raise RegistryRefused(report)

    async def open_institution(self, institution: Institution) -> None:
        await self.publish(f"institution/{institution.code}", INSTITUTION, institution.record())

    async def publish(self, subject: str, record_type: RecordType[Any], record: Mapping[str, Any]) -> None:
        await self._apply([self._roster.shared(subject, record_type, record)])

    # Time -------------------------------------------------------------------------------------------------------

    def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        return asyncio.run(doing)

    async def advance(self, days: int) -> None:
        if days < 0:
            raise ValueError("time does not go back")
        self._roster.pass_days(days)

    # Looking ----------------------------------------------------------------------------------------------------

    async def legs(self, of: Bill | Outcome | Person) -> list[Leg]:
        if isinstance(of, Person):
            psn_no = wanted = self._roster.psn_no(of)
        else:
            message = self._roster.original(of)
            psn_no, wanted = message["psn_no"], message["msgid"]
        return related([leg_of(record) for record in await self._records_of(psn_no)], wanted)

    async def errors(self) -> list[ErrorReport]:
        logs = await self._logs_of([topics.errors(service) for service in topics.SERVICES])
        found: dict[str, ErrorReport] = {}
        for record in (record for records in logs.values() for record in records):
            try:
                report = ERROR_REPORT.decode(record.value or b"")
            except WireError:
                continue  # the desk's business
            if self._is_ours(report):
                found.setdefault(report["error_id"], report)
        return list(found.values())

    async def keep(self, folder: Path) -> None:
        write_topics(folder, await self.logs())

    def _is_ours(self, report: ErrorReport) -> bool:  # noqa: ARG002 — a chain of its own has nobody else's
        return True

    # What a world can do ----------------------------------------------------------------------------------------

    @abstractmethod
    def _now_ms(self) -> int: ...

    @abstractmethod
    async def _answers(self, encounters: Sequence[Encounter]) -> dict[str, Answer]:
        """Send them and wait for what becomes of each, by msgid."""

    @abstractmethod
    async def _replayed(self, report: ErrorReport) -> Answer: ...

    @abstractmethod
    async def _apply(self, changes: Sequence[Seedling]) -> None:
        """Let the registry have them, and every service see what it publishes."""

    @abstractmethod
    async def _records_of(self, psn_no: str) -> list[Record]:
        """The flow's records with that key."""

    @abstractmethod
    async def _logs_of(self, names: Sequence[str]) -> Mapping[str, list[Record]]: ...

    @abstractmethod
    async def logs(self) -> Mapping[str, list[Record]]: ...

    @abstractmethod
    async def audit(self) -> AuditReport: ...

    @abstractmethod
    async def send(
        self, topic: str, key: bytes, value: bytes, headers: Headers = (), partition: int | None = None
    ) -> None: ...
