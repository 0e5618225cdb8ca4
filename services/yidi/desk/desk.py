"""The desk as one object: its store, its people, what it knows of the world; and the one way in which it acts."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from sqlalchemy import Connection

from yidi.contract.records import FilingHistory, PersonHistory, SettlementResult
from yidi.desk import ledger
from yidi.desk.calculation import Calculator
from yidi.desk.cases import case
from yidi.desk.ledger import Deed
from yidi.desk.people import People, Person, Role
from yidi.desk.places import Places
from yidi.desk.refusals import BadRequest, DeskRefusal
from yidi.desk.settings import DeskSettings
from yidi.desk.store import Store

T = TypeVar("T")
REASON_CHARS_MAX: Final = 500
HOUR_MS: Final = 3_600_000


class Log(Protocol):
    """What the desk asks the log for, besides what it takes in by itself. Raises OutOfReach."""

    def person(self, psn_no: str) -> PersonHistory | None:
        """The person as the registry has published them."""
        ...

    def filings(self, psn_no: str) -> FilingHistory | None:
        """Their filings, likewise."""
        ...

    def results(self, psn_no: str) -> list[SettlementResult]:
        """What hospitals were answered about the person, as far as the topics still hold it."""
        ...

    def encounters(self, wanted: "Sequence[Any]") -> dict[str, bytes]:
        """Encounters as they were sent, by msgid; what is not found is left out. See `yidi.desk.foretelling`."""
        ...

    def operations(self) -> list[bytes]:
        """Everything on errors.operations."""
        ...

    def flow(self) -> dict[str, Any]:
        """How far every service has read, and where topics end."""
        ...

    def end(self) -> None:
        """Nobody is kept waiting any more, from now on: whoever asks gets Ending."""
        ...


@dataclass(slots=True)
class Desk:
    """Every command and every view of the desk needs this, and nothing else. Time is injected."""

    store: Store
    settings: DeskSettings
    people: People
    log: Log
    clock: Callable[[], int]
    fresh_id: Callable[[], str] = lambda: secrets.token_hex(8)
    """Ids of plans and mends, nobody's guess."""
    calculator: Calculator | None = None
    """Works out manual claims; without one the desk says that it cannot."""
    places: Places = field(default_factory=Places)
    troubles: dict[str, str] = field(default_factory=dict)
    starting: bool = False
    """Until it has read what lay there: it answers only for its health."""
    ending: bool = False
    """From when it was asked to stop: nobody is kept waiting for news."""

    def trouble(self, part: str, words: str | None) -> None:
        """Note that a part does not work, or (None) that it works again."""
        if words is None:
            self.troubles.pop(part, None)
        else:
            self.troubles[part] = words

    def end(self) -> None:
        """From now on nobody waits for anything here, so that the process can end; what is written stays whole."""
        self.ending = True
        self.log.end()
        self.store.end()

    @property
    def alarm_ms(self) -> int:
        return round(self.settings.alarm_hours * HOUR_MS)

    def act(self, person: Person, role: Role, deed: str, about: str, reason: str, work: "Work[T]") -> T:  # noqa: PLR0917 — who, as what, does what, to what, why
        """Carry out a command: `work` and its link of the hash chain in one transaction, all or nothing.

        A command that is refused is a link too, in a transaction of its own, and the refusal is raised again.
        """
        now_ms = self.clock()
        about = self.full_id(about)
        try:
            person.need(role)
            _check_reason(reason)
            with self.store.write() as connection:
                done, words = work(connection, now_ms)
                ledger.append(connection, self._deed(person, deed, about, reason, words), now_ms)
        except DeskRefusal as refusal:
            self.record(person, deed, about, reason, f"{refusal.kind}: {refusal.what}")
            raise
        return done

    def look(self, reading: Callable[[Connection, int], T]) -> Callable[[], T]:
        """Read beforehand what a long command needs, so that others may write meanwhile.

        The returned function gives what was found, or raises the refusal then: inside `act`, which records it.
        """
        try:
            with self.store.read() as connection:
                found = reading(connection, self.clock())
        except DeskRefusal as refusal:
            refused = refusal

            def again() -> T:
                raise refused

            return again
        return lambda: found

    def record(self, person: Person, deed: str, about: str, reason: str, result: str) -> None:
        """One link about what changed nothing in the desk: a denial, an unmasking."""
        with self.store.write() as connection:
            ledger.append(connection, self._deed(person, deed, about, reason, result), self.clock())

    def full_id(self, wanted: str) -> str:
        """The error's whole id, where `wanted` is the beginning of exactly one; else as it is."""
        try:
            with self.store.read() as connection:
                return str(case(connection, wanted).error_id)
        except DeskRefusal:
            return wanted

    @staticmethod
    def _deed(person: Person, deed: str, about: str, reason: str, result: str) -> Deed:
        return Deed(person.name, person.authenticated, deed, about, reason[:REASON_CHARS_MAX], result)


Work = Callable[[Connection, int], tuple[T, str]]
"""What a command does, given the transaction and now: its answer, and its result in words for the chain."""


def _check_reason(reason: str) -> None:
    if len(reason) > REASON_CHARS_MAX:
        raise BadRequest(f"The reason is longer than {REASON_CHARS_MAX} characters.", "Say it shorter.")


def need_reason(reason: str) -> None:
    """Commands that others will ask about need a reason."""
    if not reason.strip():
        raise BadRequest("A reason is needed.", "Say why, with --reason.")
