"""Check: one live settlement per encounter, at any time, in the order of the journal."""

from yidi.audit.book import Book, Case
from yidi.audit.check import Check
from yidi.audit.packing import AMOUNTS
from yidi.audit.report import Step
from yidi.audit.seen import Seen
from yidi.contract import topics

Visit = tuple[str, str]
"""`fixmedins_code`, `mdtrt_id`."""


class Visits(Check):
    name = "visits"
    promise = (
        "An encounter (institution and visit id) never has two live settlements; what is reversed was live. Seen per "
        "person, in the order of the journal."
    )

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._live: dict[int, tuple[int, Case]] = {}

    def on_journal(self, seen: Seen, case: Case) -> None:
        self.findings.tested += 1
        message = seen.message
        visit = hash((message["fixmedins_code"], message["mdtrt_id"]))
        setl = hash(message["setl_id"])
        live = self._live.get(visit)
        if message["entry"] == "SETTLEMENT":
            self._settle(seen, case, visit, setl, live)
        else:
            self._reverse(seen, visit, setl, live)

    def _settle(self, seen: Seen, case: Case, visit: int, setl: int, live: tuple[int, Case] | None) -> None:
        if live is not None and live[0] != setl:
            other = live[1]
            first = Step(topics.JOURNAL, seen.record.partition, other.journal, other.msgid, "settled, and live")
            self.findings.fail(f"a second live settlement of visit {_visit(seen)}", first, seen.step("settled again"))
        self._live[visit] = (setl, case)

    def _reverse(self, seen: Seen, visit: int, setl: int, live: tuple[int, Case] | None) -> None:
        if live is not None and live[0] == setl:
            del self._live[visit]
        elif any(seen.message["amounts"][name] for name in AMOUNTS):
            words = f"a reversal of what is not live: visit {_visit(seen)}"
            self.missing(words, seen.step(words), known=self.book.whole(topics.JOURNAL))


def _visit(seen: Seen) -> str:
    return f"{seen.message['mdtrt_id']} of {seen.message['fixmedins_code']}"
