"""Check: in = out + errors, for every hop: nothing that came in is without an outcome, a repeat's match or a report."""

from collections.abc import Iterator

from yidi.audit.book import UNREAD, Answer, Case, Details, Reported, Told
from yidi.audit.check import Check
from yidi.audit.hops import Hops
from yidi.audit.legs import ERROR_TOPICS, Leg
from yidi.audit.placement import step_of
from yidi.audit.report import Step
from yidi.audit.seen import Seen, frame_of
from yidi.contract import topics
from yidi.runtime.decider import Record

ONLY_READ_HERE = {Leg.JOURNAL: "the journal", Leg.ERROR: "an error topic"}


class Accounting(Check):
    name = "accounting"
    promise = (
        "Every record that came in led to a message, an exact repeat's known answer, or an error report that holds it "
        "byte for byte; and nothing came out that had not come in."
    )

    def on_record(self, record: Record, digest: bytes) -> None:
        self.findings.tested += 1
        for report in self.book.reports.get((record.topic, record.offset), ()):
            self._match(report, record, digest)

    def on_unreadable(self, record: Record, leg: Leg, words: str) -> None:
        if leg in ONLY_READ_HERE:
            where = ONLY_READ_HERE[leg]
            self.findings.fail(f"{where} holds what is no message of its own: {words}", step_of(record, words))
        else:
            self._needs_report(record.topic, record.offset, f"unreadable ({words})", step_of(record, words))

    def on_conflict(self, seen: Seen, case: Case | None) -> None:
        words = "another content under a known id"
        earlier = case.last() if case else ()
        self._needs_report(seen.record.topic, seen.record.offset, words, *earlier, seen.step(words))

    def on_answer(self, seen: Seen, case: Case, answer: Answer) -> None:
        if answer.outcome == "REFUSED" and not answer.rejected:
            self._refusal(seen, case, "agency", seen.message["fault"]["code"] if seen.message["fault"] else "")

    def on_told(self, seen: Seen, case: Case, told: Told) -> None:
        if told.answer is None and told.service and seen.message["operation"] != "QUERY":
            self._refusal(seen, case, told.service, told.code)

    def close(self) -> None:
        hops = Hops(self.book)
        self._unmatched(hops)
        for case in self.book.cases.values():
            self._follow(case, hops)
        for details in self.book.details.values():
            self._follow_details(details, hops)
        for lost in hops.lost():
            known = lost.passed and self.book.whole(lost.topic, *ERROR_TOPICS, *lost.effects)
            self.missing(lost.words, *lost.history, known=known)

    def _match(self, report: Reported, record: Record, digest: bytes) -> None:
        frame = frame_of(record.key, record.headers, record.timestamp_ms)
        report.matched = True
        if report.empty and record.value and _too_large(record):
            self.findings.warn("too large for a report: the original is only where it lies", report.step())
            return
        if report.digest != digest or report.frame != frame:
            part = "value" if report.digest != digest else "key, headers or timestamp"
            words = f"the {part} in the report is not the record's own, byte for byte"
            self.findings.fail(words, step_of(record, "the record"), report.step())

    def _needs_report(self, topic: str, offset: int, words: str, *history: Step) -> None:
        if not self.book.reported(topic, offset):
            self.missing(f"{words}, and nobody reported it", *history, known=self.book.whole(topic, *ERROR_TOPICS))

    def _refusal(self, seen: Seen, case: Case, service: str, code: str) -> None:
        reports = self.book.reports_by_msgid.get(case.msgid, ())
        if not any(report.service == service and report.code == code for report in reports):
            words = f"{service} refused or gave up ({code}) without an error report"
            known = self.book.whole(f"errors.{service}")
            self.missing(words, *case.steps(), seen.step(words), known=known)

    def _unmatched(self, hops: Hops) -> None:
        for reports in self.book.reports.values():
            for report in reports:
                hops.effect(report.source_topic, report.source_offset)
                if not report.source_topic:
                    self.findings.warn("a timer failed", report.step())
                elif not report.matched:
                    at = f"{report.source_topic} offset {report.source_offset}"
                    words = f"reported is {at}, and no such record was read"
                    self.missing(words, report.step(), known=self._read_whole(report.source_topic))

    def _read_whole(self, topic: str) -> bool:
        return topic in self.book.extents and self.book.whole(topic)

    def _follow(self, case: Case, hops: Hops) -> None:
        hops.encounter(case)
        hops.request(case)
        hops.forwarded(case)
        hops.answers(case)
        for words, upstream in _orphaned(case):
            self.missing(words, *case.steps(), known=self.book.whole(*upstream))

    def _follow_details(self, details: Details, hops: Hops) -> None:
        hops.details(details)
        if details.request_msgid not in self.book.cases:
            words = f"details of request {details.request_msgid}, which is not there"
            self.missing(words, details.step(), known=self.book.whole(topics.SETTLEMENT_REQUESTS))


def _too_large(record: Record) -> bool:
    """A report may leave out an original only when the two together would burst the error topic's limit."""
    headers = sum(len(name) + len(value or b"") for name, value in record.headers)
    return len(record.value or b"") + len(record.key or b"") + 2 * headers > topics.ERROR_BYTES_MAX // 2


def _orphaned(case: Case) -> Iterator[tuple[str, tuple[str, ...]]]:
    """What came out without having come in."""
    if case.request != UNREAD and case.encounter == UNREAD and not case.own_system:
        yield "a request without its encounter", (topics.ENCOUNTERS,)
    if case.forwarded != UNREAD and case.request == UNREAD:
        yield "forwarded, and there is no such request", (topics.SETTLEMENT_REQUESTS,)
    if case.forwarded == UNREAD and any(not answer.rejected for answer in case.answers):
        yield "an answer to what nobody asked", (topics.SETTLEMENT_REQUESTS,)
    if case.told and case.request == UNREAD and case.encounter == UNREAD:
        yield "a result for a request that is not there", (topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS)
