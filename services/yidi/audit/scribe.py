"""Writes the book: says of each message whether it is new, a repeat, or another content under a known id.

A new message is handed to the checks; a repeat with the same bytes is what an at-least-once log brings and counts for
nothing; other content under a known id is handed on as a conflict.
"""

from collections.abc import Callable
from typing import Any

from yidi.audit.book import MONEY_OUTCOMES, UNREAD, Answer, Book, Case, Details, Reported, Told
from yidi.audit.legs import Leg
from yidi.audit.packing import categories_of, pack_amounts, pack_categories
from yidi.audit.seen import NOTHING, Seen, digest_of, frame_of
from yidi.audit.terms import SETTLING, encounter_terms, lines_terms, request_terms
from yidi.contract.topics import DEFAULT_INBOX
from yidi.domain.codes import STAYS

Tell = Callable[..., None]


class Scribe:
    """`tell(event, *arguments)` reaches every check that listens to the event."""

    def __init__(self, book: Book, tell: Tell) -> None:
        self._book = book
        self._tell = tell
        self.write: dict[Leg, Callable[[Seen], None]] = {
            Leg.ERROR: self._report,
            Leg.PERSON: lambda seen: tell("on_person", seen),
            Leg.FILING: lambda seen: tell("on_filing", seen),
            Leg.SHARED: lambda seen: tell("on_shared", seen),
            Leg.CHANGE: lambda seen: tell("on_change", seen),
            Leg.ENCOUNTER: self._encounter,
            Leg.REQUEST: self._request,
            Leg.FORWARDED: self._forwarded,
            Leg.ANSWER: self._answer,
            Leg.TOLD: self.told,
            Leg.JOURNAL: self._journal,
        }

    def _report(self, seen: Seen) -> None:
        report = _reported(seen)
        known = self._book.reports.setdefault((report.source_topic, report.source_offset), [])
        for other in known:
            if other.error_id == report.error_id:
                return
        known.append(report)
        if report.msgid:
            self._book.reports_by_msgid.setdefault(report.msgid, []).append(report)
        self._tell("on_report", seen, report)

    def _encounter(self, seen: Seen) -> None:
        case = self._book.case(seen.id)
        if case.encounter == UNREAD:
            _take_encounter(case, seen)
            self._tell("on_encounter", seen, case)
        elif case.encounter_digest != seen.digest:
            self._tell("on_conflict", seen, case)
        elif seen.attempt > case.encounter_attempt:
            case.encounter_attempt = seen.attempt
            case.replayed_at = seen.record.timestamp_ms

    def _request(self, seen: Seen) -> None:
        if "request_msgid" in seen.message:
            self._details(seen)
            return
        case = self._book.case(seen.id)
        if seen.digest == case.request_digest or seen.digest in case.earlier_digests:
            if seen.attempt > case.request_attempt:
                case.request_attempt, case.replayed_at = seen.attempt, seen.record.timestamp_ms
        elif case.request == UNREAD or seen.attempt > case.request_attempt:
            _take_request(case, seen)
            self._tell("on_request", seen, case)
        else:
            self._tell("on_conflict", seen, case)

    def _details(self, seen: Seen) -> None:
        message, book = seen.message, self._book
        known = book.details.get(seen.id)
        if known is None:
            known = Details(
                seen.id, book.partition, message["request_msgid"], seen.record.offset, seen.digest, good=False
            )
            book.details[seen.id] = known
            self._tell("on_details", seen, known)
        elif known.digest != seen.digest:
            self._tell("on_conflict", seen, None)

    def _forwarded(self, seen: Seen) -> None:
        details = self._book.details.get(seen.id)
        if details is not None:
            self._tell("on_forwarded_details", seen, details)
            details.forwarded = True
            return
        case = self._book.case(seen.id)
        attempt = max(seen.attempt, seen.message["attempt"])
        if seen.digest == case.forwarded_digest or seen.digest in case.earlier_forwarded:
            return
        self._tell("on_forwarded", seen, case)
        if attempt > case.forwarded_attempt:
            if case.forwarded_digest:
                case.earlier_forwarded = (*case.earlier_forwarded, case.forwarded_digest)
            case.forwarded, case.forwarded_digest = seen.record.offset, seen.digest
            case.forwarded_attempt, case.inbox = attempt, seen.message["inbox"]
            case.key = seen.record.key or b""

    def _answer(self, seen: Seen) -> None:
        if seen.digest in self._book.answers:
            return
        case = self._book.case(seen.id)
        record = seen.record
        answer = _answer_of(seen, rejected=self._book.reported(record.topic, record.offset))
        self._tell("on_answer", seen, case, answer)
        case.key = record.key or b""
        case.answers = (*case.answers, answer)
        self._book.answers[seen.digest] = (case, answer)

    def told(self, seen: Seen) -> None:
        """A result at the hospital; `message` may be None when the agency's own bytes are known already."""
        case = self._book.case(seen.id)
        if any(told.digest == seen.digest for told in case.told):
            return
        known = self._book.answers.get(seen.digest)
        told = _told_of(seen, known[1]) if known else _told_by_chain(seen)
        self._tell("on_told", seen, case, told)
        case.told = (*case.told, told)
        case.told_at = seen.record.timestamp_ms
        if known:
            known[1].relayed = True

    def _journal(self, seen: Seen) -> None:
        case = self._book.case(seen.id)
        if case.journal == UNREAD:
            self._tell("on_journal", seen, case)
            case.journal, case.journal_digest = seen.record.offset, seen.digest
        elif case.journal_digest != seen.digest:
            self._tell("on_second_entry", seen, case)


def _take_encounter(case: Case, seen: Seen) -> None:
    message = seen.message
    case.key = seen.record.key or b""
    case.operation = message["operation"]
    case.refers = message["refers"]
    case.encounter, case.encounter_digest = seen.record.offset, seen.digest
    case.encounter_attempt = seen.attempt
    case.encounter_terms = encounter_terms(message)
    case.charged_lines = lines_terms(message["lines"])
    case.trace = seen.trace


def _take_request(case: Case, seen: Seen) -> None:
    message = seen.message
    if case.request_digest:
        case.earlier_digests = (*case.earlier_digests, case.request_digest)
    case.key = seen.record.key or b""
    case.operation = message["operation"]
    case.refers = message["refers"]
    case.setl_id = message["setl_id"]
    case.request, case.request_digest, case.request_attempt = seen.record.offset, seen.digest, seen.attempt
    case.terms = request_terms(message)
    case.own_system = message["hospital_inbox"] != DEFAULT_INBOX
    case.stay = message["med_type"] in STAYS and case.operation in SETTLING
    case.categories = pack_categories(categories_of(message["categories"]))


def _answer_of(seen: Seen, *, rejected: bool) -> Answer:
    message, record = seen.message, seen.record
    amounts = message["amounts"]
    packed = pack_amounts(amounts) if amounts and message["outcome"] in MONEY_OUTCOMES else NOTHING
    return Answer(
        topic=record.topic,
        offset=record.offset,
        attempt=message["attempt"],
        outcome=message["outcome"],
        result_id=message["result_id"],
        amounts=packed,
        effect=NOTHING,
        digest=seen.digest,
        rejected=rejected,
    )


def _told_of(seen: Seen, answer: Answer) -> Told:
    record = seen.record
    return Told(record.topic, record.offset, answer.attempt, answer.outcome, "agency", "", answer.digest, answer)


def _told_by_chain(seen: Seen) -> Told:
    message: Any = seen.message
    fault, record = message["fault"] or {}, seen.record
    service, code = fault.get("service", ""), fault.get("code", "")
    return Told(
        record.topic, record.offset, message["attempt"], message["outcome"], service, code, seen.digest, answer=None
    )


def _reported(seen: Seen) -> Reported:
    message, record = seen.message, seen.record
    headers = tuple((header["key"], header["value"]) for header in message["headers"])
    return Reported(
        topic=record.topic,
        offset=record.offset,
        error_id=message["error_id"],
        service=message["service"],
        code=message["code"],
        stage=message["stage"],
        msgid=message["msgid"],
        attempt=message["attempt"],
        digest=digest_of(message["value"]),
        frame=frame_of(message["key"], headers, message["source_timestamp"]),
        source_topic=message["source_topic"],
        source_offset=message["source_offset"],
        partition=record.partition,
        empty=message["value"] is None and message["key"] is None and not headers,
    )
