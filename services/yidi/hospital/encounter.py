"""The life of an encounter's message, from the hospital's own system to the platform (design §3).

- New: checked, converted, sent on; or refused, to the sender's result topic and the error topic alike.
- Known, same content, no higher attempt: its stored answer again, byte for byte; nothing while it is still open.
- Known, other content: ID_CONFLICT, an error report only. The first one stands.
- Higher attempt: a refused one is decided anew; a done one answers again; an open one stays open.
"""

from msgspec import Struct
from msgspec.structs import replace

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
from yidi.hospital.repeats import Arrival, about_charges, again, answer_to, attempt_headers
from yidi.hospital.request import Prepared, Sent, checked, prepared
from yidi.runtime.decider import Decision, Failure, Outgoing, Put, Timer, View


class _Before(Struct, frozen=True):
    """What is known of an arriving message: its content's hash, and its row where an earlier attempt was refused."""

    content: bytes
    row: MessageRow | None

    @property
    def sent_on(self) -> Prepared | None:
        """What was sent on is sent on again as it was: under one msgid the platform takes no other content."""
        if self.row is None or not self.row.request:
            return None
        return Prepared(self.row.request, self.row.details)

    @property
    def sent(self) -> bytes:
        """Hash of a request that was sent on, and dropped since; b"" when there is none."""
        return b"" if self.row is None else self.row.sent


def decide_encounter(view: View, arrival: Arrival, reference: Reference, inboxes: tuple[str, ...]) -> Decision:
    """What an encounter's message brings about. Raises Refusal ID_CONFLICT only."""
    content = content_hash(arrival.value)
    known = MESSAGES.get(view, arrival.msgid)
    if known is not None:
        if known.content != content:
            raise Refusal("ID_CONFLICT", f"msgid {arrival.msgid} is known with other content")
        if arrival.attempt <= known.attempt or known.state != REFUSED:
            return again(arrival, known)
    before = _Before(content, known)
    inbox = _inbox(arrival.charges, reference, inboxes) if known is None else known.inbox
    setl_id = derived_id(arrival.msgid, "settlement") if known is None else known.setl_id
    try:
        if before.sent_on is None:
            setl_id = _settlement_id(view, arrival.charges)
        return _accepted(view, arrival, reference, Sent(setl_id, inbox, arrival.attempt), before)
    except Refusal as refusal:
        return _refused(arrival, refusal, Sent(setl_id, inbox, arrival.attempt), before)


def _settlement_id(view: View, charges: records.EncounterCharges) -> str:
    """Of the first message in a chain of amendments; a query's or reversal's is that of what it is about."""
    if charges["operation"] not in SETTLING:
        original = MESSAGES.get(view, charges["refers"] or "")
        return original.setl_id if original else derived_id(charges["refers"] or charges["msgid"], "settlement")
    amends = charges["amends"]
    if amends is None:
        return derived_id(charges["msgid"], "settlement")
    return amended_settlement(view, amends) or derived_id(amends, "settlement")


def _accepted(view: View, arrival: Arrival, reference: Reference, sent: Sent, before: _Before) -> Decision:
    charges = arrival.charges
    ready = before.sent_on
    if ready is None:
        checked(charges, arrival.now_ms)
    holds = _holds(view, charges, sent)
    if ready is None:
        ready = prepared(charges, _person(view, charges), reference, sent)
        _check_same(before, ready)
    row = _row(arrival, sent, before, OPEN, ready)
    request = Outgoing(
        topics.SETTLEMENT_REQUESTS, charges["psn_no"].encode(), ready.request, attempt_headers(arrival.attempt)
    )
    timers = (Timer(lines_timer(arrival.msgid), None),) if arrival.attempt > 1 else ()
    return Decision(changes=(MESSAGES.put(arrival.msgid, row), *holds), messages=(request,), timers=timers)


def _check_same(before: _Before, ready: Prepared) -> None:
    """Made anew after its time, the request has to be the one that was sent on: the platform takes no other."""
    if before.sent and before.sent != content_hash(ready.request):
        told = "msgid: reference data changed after the time for replays; send the encounter anew, with amends"
        raise Refusal("FIELD_INVALID", told)


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


def _refused(arrival: Arrival, refusal: Refusal, sent: Sent, before: _Before) -> Decision:
    charges = arrival.charges
    answer = refused_result(charges, refusal, sent.setl_id, sent.attempt, arrival.now_ms)
    row = replace(_row(arrival, sent, before, REFUSED, before.sent_on or Prepared(b"")), answer=answer)
    return Decision(
        changes=(MESSAGES.put(arrival.msgid, row),),
        messages=(answer_to(arrival, sent.inbox, answer, sent.attempt),),
        timers=(Timer(lines_timer(arrival.msgid), arrival.now_ms + LINES_KEPT_MS),),
        failure=Failure(refusal, about_charges(charges, sent.setl_id), attempt=sent.attempt),
    )


def _row(arrival: Arrival, sent: Sent, before: _Before, state: str, ready: Prepared) -> MessageRow:
    charges = arrival.charges
    return MessageRow(
        content=before.content,
        attempt=sent.attempt,
        state=state,
        operation=charges["operation"],
        setl_id=sent.setl_id,
        inbox=sent.inbox,
        refers=charges["refers"],
        charges=arrival.value if charges["lines"] else b"",
        details=ready.details,
        request=ready.request,
        sent=before.sent,
    )


def _inbox(charges: records.EncounterCharges, reference: Reference, inboxes: tuple[str, ...]) -> str:
    """The region's inbox where it is one of this hospital's own: only on these does it hear the answer."""
    area = reference.area(charges["mdtrtarea_admvs"])
    return area.hospital_inbox if area is not None and area.hospital_inbox in inboxes else inboxes[0]
