"""A settlement's way: forwarded untouched, answered with the same bytes, written to the journal."""

import pytest

from tests.platform import samples
from tests.platform.samples import answered, request, requested, result
from tests.platform.seat import answers, code_of, entries, forwarded, seat
from yidi.contract import topics
from yidi.contract.codec import SETTLEMENT_REQUEST
from yidi.runtime.decider import NOTHING, Timer


def test_a_request_goes_to_the_insured_places_inbox_untouched():
    """The agency gets the verdict and the request's own bytes, under the person's key; a deadline runs."""
    record = requested(request())
    decision = seat().put(record)
    (message,) = decision.messages
    (envelope,) = forwarded(decision)
    assert message.topic == "agency.default.requests"
    assert message.key == samples.PSN_NO.encode()
    assert envelope["request"] == record.value
    assert envelope["verdict"]["filing_id"] == "F1"
    assert (envelope["msgid"], envelope["attempt"], envelope["inbox"]) == ("M1", 1, "default")
    assert decision.timers == (Timer("deadline/M1", samples.NOW_MS + 1_000),)
    assert decision.failure is None


def test_a_region_with_an_inbox_of_its_own_is_asked_there():
    """The route is the insured region's, whatever the place of treatment uses."""
    taken = seat(samples.region(samples.INSURED, version=2, agency_inbox="own"))
    assert len(forwarded(taken.put(requested(request())), "own")) == 1


def test_the_hospital_gets_the_agencys_bytes_and_the_journal_one_entry():
    """A done settlement: same value bytes on, one entry with ids, nodes, amounts and categories, the timer cleared."""
    taken = seat()
    asked = request()
    taken.put(requested(asked))
    record = answered(result(asked))
    decision = taken.put(record)
    told, written = decision.messages
    assert (told.topic, told.value, told.key) == ("hospital.default.results", record.value, samples.PSN_NO.encode())
    assert written.topic == topics.JOURNAL
    (entry,) = entries(decision)
    assert (entry["entry"], entry["msgid"], entry["setl_id"]) == ("SETTLEMENT", "M1", asked["setl_id"])
    assert (entry["insured_node"], entry["treatment_node"], entry["setl_lv"]) == ("330000", "310000", "3")
    assert entry["filing_class"] == "OTHER_TEMPORARY"
    assert entry["amounts"] == samples.amounts(8000, 6000)
    assert entry["categories"] == asked["categories"]
    assert taken.view.timers == {}


def test_an_agencys_refusal_is_passed_on_and_leaves_no_journal():
    """The hospital hears the agency's own words; the platform makes no second error report of it."""
    taken = seat()
    asked = request()
    taken.put(requested(asked))
    decision = taken.put(answered(result(asked, "REFUSED")))
    assert answers(decision)[0]["fault"]["service"] == "agency"
    assert entries(decision) == []
    assert decision.failure is None


def test_a_refusal_of_the_platform_goes_to_the_hospital_and_to_the_error_topic():
    """Both name the same fault and say what it is about; nobody else is asked."""
    decision = seat(samples.filings(version=2)).put(requested(request()))
    assert code_of(decision) == "NOT_FILED"
    assert forwarded(decision) == []
    (answer,) = answers(decision)
    assert (answer["outcome"], answer["fault"]["stage"], answer["inbox"]) == ("REFUSED", "ELIGIBILITY", "")
    assert decision.failure.about.mdtrt_id == "V1"
    assert decision.failure.about.msgid == "M1"


def test_a_repeated_request_is_nothing_while_open_and_its_answer_afterwards():
    """No second forward, no second journal entry; the stored bytes again, as often as it comes."""
    taken = seat()
    asked = request()
    taken.put(requested(asked))
    assert taken.put(requested(asked)) == NOTHING
    first = taken.put(answered(result(asked)))
    for _ in range(2):
        again = taken.put(requested(asked))
        assert [message.value for message in again.messages] == [first.messages[0].value]
        assert again.changes == ()
        assert again.failure is None


def test_a_repeated_refusal_is_the_same_bytes_without_a_second_report():
    """The answer's id and instant do not move, though time does."""
    taken = seat(samples.filings(version=2))
    first = taken.put(requested(request()))
    taken.now_ms += 1_000
    again = taken.put(requested(request()))
    assert again.messages == first.messages
    assert again.failure is None


def test_the_same_msgid_with_other_content_is_a_conflict_and_changes_nothing():
    """An error report only; the first stands."""
    taken = seat()
    taken.put(requested(request()))
    assert taken.refused(requested(request(medfee_sumamt=1))).fault.code == "ID_CONFLICT"


def test_a_refused_request_is_decided_anew_under_a_higher_attempt_only():
    """After filing, the replay with attempt 2 is forwarded as attempt 2, and the header travels with it."""
    taken = seat(samples.filings(version=2))
    taken.put(requested(request()))
    taken.publish(samples.filings(samples.filing(), version=3))
    assert forwarded(taken.put(requested(request()))) == []
    decision = taken.put(requested(request(), attempt=2))
    assert forwarded(decision)[0]["attempt"] == 2
    assert decision.messages[0].headers == (("attempt", b"2"),)
    done = taken.put(answered(result(request(), attempt=2)))
    assert answers(done)[0]["attempt"] == 2
    assert entries(done)[0]["attempt"] == 2


def test_a_done_request_returns_its_answer_under_any_attempt():
    """Done stays done: the same bytes, and nothing is decided."""
    taken = seat()
    taken.put(requested(request()))
    first = taken.put(answered(result(request())))
    again = taken.put(requested(request(), attempt=3))
    assert [message.value for message in again.messages] == [first.messages[0].value]
    assert again.changes == ()


def test_an_open_request_ignores_a_higher_attempt():
    """It is being decided; a replay of it brings nothing."""
    taken = seat()
    taken.put(requested(request()))
    assert taken.put(requested(request(), attempt=2)) == NOTHING


def test_the_route_is_pinned_until_closed_and_chosen_anew_afterwards():
    """A changed route concerns the next attempt, not the one that is open."""
    taken = seat()
    taken.put(requested(request()))
    taken.publish(samples.region(samples.INSURED, version=2, agency_inbox="own"))
    wrong = result(request(), inbox="own")
    assert taken.refused(answered(wrong, inbox="own")).fault.code == "RESULT_UNEXPECTED"
    taken.put(answered(result(request(), "REFUSED")))
    assert len(forwarded(taken.put(requested(request(), attempt=2)), "own")) == 1


def test_an_encounter_has_one_live_settlement_whatever_the_ids():
    """A second message for the visit is refused while the first is open or done; its own repeat is not."""
    taken = seat()
    taken.put(requested(request("M1")))
    assert code_of(taken.put(requested(request("M2")))) == "ALREADY_SETTLED"
    taken.put(answered(result(request("M1"))))
    assert code_of(taken.put(requested(request("M3")))) == "ALREADY_SETTLED"
    assert forwarded(taken.put(requested(request("M4", mdtrt_id="V2")))) != []


def test_a_refused_settlement_frees_its_encounter():
    """The amended message keeps the settlement id and is forwarded."""
    taken = seat()
    first = request("M1")
    taken.put(requested(first))
    taken.put(answered(result(first, "REFUSED")))
    amended = request("M2", amends="M1", setl_id=first["setl_id"])
    assert forwarded(taken.put(requested(amended)))[0]["msgid"] == "M2"


def test_amending_what_was_not_refused_is_refused():
    """A live original, another settlement id, or a reversed original cannot be amended; an unknown one can."""
    taken = seat()
    first = request("M1")
    taken.put(requested(first))
    amended = request("M2", amends="M1", setl_id=first["setl_id"], mdtrt_id="V2")
    assert code_of(taken.put(requested(amended))) == "ALREADY_SETTLED"
    taken.put(answered(result(first, "REFUSED")))
    other_id = request("M3", amends="M1", setl_id="f" * 32, mdtrt_id="V3")
    assert code_of(taken.put(requested(other_id))) == "FIELD_INVALID"
    assert forwarded(taken.put(requested(request("M4", amends="M0", mdtrt_id="V4"))))


def test_a_pre_settlement_is_answered_and_leaves_nothing_behind():
    """No journal, and the encounter stays free for the settlement."""
    taken = seat()
    trial = request("P1", operation="PRE_SETTLE")
    assert forwarded(taken.put(requested(trial)))[0]["verdict"] is not None
    decision = taken.put(answered(result(trial)))
    assert answers(decision)[0]["outcome"] == "DONE"
    assert entries(decision) == []
    assert forwarded(taken.put(requested(request("M1"))))


@pytest.mark.parametrize("operation", ["CANCEL", "UNRECOGNISED"])
def test_what_is_not_built_is_refused_by_its_code(operation: str):
    """The enum is complete from the start; the hospital hears that the operation is not built."""
    decision = seat().put(requested(request("C1", operation=operation, refers="M1")))
    assert code_of(decision) == "OPERATION_NOT_BUILT"


def test_a_request_under_another_persons_key_is_refused_before_anything_else():
    """The key decides the partition, and with it whose state is looked at."""
    refusal = seat().refused(requested(request(), key="somebody else"))
    assert (refusal.fault.code, refusal.stage) == ("KEY_DIFFERS", "DECODE")


def test_a_request_that_nobody_could_be_told_of_is_an_error_report_only():
    """An unknown hospital inbox has no topic to answer on."""
    assert seat().refused(requested(request(hospital_inbox="nowhere"))).fault.code == "FIELD_INVALID"


def test_a_route_to_an_inbox_that_is_not_planned_is_refused_and_not_written():
    """The registry may route a region to a seat that this chain was not started with."""
    taken = seat(samples.region(samples.INSURED, version=2, agency_inbox="nowhere"))
    assert code_of(taken.put(requested(request()))) == "REGION_NOT_OPEN"


def test_what_follows_the_head_and_categories_is_not_looked_at():
    """The platform forwards lines as they came, even ones that it could not read; the agency reports them."""
    value = SETTLEMENT_REQUEST.encode(request()) + b"\xff"
    decision = seat().put(samples.on_topic(topics.SETTLEMENT_REQUESTS, value))
    assert forwarded(decision)[0]["request"] == value


def test_about_names_a_request_and_a_result_and_never_raises():
    """Whatever bytes come, the report gets as much as can be read."""
    platform = seat().platform
    assert platform.about(requested(request())).msgid == "M1"
    assert platform.about(answered(result(request()))).mdtrt_id == "V1"
    assert platform.about(samples.on_topic(topics.SETTLEMENT_REQUESTS, b"\x00garbage")).msgid is None
    assert platform.about(samples.published(samples.person())).msgid is None
