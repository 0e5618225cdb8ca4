"""What a test can do with a chain, whichever world it lives in."""

from collections.abc import Coroutine, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol, TypeVar

from yidi.audit import AuditReport
from yidi.chain.leg import Leg
from yidi.contract.codec import RecordType
from yidi.contract.records import ErrorReport
from yidi.runtime.decider import Record
from yidi.testing.bill import Bill
from yidi.testing.expectation import Expectation
from yidi.testing.filing import Filing
from yidi.testing.institution import Institution
from yidi.testing.outcome import Outcome
from yidi.testing.person import Person

T = TypeVar("T")


class Chain(Protocol):
    """One chain for one test. Every call returns when what it brings about has happened.

    People are enrolled, and filed where they did not say otherwise, when a bill of theirs is first sent. Nothing of one
    test is seen by another one.
    """

    @property
    def today(self) -> date:
        """The day from which builders count; it moves with `advance`."""
        ...

    def wait(self, doing: Coroutine[Any, Any, T]) -> T:
        """Run one of these calls to its end, in a test that is no coroutine."""
        ...

    async def settle(self, bill: Bill) -> Outcome:
        """Send a bill and return its settlement; NotSettled with the whole story when it is not done."""
        ...

    async def submit(self, bill: Bill) -> Outcome:
        """Send a bill and return what becomes of it, whatever that is."""
        ...

    async def submit_all(self, bills: Sequence[Bill]) -> list[Outcome]:
        """Send several at once; outcomes in the order of the bills."""
        ...

    async def pre_settle(self, bill: Bill) -> Outcome:
        """Ask what would be paid; nothing changes."""
        ...

    def expect_fault(self, code: str, bill: Bill | None = None) -> Expectation:
        """The bill has to be refused with this code of the fault table."""
        ...

    async def query(self, of: Bill | Outcome) -> Outcome:
        """Ask what became of a bill that was sent before."""
        ...

    async def reverse(self, of: Bill | Outcome) -> Outcome:
        """Undo a settlement 冲正; the outcome is REVERSED, with the negative amounts."""
        ...

    async def replay(self, refused: Outcome) -> Outcome:
        """Send the failed bytes again under the next attempt, as an operator does."""
        ...

    async def enrol(self, *people: Person) -> None:
        """Let the registry publish these people as they are now; whoever is known is changed."""
        ...

    async def file(self, person: Person, filing: Filing) -> None:
        """Ask the registry to record a filing, as at the counter; RegistryRefused names every reason against it."""
        ...

    async def open_institution(self, institution: Institution) -> None:
        """Let the registry publish an institution of your own."""
        ...

    async def publish(self, subject: str, record_type: RecordType[Any], record: Mapping[str, Any]) -> None:
        """Any whole record of reference data, such as `region/330100`."""
        ...

    async def send(
        self,
        topic: str,
        key: bytes,
        value: bytes,
        headers: tuple[tuple[str, bytes], ...] = (),
        partition: int | None = None,
    ) -> None:
        """Put any record on any topic: poison, a foreign seat's message, a partition of your choice."""
        ...

    async def advance(self, days: int) -> None:
        """Let days pass: simulated deadlines pass, too; on Kafka only the calendar of the builders moves."""
        ...

    def psn_no(self, person: Person) -> str:
        """The number under which this chain knows a person."""
        ...

    async def legs(self, of: Bill | Outcome | Person) -> list[Leg]:
        """Every message on the way of a bill, or of all of a person's, in the order they happened."""
        ...

    async def errors(self) -> list[ErrorReport]:
        """Every error report about this test's people, and those that belong to nobody."""
        ...

    async def logs(self) -> Mapping[str, list[Record]]:
        """Every topic's records, whosever they are."""
        ...

    async def audit(self) -> AuditReport:
        """The oracle's judgement on everything that lies in the topics."""
        ...

    async def keep(self, folder: Path) -> None:
        """Write every topic as JSON lines, and the logs of what runs, to a folder."""
        ...
