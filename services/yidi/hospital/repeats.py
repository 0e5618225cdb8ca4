"""An arriving message, and what one that was known before brings: its stored answer again, byte for byte."""

from msgspec import Struct
from msgspec.structs import replace

from yidi.contract import records, topics
from yidi.contract.codec import SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.hospital.answers import refused_result
from yidi.hospital.ledger import MESSAGES, REFUSED, REVERSED, UNKNOWN, MessageRow
from yidi.runtime.decider import ATTEMPT_HEADER, NOTHING, About, Decision, Failure, Headers, Outgoing


class Arrival(Struct, frozen=True):
    """An encounter's message as it arrived: decoded, its bytes, its attempt, and when."""

    charges: records.EncounterCharges
    value: bytes
    attempt: int
    now_ms: int

    @property
    def msgid(self) -> str:
        return self.charges["msgid"]


def again(arrival: Arrival, known: MessageRow) -> Decision:
    if known.state == REVERSED and _is_unanswered(arrival, known):
        return _over(arrival, known)
    if not known.answer:
        return NOTHING
    return Decision(messages=(answer_to(arrival, known.inbox, known.answer, known.attempt),))


def _is_unanswered(arrival: Arrival, known: MessageRow) -> bool:
    """Reversed before it was ever done, and this attempt has not been told so yet."""
    outcome = SETTLEMENT_RESULT.decode(known.answer)["outcome"] if known.answer else UNKNOWN
    return outcome == UNKNOWN or (outcome == REFUSED and arrival.attempt > known.attempt)


def _over(arrival: Arrival, known: MessageRow) -> Decision:
    """A repeat of what was reversed while it was open: it is not taken up again, and says so, the same each time."""
    attempt = max(arrival.attempt, known.attempt)
    refusal = Refusal("REQUEST_REVERSED", "msgid: it was reversed before it was done")
    answer = refused_result(arrival.charges, refusal, known.setl_id, attempt, arrival.now_ms)
    return Decision(
        changes=(MESSAGES.put(arrival.msgid, replace(known, answer=answer, attempt=attempt)),),
        messages=(answer_to(arrival, known.inbox, answer, attempt),),
        failure=Failure(refusal, about_charges(arrival.charges, known.setl_id), attempt=attempt),
    )


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


def answer_to(arrival: Arrival, inbox: str, answer: bytes, attempt: int) -> Outgoing:
    key = arrival.charges["psn_no"].encode()
    return Outgoing(topics.hospital_results(inbox), key, answer, attempt_headers(attempt))
