"""One promise of the chain, as the oracle sees it: listens to the legs it needs, and speaks at the end."""

from typing import ClassVar

import msgspec

from yidi.audit.book import Book
from yidi.audit.findings import Findings
from yidi.audit.report import Finding, Level, Step


class Check:
    """Subclasses define any of these; each is called once per distinct message, in reading order.

    - `on_record(record, digest)`: every record, before it is decoded
    - `on_unreadable(record, leg, words)`, `on_misplaced(seen, words)`: it goes no further
    - `on_report(seen, report)`, `on_person(seen)`, `on_filing(seen)`, `on_shared(seen)`
    - `on_encounter(seen, case)`, `on_request(seen, case)`, `on_details(seen, details)`: the book has them already
    - `on_forwarded(seen, case)`, `on_forwarded_details(seen, details)`, `on_answer(seen, case, answer)`,
      `on_told(seen, case, told)`, `on_journal(seen, case)`: the book has them right afterwards, so that the case is as
      it was before
    - `on_conflict(seen, case)`, `on_second_entry(seen, case)`: the same id again, with other content
    """

    name: ClassVar[str]
    promise: ClassVar[str]

    def __init__(self, book: Book) -> None:
        self.book = book
        self.findings = Findings()
        self._absences: list[Finding] = []

    def close(self) -> None:
        """The partition was read to its end; say what only the whole can show."""

    def missing(self, words: str, *history: Step, known: bool) -> None:
        """Something is not there: a failure when the logs would show it (`known`), else an open question.

        Whether the logs rested is only seen at the end; until then the failure is kept back.
        """
        if known:
            self._absences.append(Finding(Level.FAILED, words, history))
        else:
            self.findings.unsure(words, *history)

    def resolve(self) -> None:
        """After `close`: what is absent from logs that rested is a failure, from growing ones an open question."""
        level = Level.FAILED if self.book.quiet else Level.UNKNOWN
        for absence in self._absences:
            self.findings.add(msgspec.structs.replace(absence, level=level))
