"""Requests of hospitals: repeats, checks, the verdict, and on to the insured place; or the answer at once."""

from collections.abc import Sequence

import msgspec

from yidi.contract import records
from yidi.contract.codec import SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.domain.identities import content_hash
from yidi.platform import arithmetic, eligibility, journal, knowledge, lifecycle, messages, outcomes, repeats
from yidi.platform.deadlines import Deadlines, timer_name
from yidi.platform.lifecycle import Ledger, Pending, Request, Source, Subject
from yidi.platform.reading import CLAIM, Claim
from yidi.platform.repeats import Repeat
from yidi.platform.routing import Routes
from yidi.platform.state import REQUESTS, VISITS
from yidi.runtime.decider import NOTHING, Decision, Failure, Outgoing, Put, Record, Timer, View


class Asked(msgspec.Struct, frozen=True, gc=False):
    """One request being decided: the message, the row it gets, and the record it came in."""

    claim: Claim
    row: Request
    record: Record
    value: bytes
    now_ms: int

    @property
    def msgid(self) -> str:
        return self.claim["msgid"]


class Asking:
    """Decides on settlement requests; keeps nothing between two of them."""

    def __init__(self, routes: Routes, deadlines: Deadlines) -> None:
        self._routes = routes
        self._deadlines = deadlines

    def decide(self, view: View, record: Record, value: bytes, now_ms: int) -> Decision:
        """A request decided, or its stored answer again. Conflicts and requests that nobody could be told of raise."""
        claim = CLAIM.read(value)
        knowledge.check_key(record, claim["psn_no"])
        self._routes.check_hospital(claim["hospital_inbox"])
        asked = Asked(claim, _row(claim, record.attempt, content_hash(value)), record, value, now_ms)
        known = REQUESTS.get(view, claim["msgid"])
        return self._decide(view, asked) if known is None else self._repeated(view, asked, known)

    def _repeated(self, view: View, asked: Asked, known: Request) -> Decision:
        match repeats.of_request(known, asked.row.content_hash, asked.row.attempt):
            case Repeat.DECIDE:
                row = lifecycle.anew(asked.row, known)
                return self._decide(view, msgspec.structs.replace(asked, row=row))
            case Repeat.OVER:
                row = msgspec.structs.replace(known, attempt=asked.row.attempt)
                refusal = Refusal("REQUEST_REVERSED", f"by msgid {known.reversed_by}")
                return self._refuse(msgspec.structs.replace(asked, row=row), refusal)
            case Repeat.ANSWER:
                return Decision(messages=(self._answer(known),))
            case Repeat.NOTHING:
                return NOTHING

    def _decide(self, view: View, asked: Asked) -> Decision:
        try:
            return self._operate(view, asked)
        except Refusal as refusal:
            return self._refuse(asked, refusal)

    def _operate(self, view: View, asked: Asked) -> Decision:
        match asked.row.operation:
            case "SETTLE":
                return self._settle(view, asked)
            case "PRE_SETTLE":
                return self._ask(view, asked)
            case "REVERSE":
                return self._reverse(view, asked)
            case "QUERY":
                return self._query(view, asked)
        raise Refusal("OPERATION_NOT_BUILT", f"operation {asked.row.operation}")

    def _settle(self, view: View, asked: Asked) -> Decision:
        """Like a pre-settlement, and it occupies its encounter."""
        claim = asked.claim
        _check_unoccupied(view, claim["fixmedins_code"], claim["mdtrt_id"], asked.msgid)
        _check_amends(view, claim)
        return self._ask(view, asked, VISITS.put(claim["fixmedins_code"], claim["mdtrt_id"], asked.msgid))

    def _ask(self, view: View, asked: Asked, *changes: Put) -> Decision:
        arithmetic.check_request(asked.claim)
        facts = knowledge.facts(view, asked.claim)
        verdict = eligibility.verify(asked.claim, facts)
        insured, treatment = facts.insured, facts.treatment
        if insured is None or treatment is None:
            raise AssertionError("a verdict on regions that are not known")
        categories = journal.stored(asked.claim["categories"])
        ledger = Ledger(insured.node, treatment.node, verdict["setl_lv"], verdict["filing_class"], categories)
        return self._forward(asked, self._routes.agency_inbox(insured), verdict, ledger, changes)

    def _reverse(self, view: View, asked: Asked) -> Decision:
        """On to the inbox that was asked for the original. No verdict: a reversal negates, it judges nothing."""
        original = _original(view, asked)
        if not original.is_settlement or original.state == lifecycle.REFUSED:
            raise Refusal("NOTHING_TO_REVERSE", f"refers names a {original.operation} that is {original.state}")
        if original.state == lifecycle.REVERSED:
            raise Refusal("ALREADY_REVERSED", f"by msgid {original.reversed_by}")
        if original.setl_id != asked.row.setl_id:
            raise Refusal("FIELD_INVALID", f"setl_id {asked.row.setl_id} is not the original's, {original.setl_id}")
        return self._forward(asked, original.inbox, None, None, ())

    def _query(self, view: View, asked: Asked) -> Decision:
        """From our own row. Asking for one whose outcome is unknown also asks the insured place once more."""
        original = _original(view, asked)
        figures = _figures(view, original)
        result = outcomes.queried(asked.msgid, asked.row, original, figures, asked.now_ms)
        again = self._forwarded_again(original) if original.unknown else ()
        answer = SETTLEMENT_RESULT.encode(result)
        row = msgspec.structs.replace(asked.row, state=lifecycle.ANSWERED, answer=answer)
        return Decision((REQUESTS.put(asked.msgid, row),), (self._answer(row), *again))

    def _forward(
        self,
        asked: Asked,
        inbox: str,
        verdict: records.Verdict | None,
        ledger: Ledger | None,
        changes: Sequence[Put],
    ) -> Decision:
        """The row is open and its inbox pinned; the deadline runs."""
        envelope = messages.Envelope(asked.msgid, asked.row.subject.psn_no, asked.row.attempt, inbox, asked.now_ms)
        forwarded = messages.forwarded(envelope, asked.value, verdict)
        record = asked.record
        source = Source(record.partition, record.offset, record.timestamp_ms, record.headers)
        row = lifecycle.opened(asked.row, inbox, Pending(forwarded, source, 1), ledger)
        due_ms = asked.now_ms + self._deadlines.answer_ms(row.operation, row.subject.med_type)
        return Decision(
            (REQUESTS.put(asked.msgid, row), *changes),
            (messages.request(self._routes, row, forwarded),),
            (Timer(timer_name(asked.msgid), due_ms),),
        )

    def _refuse(self, asked: Asked, refusal: Refusal) -> Decision:
        """The hospital hears of it, and the error topic too."""
        answer = SETTLEMENT_RESULT.encode(outcomes.refused(asked.msgid, asked.row, refusal, asked.now_ms))
        row = msgspec.structs.replace(asked.row, answer=answer)
        about = messages.about(asked.msgid, row)
        failure = Failure(refusal, about, attempt=row.attempt)
        return Decision((REQUESTS.put(asked.msgid, row),), (self._answer(row),), failure=failure)

    def _answer(self, row: Request) -> Outgoing:
        return messages.answer(self._routes, row, row.answer)

    def _forwarded_again(self, row: Request) -> tuple[Outgoing, ...]:
        return () if row.pending is None else (messages.request(self._routes, row, row.pending.forwarded),)


def _check_unoccupied(view: View, fixmedins_code: str, mdtrt_id: str, msgid: str) -> None:
    """One live settlement per encounter, whatever the ids (design §3)."""
    other = VISITS.get(view, fixmedins_code, mdtrt_id)
    if other is None or other == msgid:
        return
    row = REQUESTS.get(view, other)
    if row is not None and row.is_live:
        raise Refusal("ALREADY_SETTLED", f"mdtrt_id {mdtrt_id} has the settlement of msgid {other}, {row.state}")


def _check_amends(view: View, claim: Claim) -> None:
    """An amended request keeps the settlement id of one that was refused (by the hospital itself: unknown here)."""
    if claim["amends"] is None:
        return
    before = REQUESTS.get(view, claim["amends"])
    if before is None:
        return
    if before.is_live:
        raise Refusal("ALREADY_SETTLED", f"amends names msgid {claim['amends']}, which is {before.state}")
    if before.state != lifecycle.REFUSED or before.setl_id != claim["setl_id"]:
        raise Refusal("FIELD_INVALID", f"amends names msgid {claim['amends']}: {before.state}, {before.setl_id}")


def _original(view: View, asked: Asked) -> Request:
    """The request that a query or reversal is about; one of another person, or a query, is not found."""
    refers = asked.row.refers
    original = None if refers is None else REQUESTS.get(view, refers)
    if original is None or original.operation == "QUERY" or original.subject.psn_no != asked.row.subject.psn_no:
        raise Refusal("SETTLEMENT_NOT_FOUND", f"refers is {refers}")
    return original


def _figures(view: View, original: Request) -> records.SettlementResult | None:
    """The answer whose figures stand for the original's state: of a reversed one, the reversal's."""
    row: Request | None = original
    if original.reversed_by is not None:
        row = REQUESTS.get(view, original.reversed_by)
    return SETTLEMENT_RESULT.decode(row.answer) if row is not None and row.answer else None


def _row(claim: Claim, attempt: int, digest: bytes) -> Request:
    """The request's row before it is decided: refused, until something better comes of it."""
    return Request(
        claim["setl_id"],
        claim["operation"],
        attempt,
        digest,
        lifecycle.REFUSED,
        Subject(
            claim["psn_no"],
            claim["insuplc_admdvs"],
            claim["mdtrtarea_admvs"],
            claim["fixmedins_code"],
            claim["mdtrt_id"],
            claim["med_type"],
            claim["insutype"],
            claim["medfee_sumamt"],
        ),
        claim["hospital_inbox"],
        claim["refers"],
    )
