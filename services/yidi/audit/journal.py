"""Check: journal = results = what the hospitals were told, both ways."""

from yidi.audit.book import UNREAD, Answer, Case, Told
from yidi.audit.check import Check
from yidi.audit.packing import (
    AMOUNTS,
    amounts_that_differ,
    categories_of,
    pack_amounts,
    pack_categories,
    pack_negated_amounts,
    unpack_amounts,
    unpack_categories,
)
from yidi.audit.seen import Seen
from yidi.audit.terms import request_terms
from yidi.contract import topics

_ENTRY = {"SETTLEMENT": "DONE", "REVERSAL": "REVERSED"}


class Journal(Check):
    name = "journal"
    promise = (
        "Every result that moved money stands in the journal with the same figures, every entry has its result, "
        "and the hospital was told the agency's own bytes."
    )

    def on_told(self, seen: Seen, case: Case, told: Told) -> None:
        """Money is moved by the agency alone: nobody else may tell of it, queries apart."""
        self.findings.tested += 1
        if case.operation == "QUERY":
            self._repeats(seen, case, told.outcome)
            return
        if told.answer is not None:
            return
        if told.outcome in {"DONE", "REVERSED"} or told.service == "agency":
            words = f"the hospital is told {told.outcome}, and the agency never said so in these bytes"
            whole = self.book.whole(*self._answer_topics())
            self.missing(words, *case.steps(), seen.step("the result"), known=whole)

    def _repeats(self, seen: Seen, case: Case, outcome: str) -> None:
        """A query's answer copies the figures of the settlement, or of its twin: nothing where nothing was settled."""
        if seen.message is None or seen.message["amounts"] is None:
            return
        amounts = seen.message["amounts"]
        original = self.book.cases.get(case.refers or "")
        settled = {answer.amounts for answer in original.answers if answer.amounts} if original else set()
        if outcome == "REVERSED" and not settled and not any(amounts.values()):
            return
        if settled.isdisjoint({pack_amounts(amounts), pack_negated_amounts(amounts)}):
            history = tuple(original.steps()) if original else ()
            whole = self.book.whole(*self._answer_topics())
            self.missing("the query tells other figures", *history, seen.step("the query's answer"), known=whole)

    def on_journal(self, seen: Seen, case: Case) -> None:
        self.findings.tested += 1
        message = seen.message
        answer = _answer_for(case, message["result_id"])
        if answer is None:
            words = f"a journal entry whose result {message['result_id']} no agency sent"
            whole = self.book.whole(*self._answer_topics())
            self.missing(words, *case.steps(), seen.step("the entry"), known=whole)
            return
        words = self._difference(seen, case, answer)
        if words:
            result = case.step(answer.topic, answer.offset, "the result", answer.result_id)
            self.findings.fail(words, result, seen.step("the entry"))

    def close(self) -> None:
        last = self._last_told()
        for case in self.book.cases.values():
            for told in case.told:
                if case.journal == UNREAD and _moved_money(case, told):
                    known = told.offset < last.get(told.topic, UNREAD) and self.book.whole(topics.JOURNAL)
                    self.missing("money moved, and the journal does not say so", *case.steps(), known=known)
        self._untold()

    def _untold(self) -> None:
        """The journal may not know what the hospital was never told."""
        for case in self._all_journalled():
            if not any(told.outcome in {"DONE", "REVERSED"} for told in case.told):
                whole = self.book.whole(*(topic for topic in self.book.extents if topic.startswith("hospital.")))
                self.missing("in the journal, and the hospital was not told", *case.steps(), known=whole)

    def _last_told(self) -> dict[str, int]:
        """By topic, the last result that the journal has: what is missing before it is lost, not late."""
        last: dict[str, int] = {}
        for case in self._all_journalled():
            for told in case.told:
                last[told.topic] = max(told.offset, last.get(told.topic, UNREAD))
        return last

    def _all_journalled(self) -> list[Case]:
        return [case for case in self.book.cases.values() if case.journal != UNREAD]

    def _answer_topics(self) -> list[str]:
        return [topic for topic in self.book.extents if topic.startswith("agency.") and topic.endswith(".results")]

    def _difference(self, seen: Seen, case: Case, answer: Answer) -> str:
        """What the entry says otherwise than result and request; empty when nothing."""
        message = seen.message
        amounts = pack_amounts(message["amounts"])
        if _ENTRY.get(message["entry"]) != answer.outcome:
            return f"a {message['entry'].lower()} entry of a result {answer.outcome}"
        if amounts != answer.amounts:
            return f"entry and result differ: {amounts_that_differ(amounts, answer.amounts)}"
        if case.request != UNREAD and request_terms(message) != case.terms:
            return "entry and request differ in person, place, visit, scheme or settlement id"
        return self._category_difference(seen, case)

    def _category_difference(self, seen: Seen, case: Case) -> str:
        """Categories are the request's; on a twin those of the original, negated (the count of lines may stay)."""
        mine = categories_of(seen.message["categories"])
        if seen.message["entry"] == "SETTLEMENT":
            return "" if case.request == UNREAD or pack_categories(mine) == case.categories else _OTHER_CATEGORIES
        original = self.book.cases.get(case.refers or "")
        if original is None or original.request == UNREAD or not any(seen.message["amounts"][name] for name in AMOUNTS):
            return ""
        turned = {code: (abs(row[0]), *(-figure for figure in row[1:])) for code, row in mine.items()}
        return "" if turned == unpack_categories(original.categories) else _OTHER_CATEGORIES


_OTHER_CATEGORIES = "the entry's categories are not the request's"


def _answer_for(case: Case, result_id: str) -> Answer | None:
    for answer in case.answers:
        if answer.result_id == result_id and answer.amounts:
            return answer
    return None


def _moved_money(case: Case, told: Told) -> bool:
    """Settlements and reversals go into the journal; a reversal of nothing moved nothing, a rehearsal neither."""
    if told.answer is None or not told.answer.amounts or case.operation not in {"SETTLE", "REVERSE", "CANCEL"}:
        return False
    return any(unpack_amounts(told.answer.amounts).values())
