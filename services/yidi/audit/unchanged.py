"""Check: what was said travels unchanged, and is answered by whom it was asked."""

from yidi.audit.book import UNREAD, Answer, Case, Details
from yidi.audit.check import Check
from yidi.audit.legs import inbox_of
from yidi.audit.seen import Seen, digest_of
from yidi.audit.terms import COPIED_FROM_REQUEST, SETTLING, encounter_terms, lines_terms, request_terms
from yidi.contract import topics
from yidi.contract.codec import SETTLEMENT_REQUEST, WireError


class Unchanged(Check):
    name = "unchanged"
    promise = (
        "The request is the encounter's, the platform forwards the request's own bytes beside its verdict, one attempt "
        "asks one inbox, and the answer comes from the inbox that was asked, about what was asked."
    )

    def on_request(self, seen: Seen, case: Case) -> None:
        self.findings.tested += 1
        if case.encounter == UNREAD:
            return
        message = seen.message
        encounter = case.step(topics.ENCOUNTERS, case.encounter, "the encounter")
        if encounter_terms(message) != case.encounter_terms:
            words = "encounter and request differ in person, place, visit, flags, times or total"
            self.findings.fail(words, encounter, seen.step("the request"))
        elif message["lines"] is not None and lines_terms(message["lines"]) != case.charged_lines:
            words = "the request's lines are not those that the hospital charged"
            self.findings.fail(words, encounter, seen.step("the request"))
        elif message["operation"] in SETTLING and case.stay != (message["lines"] is None):
            words = "lines travel with the request, except a stay's"
            self.findings.fail(words, seen.step("the request"))

    def on_forwarded(self, seen: Seen, case: Case) -> None:
        self.findings.tested += 1
        message = seen.message
        self._own_inbox(seen)
        if case.request != UNREAD and digest_of(message["request"]) not in {case.request_digest, *case.earlier_digests}:
            request = case.step(topics.SETTLEMENT_REQUESTS, case.request, "the request as sent")
            self.findings.fail("the forwarded bytes are not the request's", request, seen.step("as forwarded"))
        if message["verdict"] is None and _operation_of(message["request"]) in SETTLING:
            self.findings.fail("a request was forwarded without a verdict", seen.step("as forwarded"))
        attempt = max(seen.attempt, message["attempt"])
        if case.forwarded != UNREAD and attempt <= case.forwarded_attempt:
            asked = case.step(topics.agency_requests(case.inbox), case.forwarded, "the first asking")
            self.findings.fail("one attempt was forwarded with two contents", asked, seen.step("the second"))
        self._pinned(seen, case)

    def on_forwarded_details(self, seen: Seen, details: Details) -> None:
        self._own_inbox(seen)
        if digest_of(seen.message["request"]) != details.digest:
            self.findings.fail("the forwarded bytes are not the details'", details.step(), seen.step("as forwarded"))

    def on_answer(self, seen: Seen, case: Case, answer: Answer) -> None:
        self.findings.tested += 1
        if answer.rejected or case.forwarded == UNREAD:
            return
        inbox = inbox_of(answer.topic)
        asked = case.step(topics.agency_requests(case.inbox), case.forwarded, f"inbox {case.inbox} is asked")
        if inbox != case.inbox or seen.message["inbox"] != inbox:
            self.findings.fail(f"inbox {inbox} answers", asked, seen.step("the answer"))
        if case.request != UNREAD and request_terms(seen.message) != case.terms:
            words = f"request and result differ in one of {', '.join(COPIED_FROM_REQUEST)}"
            self.findings.fail(words, asked, seen.step("the answer"))
        if seen.message["operation"] != case.operation:
            self.findings.fail(f"asked {case.operation}, answered {seen.message['operation']}", seen.step("the answer"))

    def _own_inbox(self, seen: Seen) -> None:
        inbox = inbox_of(seen.record.topic)
        if seen.message["inbox"] != inbox:
            words = f"says inbox {seen.message['inbox']} and lies in that of {inbox}"
            self.findings.fail(words, seen.step(words))

    def _pinned(self, seen: Seen, case: Case) -> None:
        """A reversal goes to the inbox that has the settlement."""
        original = self.book.cases.get(case.refers or "")
        if case.operation != "REVERSE" or original is None or not original.inbox:
            return
        if original.inbox != seen.message["inbox"]:
            asked = original.step(topics.agency_requests(original.inbox), original.forwarded, "the settlement's inbox")
            self.findings.fail("a reversal was sent to another inbox", asked, seen.step("the reversal"))


def _operation_of(request: bytes) -> str:
    """What a forwarded request asks for; only a settlement needs a verdict."""
    try:
        return SETTLEMENT_REQUEST.head(request)["operation"]
    except WireError:
        return ""
