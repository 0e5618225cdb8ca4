"""The agency's decider: forwarded requests in, settlement results out. Thin; the rules are in the files beside it."""

from typing import Final

from yidi.agency import answering
from yidi.agency.account import EMPTY, LEDGERS, after_twin
from yidi.agency.answering import SERVICE, Asked
from yidi.agency.case import ANSWERS, NO_VISIT, VISITS, Answered, Visit, visit_key
from yidi.agency.details import compare, totals_of
from yidi.agency.enrolment import MEMBERS, member_of
from yidi.agency.policy_book import PolicyBook
from yidi.agency.settling import settle
from yidi.contract import topics
from yidi.contract.codec import (
    CHARGE_DETAILS,
    FORWARDED_REQUEST,
    PERSON_HISTORY,
    SETTLEMENT_REQUEST,
    SETTLEMENT_RESULT,
    WireError,
    record_type_of,
)
from yidi.contract.records import ChargeDetails, SettlementRequest, SettlementResult
from yidi.contract.topics import DEFAULT_INBOX
from yidi.domain.faults import Refusal, Stage
from yidi.domain.identities import content_hash
from yidi.runtime.decider import ATTEMPT_HEADER, NOTHING, About, Decision, Failure, Headers, Outgoing, Put, Record, View

NO_EFFECT: Final = frozenset({"PRE_SETTLE"})


class AgencyDecider:
    """All simulated agencies of the inboxes it is given (design §2)."""

    service = SERVICE
    references = (topics.REFERENCE_PERSONS,)

    def __init__(self, book: PolicyBook, inboxes: tuple[str, ...] = (DEFAULT_INBOX,)) -> None:
        self._book = book
        self.inputs = tuple(topics.agency_requests(inbox) for inbox in inboxes)

    def decide(self, view: View, record: Record, now_ms: int) -> Decision:
        """Answer a request, compare details, or take in a person; see the port for what may be relied on."""
        value = record.value or b""
        if record.topic == topics.REFERENCE_PERSONS:
            return self._take_in(view, value)
        forwarded = FORWARDED_REQUEST.decode(value)
        inner = forwarded["request"]
        if record_type_of(inner) is CHARGE_DETAILS:
            return self._details(view, record, CHARGE_DETAILS.decode(inner))
        request = SETTLEMENT_REQUEST.decode(inner)
        _check_key(record, request["psn_no"])
        attempt = max(record.attempt, forwarded["attempt"])
        return self._answer(
            view,
            Asked(request, forwarded["verdict"], forwarded["inbox"], attempt, content_hash(inner), now_ms),
        )

    def due(self, view: View, timer: str, now_ms: int) -> Decision:  # noqa: ARG002 — the port's signature
        """The agency sets no timers."""
        return NOTHING

    def about(self, record: Record) -> About:
        """The request's head, as far as it can be read."""
        try:
            inner = FORWARDED_REQUEST.decode(record.value or b"")["request"]
            if record_type_of(inner) is CHARGE_DETAILS:
                return _about_details(CHARGE_DETAILS.decode(inner))
            return _about(SETTLEMENT_REQUEST.decode(inner))
        except WireError:
            return About()

    def _take_in(self, view: View, value: bytes) -> Decision:
        person = PERSON_HISTORY.decode(value)
        known = MEMBERS.get(view, person["psn_no"])
        if known is not None and known.version >= person["version"]:
            return NOTHING
        return Decision(changes=[MEMBERS.put(person["psn_no"], member_of(person))])

    def _answer(self, view: View, asked: Asked) -> Decision:
        known = ANSWERS.get(view, asked.request["msgid"])
        if known is not None:
            if known.content != asked.content:
                raise Refusal("ID_CONFLICT", "msgid was used before with other content", stage=Stage.VALIDATE)
            if known.outcome != "REFUSED" or asked.attempt <= known.attempt:
                return Decision(messages=[_message(asked, known.answer)])
        try:
            return self._decide(view, asked)
        except Refusal as refusal:
            return _refused(asked, refusal)

    def _decide(self, view: View, asked: Asked) -> Decision:
        match asked.request["operation"]:
            case "SETTLE" | "PRE_SETTLE":
                return self._settle(view, asked)
            case "REVERSE":
                return _reverse(view, asked)
            case other:
                raise Refusal("OPERATION_NOT_BUILT", f"operation {other}", stage=Stage.VALIDATE)

    def _settle(self, view: View, asked: Asked) -> Decision:
        request, verdict = asked.request, asked.verdict
        if verdict is None:
            raise Refusal("FIELD_INVALID", "verdict is missing", stage=Stage.VALIDATE)
        key = visit_key(request["fixmedins_code"], request["mdtrt_id"])
        visit = VISITS.get(view, key) or NO_VISIT
        if request["operation"] not in NO_EFFECT:
            _refuse_settled(visit, request)
        member = MEMBERS.get(view, request["psn_no"])
        if member is None:
            raise Refusal("PERSON_UNKNOWN", "psn_no is not known to the agency", stage=Stage.CALCULATE)
        ledger = LEDGERS.get(view, request["psn_no"]) or EMPTY
        settlement = settle(self._book, request, verdict, member, ledger)
        result = answering.done(asked, settlement)
        if request["operation"] in NO_EFFECT:
            return _answered(asked, result, [])
        totals = totals_of(request["categories"]) if request["lines"] is None else ()
        changes = [
            LEDGERS.put(request["psn_no"], ledger.after(settlement.acct_pay, settlement.after)),
            VISITS.put(key, Visit(request["setl_id"], request["msgid"], totals, visit.reversed)),
        ]
        return _answered(asked, result, changes)

    def _details(self, view: View, record: Record, details: ChargeDetails) -> Decision:
        _check_key(record, details["psn_no"])
        visit = VISITS.get(view, visit_key(details["fixmedins_code"], details["mdtrt_id"])) or NO_VISIT
        if details["setl_id"] in visit.reversed:
            return NOTHING  # reversed in the meantime: nothing is settled that they could belong to
        if visit.setl_id != details["setl_id"] or visit.msgid != details["request_msgid"]:
            raise Refusal("SETTLEMENT_NOT_FOUND", "setl_id of the details is not settled", stage=Stage.VALIDATE)
        compare(visit.totals, details["lines"])
        return NOTHING


def _reverse(view: View, asked: Asked) -> Decision:
    request = asked.request
    refers = request["refers"]
    if refers is None:
        raise Refusal("FIELD_INVALID", "refers is missing: a reversal names its original", stage=Stage.VALIDATE)
    key = visit_key(request["fixmedins_code"], request["mdtrt_id"])
    original, visit = ANSWERS.get(view, refers), VISITS.get(view, key) or NO_VISIT
    if request["setl_id"] in visit.reversed:
        raise Refusal("ALREADY_REVERSED", f"refers {refers}", stage=Stage.VALIDATE)
    freed = VISITS.put(key, visit.freed(request["setl_id"]))
    if original is None or original.outcome != "DONE" or visit.msgid != refers:
        return _answered(asked, answering.reversed_before(asked), [freed])
    ledger = LEDGERS.get(view, request["psn_no"]) or EMPTY
    member = MEMBERS.get(view, request["psn_no"])
    balance = (member.deposited if member else 0) - ledger.paid
    twin = answering.reversed_by_twin(asked, SETTLEMENT_RESULT.decode(original.answer), ledger, balance)
    return _answered(asked, twin, [LEDGERS.put(request["psn_no"], after_twin(ledger, twin)), freed])


def _refuse_settled(visit: Visit, request: SettlementRequest) -> None:
    """One live settlement per encounter, whatever the ids; what was reversed never comes back under its own id."""
    if request["setl_id"] in visit.reversed:
        raise Refusal("REQUEST_REVERSED", f"msgid {request['msgid']}", stage=Stage.VALIDATE)
    if visit.setl_id and visit.msgid != request["msgid"]:
        raise Refusal("ALREADY_SETTLED", f"the encounter is settled by msgid {visit.msgid}", stage=Stage.VALIDATE)


def _answered(asked: Asked, result: SettlementResult, changes: list[Put]) -> Decision:
    value = SETTLEMENT_RESULT.encode(result)
    row = Answered(asked.content, asked.attempt, result["outcome"], value)
    return Decision([*changes, ANSWERS.put(asked.request["msgid"], row)], [_message(asked, value)])


def _refused(asked: Asked, refusal: Refusal) -> Decision:
    answered = _answered(asked, answering.refused(asked, refusal), [])
    failure = Failure(refusal, _about(asked.request), attempt=asked.attempt)
    return Decision(answered.changes, answered.messages, failure=failure)


def _message(asked: Asked, value: bytes) -> Outgoing:
    headers: Headers = ((ATTEMPT_HEADER, str(asked.attempt).encode()),) if asked.attempt > 1 else ()
    return Outgoing(topics.agency_results(asked.inbox), asked.request["psn_no"].encode(), value, headers)


def _check_key(record: Record, psn_no: str) -> None:
    if record.key != psn_no.encode():
        raise Refusal("KEY_DIFFERS", "the record's key is not psn_no", stage=Stage.DECODE)


def _about(request: SettlementRequest) -> About:
    return About(
        request["msgid"],
        request["setl_id"],
        request["psn_no"],
        request["mdtrt_id"],
        request["insuplc_admdvs"],
        request["mdtrtarea_admvs"],
        request["fixmedins_code"],
    )


def _about_details(details: ChargeDetails) -> About:
    return About(
        details["msgid"],
        details["setl_id"],
        details["psn_no"],
        details["mdtrt_id"],
        details["insuplc_admdvs"],
        details["mdtrtarea_admvs"],
        details["fixmedins_code"],
    )
