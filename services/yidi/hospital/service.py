"""The hospital's decider: reads a record, asks the rules, says what it brings about. Thin."""

from collections.abc import Sequence

from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES, PERSON_HISTORY, SETTLEMENT_RESULT, WireError
from yidi.domain.faults import Refusal, Stage
from yidi.hospital.answers import SERVICE
from yidi.hospital.encounter import decide_encounter
from yidi.hospital.fields import check_ids
from yidi.hospital.ledger import MESSAGES, REFUSED, TIMER_PREFIX, expired
from yidi.hospital.outcome import about_result, decide_result
from yidi.hospital.person import PERSONS, person_row
from yidi.hospital.reference import ReferenceCache, shared_changes
from yidi.hospital.repeats import Arrival, about_charges
from yidi.runtime.decider import NOTHING, About, Decision, Record, View


class HospitalService:
    """All simulated hospitals of some inboxes. A pure decider: what it keeps in memory only saves work.

    `inboxes` are those it answers for; the first one hears what belongs to no region.
    """

    service = SERVICE

    def __init__(self, inboxes: Sequence[str] = (topics.DEFAULT_INBOX,)) -> None:
        if not inboxes:
            raise ValueError("a hospital needs at least one inbox")
        self._inboxes = tuple(inboxes)
        self._results = tuple(topics.hospital_results(inbox) for inbox in self._inboxes)
        self._reference = ReferenceCache()
        self.inputs = (topics.ENCOUNTERS, *self._results)
        self.references = (topics.REFERENCE_PERSONS, topics.REFERENCE_SHARED)

    def decide(self, view: View, record: Record, now_ms: int) -> Decision:
        """See `yidi.runtime.decider.Decider`."""
        value = record.value
        if value is None:
            raise Refusal("UNDECODABLE", "the record has no value", stage=Stage.DECODE)
        if record.topic == topics.ENCOUNTERS:
            return self._encounter(view, record, value, now_ms)
        if record.topic in self._results:
            return self._result(view, record, value, now_ms)
        if record.topic == topics.REFERENCE_PERSONS:
            return self._person(view, record, value)
        if record.topic == topics.REFERENCE_SHARED:
            return Decision(changes=shared_changes(view, record.key, value))
        raise ValueError(f"the hospital does not read {record.topic}")

    def due(self, view: View, timer: str, now_ms: int) -> Decision:  # noqa: ARG002 — the port's signature
        """Drop the lines of a refused encounter whose time is over; its ids and its answer stay."""
        msgid = timer.removeprefix(TIMER_PREFIX)
        row = MESSAGES.get(view, msgid)
        if row is None or row.state != REFUSED:
            return NOTHING
        return Decision(changes=(MESSAGES.put(msgid, expired(row)),))

    def about(self, record: Record) -> About:
        """See `yidi.runtime.decider.Decider`."""
        try:
            if record.topic == topics.ENCOUNTERS:
                return about_charges(ENCOUNTER_CHARGES.decode(record.value or b""))
            if record.topic in self._results:
                return about_result(SETTLEMENT_RESULT.decode(record.value or b""))
        except WireError:
            return About()
        return About()

    def _encounter(self, view: View, record: Record, value: bytes, now_ms: int) -> Decision:
        charges = ENCOUNTER_CHARGES.decode(value)
        _check_key(record, charges["psn_no"])
        check_ids(charges)
        arrival = Arrival(charges, value, _attempt(record), now_ms)
        return decide_encounter(view, arrival, self._reference.at(view), self._inboxes)

    def _result(self, view: View, record: Record, value: bytes, now_ms: int) -> Decision:
        result = SETTLEMENT_RESULT.decode(value)
        _check_key(record, result["psn_no"])
        return decide_result(view, result, value, now_ms)

    def _person(self, view: View, record: Record, value: bytes) -> Decision:
        history = PERSON_HISTORY.decode(value)
        _check_key(record, history["psn_no"])
        held = PERSONS.get(view, history["psn_no"])
        if held is not None and held.version >= history["version"]:
            return NOTHING
        return Decision(changes=(PERSONS.put(history["psn_no"], person_row(history)),))


def _check_key(record: Record, psn_no: str) -> None:
    if record.key != psn_no.encode():
        raise Refusal("KEY_DIFFERS", "the record's key is not the psn_no in the message", stage=Stage.DECODE)


def _attempt(record: Record) -> int:
    try:
        return record.attempt
    except ValueError as error:
        raise Refusal("ATTEMPT_LIMIT", f"header attempt: {error}") from error
