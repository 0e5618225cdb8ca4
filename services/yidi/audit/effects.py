"""Check: no effect twice. Ids of the journal and of results stand for one content each."""

from yidi.audit.book import UNREAD, Answer, Book, Case
from yidi.audit.check import Check
from yidi.audit.report import Step
from yidi.audit.seen import Seen
from yidi.contract import topics


class Effects(Check):
    name = "effects"
    promise = (
        "No effect twice: a settlement stands in the journal once, and its reversal once; records under one id are "
        "equal byte for byte, however often they come."
    )

    def __init__(self, book: Book) -> None:
        super().__init__(book)
        self._entries: dict[int, Case] = {}
        self._ids: dict[int, Case] = {}

    def on_answer(self, seen: Seen, case: Case, answer: Answer) -> None:
        self.findings.tested += 1
        for other in case.answers:
            if answer.amounts and other.amounts and other.digest != answer.digest and case.operation != "PRE_SETTLE":
                earlier = case.step(other.topic, other.offset, f"{other.outcome}", other.result_id)
                self.findings.fail("the agency moved money twice", earlier, _with_id(seen, answer.result_id))
            elif other.result_id == answer.result_id and not (answer.rejected or other.rejected):
                earlier = case.step(other.topic, other.offset, "the first of that id", other.result_id)
                self.findings.fail("two results under one id", earlier, _with_id(seen, answer.result_id))

    def on_journal(self, seen: Seen, case: Case) -> None:
        self.findings.tested += 1
        message = seen.message
        self._once(self._ids, hash(message["journal_id"]), seen, case, f"journal id {message['journal_id']} twice")
        key = hash((message["setl_id"], message["entry"]))
        words = f"{message['entry'].lower()} of {message['setl_id']} twice in the journal"
        self._once(self._entries, key, seen, case, words)

    def on_second_entry(self, seen: Seen, case: Case) -> None:
        """Another entry for a request that has one, and not the same bytes."""
        first = case.step(topics.JOURNAL, case.journal, "the first entry")
        self.findings.fail("a second journal entry for one request", first, seen.step("the second"))

    def _once(self, known: dict[int, Case], key: int, seen: Seen, case: Case, words: str) -> None:
        other = known.setdefault(key, case)
        if other is not case and other.journal != UNREAD:
            first = other.step(topics.JOURNAL, other.journal, "the first entry")
            self.findings.fail(words, first, seen.step("the second entry"))


def _with_id(seen: Seen, result_id: str) -> Step:
    record = seen.record
    return Step(record.topic, record.partition, record.offset, result_id, "the second, with other content")
