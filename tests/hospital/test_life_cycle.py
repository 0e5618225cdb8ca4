"""The life of an encounter: idempotency, conflicts, attempts, amendments, one live settlement a visit."""

from typing import Any

import pytest

from tests.hospital.ward import (
    DAY,
    HOUSE,
    NOW,
    PERSON,
    RESULTS,
    Ward,
    about_original,
    catalogue,
    charges,
    details_of,
    house,
    item,
    line,
    person,
    refusal_of,
    request_of,
    result_of,
    stay,
)
from yidi.contract import records, topics
from yidi.contract.codec import CATALOGUE, ENCOUNTER_CHARGES, INSTITUTION, SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.domain.identities import derived_id
from yidi.hospital.ledger import MESSAGES, lines_timer
from yidi.runtime.decider import NOTHING, About, Decision, Record

MSGID = charges()["msgid"]


def settled(ward: Ward, encounter: records.EncounterCharges | None = None) -> records.SettlementRequest:
    """Given a settlement that is done."""
    request = request_of(ward.send(encounter or charges()))
    ward.answer(result_of(request))
    return request


def state(ward: Ward, msgid: str = MSGID) -> str:
    row = MESSAGES.get(ward.view, msgid)
    assert row is not None
    return row.state


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


def test_unknown_is_adopted() -> None:
    """An unknown outcome keeps the encounter open until the answer comes."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "UNKNOWN"))
    assert state(ward) == "UNKNOWN"
    ward.answer(result_of(request))
    assert state(ward) == "DONE"


def test_unknown_never_follows_a_final_outcome() -> None:
    """A provisional answer that comes after the final one is stale."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request))
    assert ward.answer(result_of(request, "UNKNOWN")) == NOTHING


def test_refused_by_the_platform_is_sent_on_as_it_was() -> None:
    """A higher attempt sends the very bytes of the first request, though reference data has changed since."""
    ward = Ward()
    first = ward.send(stay(line("1", "OLD")))
    ward.answer(result_of(request_of(first), "REFUSED"))
    self_paid = catalogue("catalogue-110000", item("OLD", "03", "03"), version=2)
    ward.shared(CATALOGUE, "catalogue/catalogue-110000", self_paid)
    second = ward.send(stay(line("1", "OLD")), attempt=2)
    assert second.messages[0].value == first.messages[0].value
    details = details_of(ward.answer(result_of(request_of(second), attempt=2)))
    assert details["msgid"] == derived_id(MSGID, "details", 2)
    assert details["lines"][0]["chrgitm_lv"] == "02"


def test_done_supersedes_an_earlier_refusal() -> None:
    """done(2) after refused(1): the encounter is done, and holds its visit again."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "REFUSED"))
    ward.answer(result_of(request, "DONE", attempt=2))
    assert state(ward) == "DONE"
    assert ward.view.timers == {}
    assert refusal_of(ward.send(charges(msgid="M-2"))).fault.code == "ALREADY_SETTLED"


def test_superseding_settlement_takes_its_visit_back() -> None:
    """Where another message of the visit was tried and refused meanwhile, the one that is done holds the visit."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "REFUSED"))
    ward.answer(result_of(request_of(ward.send(charges(msgid="M-2", amends=MSGID))), "REFUSED"))
    ward.answer(result_of(request, "DONE", attempt=2))
    assert refusal_of(ward.send(charges(msgid="M-3"))).fault.code == "ALREADY_SETTLED"
    assert refusal_of(ward.send(charges(msgid="M-4", amends="M-2", mdtrt_id="V2"))).fault.code == "ALREADY_SETTLED"


@pytest.mark.parametrize("attempt", [1, 2])
def test_refused_never_supersedes_done(attempt: int) -> None:
    """After done nothing is refused any more: an older attempt is stale, the same or a newer one is reported."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "DONE", attempt=1))
    with pytest.raises(Refusal) as refusal:
        ward.answer(result_of(request, "REFUSED", attempt=attempt))
    assert refusal.value.fault.code == "RESULT_UNEXPECTED"
    assert state(ward) == "DONE"


def refused_by(service: str, request: Any) -> Any:
    refused = result_of(request, "REFUSED")
    return {**refused, "fault": {**(refused["fault"] or {}), "service": service}}


def test_done_of_the_attempt_that_the_agency_refused_is_reported() -> None:
    """Two finals of one attempt by the same agency contradict each other: the first stands."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(refused_by("agency", request))
    with pytest.raises(Refusal, match="RESULT_UNEXPECTED"):
        ward.answer(result_of(request, "DONE"))
    assert state(ward) == "REFUSED"


def test_a_late_done_supersedes_the_platforms_own_refusal() -> None:
    """The agency was settling while the platform refused: money moved, so the hospital adopts it."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(refused_by("platform", request))
    ward.answer(result_of(request, "DONE"))
    assert state(ward) == "DONE"


def test_older_refusal_after_done_is_stale() -> None:
    """refused(1) that arrives after done(2) is old news."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "DONE", attempt=2))
    assert ward.answer(result_of(request, "REFUSED", attempt=1)) == NOTHING


@pytest.mark.parametrize("fields", [{"msgid": "nobody-asked"}, {"setl_id": "another"}, {"operation": "REVERSE"}])
def test_result_that_nobody_asked_for(fields: dict[str, str]) -> None:
    """A result for an unknown message, another settlement or another operation is reported and has no effect."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    with pytest.raises(Refusal, match="RESULT_UNEXPECTED"):
        ward.answer(result_of(request, **fields))
    assert state(ward) == "OPEN"


def test_stay_sends_categories_now_and_details_once_done() -> None:
    """A stay's lines follow the settlement, once, and carry the settlement's id."""
    ward = Ward()
    request = request_of(ward.send(stay(line("1", "BED", 18_000, 3), line("2", "DRUG-B", 2_000))))
    assert request["lines"] is None
    details = details_of(ward.answer(result_of(request)))
    assert details["msgid"] == derived_id(MSGID, "details", 1)
    assert (details["setl_id"], details["request_msgid"]) == (request["setl_id"], MSGID)
    assert [row["feedetl_sn"] for row in details["lines"]] == ["1", "2"]
    assert ward.answer(result_of(request)) == NOTHING


def test_details_name_the_attempt_that_was_done() -> None:
    """After a replay at the platform the details carry the attempt of the result."""
    ward = Ward()
    request = request_of(ward.send(stay()))
    ward.answer(result_of(request, "REFUSED"))
    decision = ward.answer(result_of(request, "DONE", attempt=2))
    assert details_of(decision)["msgid"] == derived_id(MSGID, "details", 2)
    assert decision.messages[0].headers == (("attempt", b"2"),)


@pytest.mark.parametrize("encounter", [charges(), stay(operation="PRE_SETTLE")])
def test_only_a_settled_stay_has_details(encounter: records.EncounterCharges) -> None:
    """Other care sent its lines already, and a pre-settlement changes nothing."""
    ward = Ward()
    assert ward.answer(result_of(request_of(ward.send(encounter)))).messages == ()


def test_refused_encounter_keeps_its_lines_for_a_time() -> None:
    """Lines of a refused encounter stay until the manual claim's deadline; then only the bytes go, never the ids."""
    ward = Ward()
    ward.answer(result_of(request_of(ward.send(stay())), "REFUSED"))
    before = MESSAGES.get(ward.view, MSGID)
    assert ward.view.timers[lines_timer(MSGID)] >= NOW + 92 * DAY
    ward.fire(lines_timer(MSGID))
    after = MESSAGES.get(ward.view, MSGID)
    assert before is not None
    assert after is not None
    assert before.charges
    assert before.details
    assert (after.charges, after.details) == (b"", b"")
    assert (after.answer, after.state, after.setl_id) == (before.answer, "REFUSED", before.setl_id)


def test_done_after_the_lines_were_dropped_is_adopted_and_reported() -> None:
    """A stay that is done after its lines' time stays done, and people hear that its details are missing."""
    ward = Ward()
    request = request_of(ward.send(stay()))
    ward.answer(result_of(request, "REFUSED"))
    ward.fire(lines_timer(MSGID))
    decision = ward.answer(result_of(request, "DONE", attempt=2))
    assert state(ward) == "DONE"
    assert decision.failure is not None
    assert decision.failure.refusal.fault.code == "DETAILS_DIFFER"


def test_replay_after_the_time_sends_the_same_request_or_none() -> None:
    """Made anew from changed reference data it would be other content under its msgid: refused, and never left open.

    As an amended message it can be sent.
    """
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "REFUSED"))
    ward.fire(lines_timer(MSGID))
    dearer = catalogue("catalogue-110000", item("DRUG-A", "09", "02", 500), version=9)
    ward.shared(CATALOGUE, "catalogue/catalogue-110000", dearer)
    assert refusal_of(ward.send(charges(), attempt=2)).fault.code == "FIELD_INVALID"
    assert refusal_of(ward.send(charges(), attempt=3)).fault.code == "FIELD_INVALID"
    amended = request_of(ward.send(charges(msgid=f"{MSGID[:-1]}7", amends=MSGID)))
    assert amended["setl_id"] == request["setl_id"]


def test_replay_after_the_time_goes_on_where_nothing_changed() -> None:
    """Made anew from the same reference data it is the same request, byte for byte."""
    ward = Ward()
    first = ward.send(charges())
    ward.answer(result_of(request_of(first), "REFUSED"))
    ward.fire(lines_timer(MSGID))
    assert [message.value for message in ward.send(charges(), attempt=2).messages] == [first.messages[0].value]


def test_timer_of_an_encounter_that_is_done_drops_nothing() -> None:
    """A timer that fires after all has been superseded has no effect."""
    ward = Ward()
    settled(ward)
    assert ward.fire(lines_timer(MSGID)) == NOTHING
    assert ward.fire(lines_timer("never-heard-of")) == NOTHING


def test_done_drops_the_encounters_bytes() -> None:
    """Once done, lines live in the log and no longer in the state."""
    ward = Ward()
    settled(ward)
    row = MESSAGES.get(ward.view, MSGID)
    assert row is not None
    assert (row.charges, row.details) == (b"", b"")


def amended(msgid: str = "M-2", amends: str = MSGID, **fields: object) -> records.EncounterCharges:
    return charges(msgid=msgid, amends=amends, **fields)


def refused(ward: Ward) -> None:
    """Given an encounter that this hospital refused."""
    refusal_of(ward.send(charges(psn_name="模拟乙")))


def test_amended_encounter_keeps_the_settlement_id() -> None:
    """An amendment of a refused message, and an amendment of that, settle under the first one's settlement id."""
    ward = Ward()
    refused(ward)
    refusal_of(ward.send(amended("M-2", psn_name="模拟丙")))
    request = request_of(ward.send(amended("M-3", "M-2")))
    assert request["setl_id"] == derived_id(MSGID, "settlement")


def test_amending_what_left_no_row_derives_from_its_msgid() -> None:
    """What was poison, or another person's, left no row; its amendment has the settlement id all the same."""
    request = request_of(Ward().send(amended(amends="poison")))
    assert request["setl_id"] == derived_id("poison", "settlement")


def test_amending_a_live_message_is_refused() -> None:
    """Only what was refused can be amended: a live one is reversed first."""
    ward = Ward()
    settled(ward)
    assert refusal_of(ward.send(amended(mdtrt_id="V2"))).fault.code == "ALREADY_SETTLED"


def test_amending_a_reversed_message_is_refused() -> None:
    """A reversed settlement's id is used up."""
    ward = Ward()
    settled(ward)
    ward.answer(result_of(request_of(ward.send(about_original("REVERSE", MSGID))), "REVERSED"))
    refusal = refusal_of(ward.send(amended()))
    assert refusal.fault.code == "FIELD_INVALID"
    assert "amends" in refusal.detail


def test_two_amendments_of_one_message_never_both_live() -> None:
    """A second amendment is refused while the first is live, also under another visit."""
    ward = Ward()
    refused(ward)
    request_of(ward.send(amended("M-2")))
    assert refusal_of(ward.send(amended("M-3", mdtrt_id="V2"))).fault.code == "ALREADY_SETTLED"


def test_replay_of_an_amended_message_is_refused_while_the_amendment_lives() -> None:
    """The refused original cannot come back under a higher attempt beside its amendment."""
    ward = Ward()
    refused(ward)
    request_of(ward.send(amended("M-2", mdtrt_id="V2")))
    ward.person(person(psn_name="模拟乙", version=2))
    assert refusal_of(ward.send(charges(psn_name="模拟乙"), attempt=2)).fault.code == "ALREADY_SETTLED"


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
