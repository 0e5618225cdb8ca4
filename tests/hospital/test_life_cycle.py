"""The life of an encounter: idempotency, conflicts, attempts, one live settlement a visit."""

import pytest

from tests.hospital.ward import (
    HOUSE,
    MSGID,
    NOW,
    PERSON,
    RESULTS,
    Ward,
    about_original,
    charges,
    house,
    line,
    person,
    refusal_of,
    request_of,
    result_of,
    settled,
    state,
)
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES, INSTITUTION, SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.domain.identities import derived_id
from yidi.hospital.ledger import MESSAGES
from yidi.runtime.decider import NOTHING, About, Decision, Record


def test_new_encounter_becomes_one_request() -> None:
    """A valid outpatient encounter becomes one request with its own msgid, categories and split lines."""
    request = request_of(Ward().send(charges(line("1", amount=1_000), line("2", "BED", 6_000))))
    assert request["msgid"] == MSGID
    assert request["setl_id"] == derived_id(MSGID, "settlement")
    assert request["hospital_inbox"] == "default"
    assert [total["med_chrgitm_type"] for total in request["categories"]] == ["01", "09"]
    assert request["lines"] is not None
    assert len(request["lines"]) == 2


def test_same_content_while_open_brings_nothing() -> None:
    """A repeat of an open encounter publishes nothing a second time."""
    ward = Ward()
    ward.send(charges())
    assert ward.send(charges()) == NOTHING
    assert ward.send(charges(), attempt=2) == NOTHING


@pytest.mark.parametrize("attempt", [1, 2])
def test_same_content_when_done_answers_again(attempt: int) -> None:
    """A repeat of a done encounter, at any attempt, gets the very bytes of its answer again and nothing else."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request))
    stored = MESSAGES.get(ward.view, MSGID)
    again = ward.send(charges(), attempt)
    assert stored is not None
    assert [(m.topic, m.value) for m in again.messages] == [(RESULTS, stored.answer)]
    assert (again.changes, again.failure) == ((), None)


def test_repeated_answer_changes_nothing() -> None:
    """The answer that was told again, read back, is known."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request))
    assert ward.answer(result_of(request)) == NOTHING


def test_same_msgid_with_other_content_is_a_conflict() -> None:
    """Other content under a known msgid is an error report only: no answer, no change, the first one stands."""
    ward = Ward()
    settled(ward)
    with pytest.raises(Refusal) as refusal:
        ward.send(charges(line(amount=2_000)))
    assert refusal.value.fault.code == "ID_CONFLICT"
    assert state(ward) == "DONE"


def test_refused_here_answers_the_same_refusal_again() -> None:
    """A repeat of what this hospital refused gets the same refusal bytes, without a second error report."""
    ward = Ward()
    first = ward.send(charges(psn_name="模拟乙"))
    again = ward.send(charges(psn_name="模拟乙"))
    assert refusal_of(first).fault.code == "IDENTITY_DIFFERS"
    assert [m.value for m in again.messages] == [m.value for m in first.messages]
    assert again.failure is None


def test_higher_attempt_decides_a_refused_one_anew() -> None:
    """Once its cause is mended, a refused encounter goes through under a higher attempt, and says which."""
    ward = Ward()
    refusal_of(ward.send(charges(psn_name="模拟乙")))
    ward.person(person(psn_name="模拟乙", version=2))
    decision = ward.send(charges(psn_name="模拟乙"), attempt=2)
    assert request_of(decision)["setl_id"] == derived_id(MSGID, "settlement")
    assert decision.messages[0].headers == (("attempt", b"2"),)
    assert state(ward) == "OPEN"
    assert ward.view.timers == {}


def test_lower_attempt_gets_the_newer_answer() -> None:
    """An old attempt that comes late does not start again what a newer attempt decided."""
    ward = Ward()
    ward.send(charges(psn_name="模拟乙"), attempt=3)
    again = ward.send(charges(psn_name="模拟乙"), attempt=2)
    assert again.messages[0].headers == (("attempt", b"3"),)


def test_refused_again_names_its_attempt() -> None:
    """A refusal of attempt 2 is another result than that of attempt 1."""
    ward = Ward()
    first = ward.send(charges(psn_name="模拟乙"))
    second = ward.send(charges(psn_name="模拟乙"), attempt=2)
    assert first.messages[0].value != second.messages[0].value
    assert second.failure is not None
    assert second.failure.attempt == 2


def test_own_refusal_read_back_is_ignored() -> None:
    """The hospital's own refusal, read from its result topic, brings nothing."""
    ward = Ward()
    told = ward.send(charges(psn_name="模拟乙")).messages[0]
    assert ward.feed(RESULTS, PERSON, told.value) == NOTHING


def test_one_live_settlement_a_visit() -> None:
    """A second msgid of a visit is refused while the first is open, unknown or done."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    other = [charges(msgid=f"M-{n}") for n in range(3)]
    assert refusal_of(ward.send(other[0])).fault.code == "ALREADY_SETTLED"
    ward.answer(result_of(request, "UNKNOWN"))
    assert refusal_of(ward.send(other[1])).fault.code == "ALREADY_SETTLED"
    ward.answer(result_of(request))
    assert refusal_of(ward.send(other[2])).fault.code == "ALREADY_SETTLED"


def test_refused_settlement_leaves_the_visit_free() -> None:
    """After a refusal by the platform another message of the visit may settle."""
    ward = Ward()
    ward.answer(result_of(request_of(ward.send(charges())), "REFUSED"))
    assert request_of(ward.send(charges(msgid="M-2")))["mdtrt_id"] == "V1"


def test_pre_settlement_holds_nothing() -> None:
    """A pre-settlement neither takes the visit nor minds that it is settled."""
    ward = Ward()
    settled(ward, charges(operation="PRE_SETTLE", msgid="M-pre"))
    assert request_of(ward.send(charges()))["operation"] == "SETTLE"
    assert request_of(ward.send(charges(operation="PRE_SETTLE", msgid="M-pre-2")))["operation"] == "PRE_SETTLE"


def test_reversal_frees_the_visit() -> None:
    """A confirmed reversal reverses the original; the visit can settle anew, with a settlement id of its own."""
    ward = Ward()
    original = settled(ward)
    reversal = request_of(ward.send(about_original("REVERSE", MSGID)))
    assert (reversal["setl_id"], reversal["refers"]) == (original["setl_id"], MSGID)
    assert (reversal["categories"], reversal["lines"]) == ([], None)
    ward.answer(result_of(reversal, "REVERSED"))
    assert state(ward) == "REVERSED"
    assert request_of(ward.send(charges(msgid="M-2")))["setl_id"] != original["setl_id"]


def test_refused_reversal_leaves_the_settlement() -> None:
    """A reversal that the platform refuses leaves the original done and the visit held."""
    ward = Ward()
    settled(ward)
    reversal = request_of(ward.send(about_original("REVERSE", MSGID)))
    ward.answer(result_of(reversal, "REFUSED"))
    assert (state(ward), state(ward, "REVERSE-1")) == ("DONE", "REFUSED")


def test_late_answer_after_a_reversal_is_stale() -> None:
    """An open settlement that was reversed is not done by an answer that comes later."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request_of(ward.send(about_original("REVERSE", MSGID))), "REVERSED"))
    assert ward.answer(result_of(request)) == NOTHING
    assert state(ward) == "REVERSED"


@pytest.mark.parametrize("outcome", [None, "UNKNOWN", "REFUSED"])
def test_repeat_of_what_was_reversed_while_open_is_told_so(outcome: str | None) -> None:
    """What was reversed before it was done is not taken up again; a repeat hears it, with the same bytes each time."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    if outcome == "UNKNOWN":
        ward.answer(result_of(request, "UNKNOWN"))
    ward.answer(result_of(request_of(ward.send(about_original("REVERSE", MSGID))), "REVERSED"))
    attempt = 1
    if outcome == "REFUSED":
        ward.send(charges())
        attempt = 2
    told = ward.send(charges(), attempt)
    assert refusal_of(told).fault.code == "REQUEST_REVERSED"
    again = ward.send(charges(), attempt)
    assert [m.value for m in again.messages] == [m.value for m in told.messages]
    assert again.failure is None
    assert state(ward) == "REVERSED"


def test_repeat_of_what_was_done_and_reversed_gets_its_answer() -> None:
    """What was once done answers as it did, also after its reversal, which has an id of its own."""
    ward = Ward()
    request = settled(ward)
    ward.answer(result_of(request_of(ward.send(about_original("REVERSE", MSGID))), "REVERSED"))
    again = ward.send(charges(), attempt=2)
    assert [m.value for m in again.messages] == [SETTLEMENT_RESULT.encode(result_of(request))]


def test_query_asks_the_platform_and_changes_nothing_here() -> None:
    """A query goes to the platform under its own id; its answer is kept for repeats and does not touch the original."""
    ward = Ward()
    original = request_of(ward.send(charges()))
    query = request_of(ward.send(about_original("QUERY", MSGID)))
    assert (query["operation"], query["setl_id"]) == ("QUERY", original["setl_id"])
    ward.answer(result_of(query, "UNKNOWN"))
    assert (state(ward), state(ward, "QUERY-1")) == ("OPEN", "DONE")


def test_query_of_an_unknown_message_is_still_asked() -> None:
    """What this hospital does not know the platform may: the settlement id is derived from what it refers to."""
    query = request_of(Ward().send(about_original("QUERY", "elsewhere")))
    assert query["setl_id"] == derived_id("elsewhere", "settlement")


def test_older_person_history_is_ignored() -> None:
    """The highest version of a person wins, whatever comes last."""
    ward = Ward()
    ward.person(person(version=3))
    assert ward.person(person(version=2, psn_name="模拟乙")) == NOTHING
    assert request_of(ward.send(charges()))["psn_no"] == PERSON


def test_hospital_inbox_is_one_that_is_heard() -> None:
    """The region's inbox is named only where this hospital reads it."""
    ward = Ward(inboxes=("seat-b", "default"))
    assert request_of(ward.send(charges()))["hospital_inbox"] == "default"
    alone = Ward(inboxes=("seat-b",))
    assert request_of(alone.send(charges()))["hospital_inbox"] == "seat-b"


def test_visits_of_two_institutions_may_have_one_number() -> None:
    """A visit number is unique within its institution only."""
    ward, other = Ward(), HOUSE[:-1] + "2"
    ward.shared(INSTITUTION, f"institution/{other}", house(fixmedins_code=other))
    settled(ward)
    assert request_of(ward.send(charges(msgid="M-2", fixmedins_code=other)))["mdtrt_id"] == "V1"


def test_reports_say_what_they_are_about() -> None:
    """Particulars for an error report, as far as the record can be read; never an exception."""
    ward = Ward()
    encounter = charges()
    result = result_of(request_of(ward.send(encounter)))
    sent = (topics.ENCOUNTERS, ENCOUNTER_CHARGES.encode(encounter)), (RESULTS, SETTLEMENT_RESULT.encode(result))
    for topic, value in sent:
        about = ward.service.about(Record(topic, 0, 0, NOW, None, value))
        assert (about.msgid, about.psn_no, about.mdtrt_id) == (MSGID, PERSON, "V1")
        assert ward.service.about(Record(topic, 0, 0, NOW, None, value[:-1])) == About()
    assert ward.service.about(Record(topics.REFERENCE_SHARED, 0, 0, NOW, None, None)) == About()


def test_senders_clock_may_run_a_little_ahead() -> None:
    """Five minutes ahead of ours is no date in the future."""
    ahead = NOW + 5 * 60_000
    encounter = charges(line(fee_ocur_time=ahead), begntime=ahead, inf_time=ahead)
    assert request_of(Ward().send(encounter))["inf_time"] == ahead
    later = charges(line(fee_ocur_time=ahead), begntime=ahead, inf_time=ahead + 1)
    assert refusal_of(Ward().send(later)).fault.code == "DATE_IN_FUTURE"


def test_inputs_are_the_encounters_and_its_own_results() -> None:
    """The port's topics, and no others."""
    service = Ward(inboxes=("default", "seat-b")).service
    assert service.inputs == (topics.ENCOUNTERS, "hospital.default.results", "hospital.seat-b.results")
    assert service.references == (topics.REFERENCE_PERSONS, topics.REFERENCE_SHARED)
    with pytest.raises(ValueError, match="does not read"):
        Ward().feed(topics.JOURNAL, PERSON, b"x")
    assert isinstance(NOTHING, Decision)
