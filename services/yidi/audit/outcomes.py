"""Check: one final outcome per request (design §3)."""

from yidi.audit.book import FINAL_OUTCOMES, MONEY_OUTCOMES, UNREAD, Case, Told
from yidi.audit.check import Check
from yidi.audit.report import Step
from yidi.audit.seen import Seen
from yidi.contract import topics


class Outcomes(Check):
    name = "outcomes"
    promise = (
        "Every request ends with exactly one final outcome: done, refused or reversed. A refusal may be superseded by "
        "a higher attempt, a done one never; unknown comes at most once and is closed afterwards."
    )

    def on_told(self, seen: Seen, case: Case, told: Told) -> None:
        self.findings.tested += 1
        if told.outcome not in FINAL_OUTCOMES and told.outcome != "UNKNOWN":
            self.findings.fail(f"{told.outcome} is no outcome", *case.steps(), seen.step("the result"))
        elif case.told and (words := _superseding(case.told[-1], told)):
            self.findings.fail(words, *_told_steps(case), seen.step(f"the hospital is told {told.outcome}"))

    def close(self) -> None:
        reversed_ids = self._reversed_ids()
        for case in self.book.cases.values():
            if not case.told:
                self._silent(case)
            elif case.operation == "QUERY":
                self._query(case, reversed_ids)
            elif case.told[-1].outcome == "UNKNOWN" and case.msgid not in reversed_ids:
                self.findings.unsure("unknown, and still open", *case.steps())

    def _reversed_ids(self) -> set[str | None]:
        cases = self.book.cases.values()
        return {case.refers for case in cases if case.told and case.told[-1].outcome == "REVERSED"}

    def _silent(self, case: Case) -> None:
        """No outcome at all: open, unless the record was no request in the first place and that was reported."""
        at_hospital = case.request == UNREAD and self.book.reported(topics.ENCOUNTERS, case.encounter)
        if not at_hospital and (case.encounter != UNREAD or case.request != UNREAD):
            reports = [report.step() for report in self.book.reports_by_msgid.get(case.msgid, ())]
            self.findings.unsure("no outcome yet", *case.steps(), *reports)

    def _query(self, case: Case, reversed_ids: set[str | None]) -> None:
        """A query tells what is: it may not say done or reversed of what never was.

        Reversed is also what was never done, when its reversal is confirmed before.
        """
        told = case.told[-1]
        original = self.book.cases.get(case.refers or "")
        if told.outcome not in MONEY_OUTCOMES or (told.outcome == "REVERSED" and case.refers in reversed_ids):
            return
        if original is None or not any(each.outcome in MONEY_OUTCOMES for each in original.told):
            history = (*(original.steps() if original else ()), *case.steps())
            whole = self.book.whole(told.topic, topics.ENCOUNTERS)
            self.missing(f"the query says {told.outcome}, the original does not", *history, known=whole)


def _superseding(before: Told, after: Told) -> str:
    """Why `after` may not follow `before` for one request; empty when it may."""
    if before.outcome in MONEY_OUTCOMES:
        return f"{after.outcome} after the final {before.outcome}"
    if before.outcome == "REFUSED" and after.attempt <= before.attempt:
        return f"{after.outcome} after REFUSED in the same attempt"
    if before.outcome == "UNKNOWN" and after.outcome == "UNKNOWN" and after.attempt <= before.attempt:
        return "unknown twice"
    return "an older attempt after a newer one" if after.attempt < before.attempt else ""


def _told_steps(case: Case) -> tuple[Step, ...]:
    return tuple(
        case.step(told.topic, told.offset, f"the hospital is told {told.outcome} (attempt {told.attempt})")
        for told in case.told[-1:]
    )
