"""Results of agencies: adopted once, and refused when unasked, ill-formed or contradicting what is final."""

from typing import Any

import pytest

from tests.platform import samples
from tests.platform.samples import about_original, answered, request, requested, result
from tests.platform.seat import answers, code_of, entries, forwarded, seat
from yidi.runtime.decider import NOTHING


def opened():
    taken = seat()
    taken.put(requested(request()))
    return taken


def test_a_result_that_comes_again_brings_nothing():
    """At least once on the log, once in effect."""
    taken = opened()
    record = answered(result(request()))
    taken.put(record)
    assert taken.put(record) == NOTHING


@pytest.mark.parametrize(
    ("record", "inbox"),
    [
        (result(request("M9")), "default"),
        (result(request(), inbox="own"), "own"),
    ],
    ids=["no such request", "an inbox that was not asked"],
)
def test_a_result_that_nobody_waits_for_is_unexpected(record: Any, inbox: str):
    """It becomes an error report and has no effect."""
    assert opened().refused(answered(record, inbox=inbox)).fault.code == "RESULT_UNEXPECTED"


def test_a_refusal_by_the_platform_itself_waits_for_no_agency():
    """Nobody was asked, so no inbox can answer."""
    taken = seat(samples.filings(version=2))
    taken.put(requested(request()))
    assert taken.refused(answered(result(request()))).fault.code == "RESULT_UNEXPECTED"


@pytest.mark.parametrize(
    "changes",
    [
        {"setl_id": "0" * 32},
        {"operation": "PRE_SETTLE"},
        {"refers": "M0"},
        {"inbox": "own"},
        {"mdtrt_id": "V2"},
        {"fixmedins_code": "H2"},
        {"insuplc_admdvs": "330200"},
        {"insutype": "390"},
        {"attempt": 21},
        {"outcome": "REVERSED"},
        {"outcome": "UNKNOWN"},
        {"outcome": "REFUSED", "fault": None},
        {"outcome": "REFUSED", "amounts": samples.amounts()},
        {"amounts": None},
        {"amounts": samples.amounts(8000, 5999) | {"hifp_pay": 6000}},
        {"amounts": samples.amounts(7999, 6000)},
        {"balc_before": 100, "balc": 99},
        {"fault": dict.fromkeys(("code", "fault_class", "stage", "service", "zh", "en", "detail"), "")},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_result_that_is_wrong_in_itself_leaves_the_request_open(changes: dict[str, Any]):
    """An error report; afterwards the right result is still adopted."""
    taken = opened()
    assert taken.refused(answered(result(request(), **changes))).fault.code == "RESULT_INVALID"
    assert answers(taken.put(answered(result(request()))))[0]["outcome"] == "DONE"


def test_another_answer_after_a_final_one_changes_nothing():
    """Same attempt and outcome with other content is a conflict; another outcome is unexpected."""
    taken = opened()
    taken.put(answered(result(request())))
    assert taken.refused(answered(result(request(), setl_time=1))).fault.code == "ID_CONFLICT"
    assert taken.refused(answered(result(request(), "REFUSED"))).fault.code == "RESULT_UNEXPECTED"
    assert taken.refused(answered(result(request(), "REFUSED", attempt=2))).fault.code == "RESULT_UNEXPECTED"


def test_done_under_a_higher_attempt_supersedes_a_refusal_and_never_the_reverse():
    """Its own error is replayed at the agency: done(2) is adopted over refused(1); a late refused(1) is no news."""
    taken = opened()
    refusal = answered(result(request(), "REFUSED"))
    taken.put(refusal)
    decision = taken.put(answered(result(request(), attempt=2)))
    assert (answers(decision)[0]["outcome"], len(entries(decision))) == ("DONE", 1)
    assert decision.messages[0].headers == (("attempt", b"2"),)
    assert taken.put(refusal) == NOTHING
    assert code_of(taken.put(requested(request("M2")))) == "ALREADY_SETTLED"


def test_done_after_a_refusal_never_meets_another_settlement_that_is_done():
    """The encounter was settled under another msgid meanwhile: the late one is refused with ALREADY_SETTLED."""
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    taken.put(requested(request("M2")))
    taken.put(answered(result(request("M2"))))
    assert taken.refused(answered(result(request(), attempt=2))).fault.code == "ALREADY_SETTLED"


def test_of_two_rivals_for_an_encounter_only_one_is_done():
    """The refused one is done after all while another is open: it holds the encounter, the other one is refused."""
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    taken.put(requested(request("M2")))
    taken.put(answered(result(request(), attempt=2)))
    assert taken.refused(answered(result(request("M2")))).fault.code == "ALREADY_SETTLED"
    assert answers(taken.put(answered(result(request("M2"), "REFUSED"))))[0]["outcome"] == "REFUSED"
    assert code_of(taken.put(requested(request("M3")))) == "ALREADY_SETTLED"


def test_a_higher_attempt_of_an_open_request_is_its_answer():
    """The agency failed on it, an operator replayed it there: the answer names attempt 2."""
    taken = opened()
    decision = taken.put(answered(result(request(), attempt=2)))
    assert answers(decision)[0]["attempt"] == 2
    assert taken.put(requested(request(), attempt=2)).messages[0].value == decision.messages[0].value


def test_a_late_refusal_of_an_earlier_attempt_does_not_close_the_new_one():
    """Attempt 2 is open: what attempt 1 said is known."""
    taken = opened()
    refusal = answered(result(request(), "REFUSED"))
    taken.put(refusal)
    taken.put(requested(request(), attempt=2))
    assert taken.put(refusal) == NOTHING
    assert taken.refused(answered(result(request()))).fault.code == "RESULT_UNEXPECTED"
    assert answers(taken.put(answered(result(request(), attempt=2))))[0]["outcome"] == "DONE"


def test_what_the_agency_has_done_is_adopted_though_the_platform_refused_the_same_attempt():
    """Replayed on both sides at once: the agency's done(2) stands over the platform's own refused(2)."""
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    taken.put(requested(request("M2")))
    assert code_of(taken.put(requested(request(), attempt=2))) == "ALREADY_SETTLED"
    decision = taken.put(answered(result(request(), attempt=2)))
    assert (answers(decision)[0]["outcome"], len(entries(decision))) == ("DONE", 1)


def test_a_refusal_of_the_attempt_that_the_platform_refused_itself_is_not_news():
    """The hospital has heard no to attempt 2 already; the agency's no to attempt 3 is passed on."""
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    taken.put(requested(request("M2")))
    taken.put(requested(request(), attempt=2))
    assert taken.put(answered(result(request(), "REFUSED", attempt=2))) == NOTHING
    assert answers(taken.put(answered(result(request(), "REFUSED", attempt=3))))[0]["attempt"] == 3


def test_what_the_agency_did_under_a_lower_attempt_answers_a_higher_one():
    """A done id returns its answer: attempt 3 is open, the agency had done it under attempt 2."""
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    taken.put(requested(request(), attempt=3))
    decision = taken.put(answered(result(request(), attempt=2)))
    assert answers(decision)[0]["outcome"] == "DONE"
    assert taken.put(requested(request(), attempt=3)).messages[0].value == decision.messages[0].value


def test_a_refusal_that_is_not_due_is_not_news():
    """The agency refuses its replayed attempt 2 while attempt 3 is open: attempt 3 will be answered."""
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    taken.put(requested(request(), attempt=3))
    assert taken.put(answered(result(request(), "REFUSED", attempt=2))) == NOTHING
    assert answers(taken.put(answered(result(request(), attempt=3))))[0]["outcome"] == "DONE"


def test_a_result_under_another_persons_key_is_refused():
    """Key and psn_no are one."""
    record = answered(result(request()))
    moved = samples.on_topic(record.topic, record.value, key="somebody else")
    assert opened().refused(moved).fault.code == "KEY_DIFFERS"


def test_a_result_for_a_query_is_unexpected():
    """Queries are answered by the platform; no agency was asked."""
    taken = opened()
    question = about_original("Q1", "QUERY", "M1")
    assert forwarded(taken.put(requested(question))) == []
    assert taken.refused(answered(result(question))).fault.code == "RESULT_UNEXPECTED"
