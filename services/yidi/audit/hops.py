"""Which input of which hop has shown an effect, and how far each service has demonstrably come.

A service reads a topic's partition in order and publishes in order. So an input without an effect *before* one that
has an effect is lost; at the very end it may only be waiting.
"""

from typing import Final, NamedTuple

from yidi.audit.book import MONEY_OUTCOMES, UNREAD, Book, Case, Details, Told
from yidi.audit.report import Step
from yidi.contract import topics

LAG_MS_MAX: Final = 600_000
"""A service that is further behind than this has an outage, in which nobody should replay."""


class Lost(NamedTuple):
    """An input without an effect; `passed` when a later one of the same topic has one."""

    topic: str
    effects: tuple[str, ...]
    words: str
    history: tuple[Step, ...]
    passed: bool


class Hops:
    """Collects over all cases of a partition; `lost` is right once all are collected."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._reached: dict[str, int] = {}
        self._open: list[tuple[str, int, tuple[str, ...], str, tuple[Step, ...]]] = []

    def effect(self, topic: str, offset: int) -> None:
        """The service that reads `topic` has come as far as this."""
        if offset > self._reached.get(topic, UNREAD):
            self._reached[topic] = offset

    def lost(self) -> list[Lost]:
        """Everything without an effect."""
        return [
            Lost(topic, effects, words, history, offset < self._reached.get(topic, UNREAD))
            for topic, offset, effects, words, history in self._open
        ]

    def encounter(self, case: Case) -> None:
        """Encounters → a request, or the hospital's own refusal."""
        if case.encounter == UNREAD:
            return
        came = case.request != UNREAD or any(told.service == "hospital" for told in case.told)
        attempt = max([case.request_attempt, *_attempts(case)])
        self._judge(
            topics.ENCOUNTERS, case.encounter, (topics.SETTLEMENT_REQUESTS,), case, came=came,
            missed=self._missed(case, case.encounter_attempt, attempt),
        )  # fmt: skip

    def request(self, case: Case) -> None:
        """settlement.requests → forwarded, or the platform's own result."""
        if case.request == UNREAD:
            return
        came = case.forwarded != UNREAD or any(_by_platform(told) for told in case.told)
        attempt = max([case.forwarded_attempt, *_attempts(case)])
        self._judge(
            topics.SETTLEMENT_REQUESTS, case.request, (), case, came=came,
            missed=self._missed(case, case.request_attempt, attempt),
        )  # fmt: skip

    def forwarded(self, case: Case) -> None:
        """agency.<inbox>.requests → a result of that attempt."""
        if case.forwarded == UNREAD:
            return
        came = any(
            answer.attempt >= case.forwarded_attempt or answer.outcome in MONEY_OUTCOMES for answer in case.answers
        )
        asked, answers = topics.agency_requests(case.inbox), topics.agency_results(case.inbox)
        self._judge(asked, case.forwarded, (answers,), case, came=came, missed=False)

    def answers(self, case: Case) -> None:
        """agency.<inbox>.results → the same bytes at the hospital."""
        for answer in case.answers:
            self._judge(answer.topic, answer.offset, (), case, came=answer.relayed, missed=False)

    def details(self, details: Details) -> None:
        """settlement.requests → forwarded; what the agency does with it shows only when it is wrong."""
        topic, offset = topics.SETTLEMENT_REQUESTS, details.offset
        if details.forwarded:
            self.effect(topic, offset)
        elif not self._book.reported(topic, offset):
            self._open.append((topic, offset, (), "details that went nowhere", (details.step(),)))

    def _judge(
        self, topic: str, offset: int, effects: tuple[str, ...], case: Case, *, came: bool, missed: bool
    ) -> None:
        if came:
            self.effect(topic, offset)
        elif not self._book.reported(topic, offset):
            words = f"{topic} offset {offset} led to nothing: no message, no report"
            self._open.append((topic, offset, effects, words, tuple(case.steps())))
        if missed and came:
            words = f"a higher attempt on {topic} led to nothing"
            self._open.append((topic, offset, effects, words, tuple(case.steps())))

    def _missed(self, case: Case, asked: int, attempt: int) -> bool:
        """A replay may rightly find the case done, or still open; else it must leave a trace of its attempt.

        Nothing in the logs tells when a service read what. It may have found open what was refused at last, unless
        the refusal had long been told when it was sent.
        """
        if asked <= attempt or case.replayed_at <= case.told_at + LAG_MS_MAX:
            return False
        if any(told.outcome in {*MONEY_OUTCOMES, "UNKNOWN"} for told in case.told):
            return False
        reports = self._book.reports_by_msgid.get(case.msgid, ())
        return not any(report.attempt >= asked for report in reports)


def _attempts(case: Case) -> list[int]:
    return [told.attempt for told in case.told]


def _by_platform(told: Told) -> bool:
    return told.answer is None and told.service != "hospital"
