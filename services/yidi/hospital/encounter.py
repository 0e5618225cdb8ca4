"""The life of an encounter's message, from the hospital's own system to the platform (design §3).

- New: checked, converted, sent on; or refused, to the sender's result topic and the error topic alike.
- Known, same content, no higher attempt: its stored answer again, byte for byte; nothing while it is still open.
- Known, other content: ID_CONFLICT, an error report only. The first one stands.
- Higher attempt: a refused one is decided anew; a done one answers again; an open one stays open.
"""

from msgspec import Struct

from yidi.contract import records, topics
from yidi.domain.faults import Refusal
from yidi.domain.identities import content_hash, derived_id
from yidi.hospital.answers import refused_result
from yidi.hospital.fields import SETTLING
from yidi.hospital.ledger import (
    MESSAGES,
    OPEN,
    REFUSED,
    MessageRow,
    amended_settlement,
    hold_settlement,
    hold_visit,
    lines_timer,
)
from yidi.hospital.limits import LINES_KEPT_MS
from yidi.hospital.person import PERSONS, PersonRow
from yidi.hospital.reference import Reference
from yidi.hospital.request import Sent, checked, prepared
from yidi.runtime.decider import (
    ATTEMPT_HEADER,
    NOTHING,
    About,
    Decision,
    Failure,
    Headers,
    Outgoing,
    Put,
    Timer,
    View,
)


class Arrival(Struct, frozen=True):
    """An encounter's message as it arrived: decoded, its bytes, its attempt, and when."""

    charges: records.EncounterCharges
    value: bytes
    attempt: int
    now_ms: int

    @property
    def msgid(self) -> str:
        return self.charges["msgid"]


def decide_encounter(view: View, arrival: Arrival, reference: Reference, inboxes: tuple[str, ...]) -> Decision:
    """What an encounter's message brings about. Raises Refusal ID_CONFLICT only."""
    content = content_hash(arrival.value)
    known = MESSAGES.get(view, arrival.msgid)
    if known is not None:
        if known.content != content:
            raise Refusal("ID_CONFLICT", f"msgid {arrival.msgid} is known with other content")
        if arrival.attempt <= known.attempt or known.state != REFUSED:
            return _again(arrival, known)
    inbox = _inbox(arrival.charges, reference, inboxes)
    setl_id = derived_id(arrival.msgid, "settlement") if known is None else known.setl_id
    try:
        setl_id = _settlement_id(view, arrival.charges)
        return _accepted(view, arrival, reference, Sent(setl_id, inbox, arrival.attempt), content)
    except Refusal as refusal:
        return _refused(arrival, refusal, Sent(setl_id, inbox, arrival.attempt), content)


def attempt_headers(attempt: int) -> Headers:
    """Headers of a message that a record of this attempt brought about; the first attempt needs none."""
    return ((ATTEMPT_HEADER, b"%d" % attempt),) if attempt > 1 else ()


def about_charges(charges: records.EncounterCharges, setl_id: str | None = None) -> About:
    return About(
        msgid=charges["msgid"],
        setl_id=setl_id,
        psn_no=charges["psn_no"],
        mdtrt_id=charges["mdtrt_id"],
        insuplc_admdvs=charges["insuplc_admdvs"],
        mdtrtarea_admvs=charges["mdtrtarea_admvs"],
        fixmedins_code=charges["fixmedins_code"],
    )


def _again(arrival: Arrival, known: MessageRow) -> Decision:
    if not known.answer:
        return NOTHING
    return Decision(messages=(_answer(arrival, known.inbox, known.answer, known.attempt),))


def _settlement_id(view: View, charges: records.EncounterCharges) -> str:
    """Of the first message in a chain of amendments; a query's or reversal's is that of what it is about."""
    if charges["operation"] not in SETTLING:
        original = MESSAGES.get(view, charges["refers"] or "")
        return original.setl_id if original else derived_id(charges["refers"] or charges["msgid"], "settlement")
    amends = charges["amends"]
    if amends is None:
        return derived_id(charges["msgid"], "settlement")
    return amended_settlement(view, amends) or derived_id(amends, "settlement")


def _accepted(view: View, arrival: Arrival, reference: Reference, sent: Sent, content: bytes) -> Decision:
    charges = arrival.charges
    checked(charges, arrival.now_ms)
    holds = _holds(view, charges, sent)
    ready = prepared(charges, _person(view, charges), reference, sent)
    row = _row(arrival, sent, content, state=OPEN, details=ready.details)
    request = Outgoing(
        topics.SETTLEMENT_REQUESTS, charges["psn_no"].encode(), ready.request, attempt_headers(arrival.attempt)
    )
    timers = (Timer(lines_timer(arrival.msgid), None),) if arrival.attempt > 1 else ()
    return Decision(changes=(MESSAGES.put(arrival.msgid, row), *holds), messages=(request,), timers=timers)


def _holds(view: View, charges: records.EncounterCharges, sent: Sent) -> tuple[Put, ...]:
    """A pre-settlement changes nothing, so it holds nothing."""
    if charges["operation"] != "SETTLE":
        return ()
    return (*hold_visit(view, charges), *hold_settlement(view, charges, sent.setl_id, sent.attempt))


def _person(view: View, charges: records.EncounterCharges) -> PersonRow | None:
    if charges["operation"] not in SETTLING:
        return None
    person = PERSONS.get(view, charges["psn_no"])
    if person is None:
        raise Refusal("PERSON_UNKNOWN", "psn_no: the registry has published no such person")
    return person


def _refused(arrival: Arrival, refusal: Refusal, sent: Sent, content: bytes) -> Decision:
    charges = arrival.charges
    answer = refused_result(charges, refusal, sent.setl_id, sent.attempt, arrival.now_ms)
    row = _row(arrival, sent, content, state=REFUSED, answer=answer)
    return Decision(
        changes=(MESSAGES.put(arrival.msgid, row),),
        messages=(_answer(arrival, sent.inbox, answer, sent.attempt),),
        timers=(Timer(lines_timer(arrival.msgid), arrival.now_ms + LINES_KEPT_MS),),
        failure=Failure(refusal, about_charges(charges, sent.setl_id), attempt=sent.attempt),
    )


def _row(
    arrival: Arrival, sent: Sent, content: bytes, *, state: str, answer: bytes = b"", details: bytes = b""
) -> MessageRow:
    charges = arrival.charges
    return MessageRow(
        content=content,
        attempt=sent.attempt,
        state=state,
        operation=charges["operation"],
        setl_id=sent.setl_id,
        inbox=sent.inbox,
        refers=charges["refers"],
        answer=answer,
        charges=arrival.value if charges["lines"] else b"",
        details=details,
    )


def _answer(arrival: Arrival, inbox: str, answer: bytes, attempt: int) -> Outgoing:
    key = arrival.charges["psn_no"].encode()
    return Outgoing(topics.hospital_results(inbox), key, answer, attempt_headers(attempt))


def _inbox(charges: records.EncounterCharges, reference: Reference, inboxes: tuple[str, ...]) -> str:
    """The region's inbox where it is one of this hospital's own: only on these does it hear the answer."""
    area = reference.area(charges["mdtrtarea_admvs"])
    return area.hospital_inbox if area is not None and area.hospital_inbox in inboxes else inboxes[0]
