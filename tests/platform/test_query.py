"""Queries in every state of the original, answered from the platform's own row."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.platform.samples import about_original, amounts, negated, request, requested
from tests.platform.seat import Seat, answers, code_of, entries, forwarded, seat
from tests.platform.test_reversal import REVERSAL, done, opened, refused_by_agency, reversed_, unknown
from yidi.contract import topics

QUERY = about_original("Q1", "QUERY", "M1")


def test_a_query_of_what_was_never_sent_finds_nothing():
    """Not found means: it may be sent again."""
    assert code_of(seat().put(requested(QUERY))) == "SETTLEMENT_NOT_FOUND"
    assert code_of(done().put(requested(about_original("Q1", "QUERY", None)))) == "SETTLEMENT_NOT_FOUND"


@pytest.mark.parametrize(
    ("state", "outcome", "total"),
    [(opened, "UNKNOWN", None), (unknown, "UNKNOWN", None), (done, "DONE", 8000), (refused_by_agency, "REFUSED", None)],
)
def test_a_query_tells_the_originals_state_and_figures(state: Callable[[], Seat], outcome: str, total: Any):
    """Under the query's own msgid, with the original's figures and fault."""
    decision = state().put(requested(QUERY))
    (answer,) = answers(decision)
    assert (answer["msgid"], answer["operation"], answer["refers"]) == ("Q1", "QUERY", "M1")
    assert answer["outcome"] == outcome
    assert (answer["amounts"] and answer["amounts"]["medfee_sumamt"]) == total
    assert (answer["fault"] is None) == (outcome == "DONE")
    assert entries(decision) == []
    assert decision.failure is None


def test_a_query_of_a_reversed_settlement_shows_the_reversal():
    """Outcome REVERSED carries the twin's amounts, for the original and for the reversal itself."""
    taken = reversed_()
    for msgid, refers in (("Q1", "M1"), ("Q2", "R1")):
        (answer,) = answers(taken.put(requested(about_original(msgid, "QUERY", refers))))
        assert (answer["outcome"], answer["amounts"]) == ("REVERSED", negated(amounts(8000, 6000)))


def test_a_query_of_an_open_reversal_is_unknown():
    """Asked for, not confirmed."""
    taken = done()
    taken.put(requested(REVERSAL))
    (answer,) = answers(taken.put(requested(about_original("Q1", "QUERY", "R1"))))
    assert (answer["outcome"], answer["fault"]["code"]) == ("UNKNOWN", "NO_ANSWER")


def test_a_query_of_an_unknown_outcome_asks_once_more():
    """The same forwarded bytes; an open request that is in time is not disturbed."""
    taken = unknown()
    first = next(message for message in taken.sent if message.topic == topics.agency_requests("default"))
    decision = taken.put(requested(QUERY))
    assert [message.value for message in decision.messages if message.topic == first.topic] == [first.value]
    assert forwarded(opened().put(requested(QUERY))) == []


def test_a_query_repeated_is_the_same_answer_though_the_state_moved_on():
    """One msgid, one answer; a new question needs a new msgid."""
    taken = opened()
    first = taken.put(requested(QUERY))
    taken.put(requested(REVERSAL))
    assert taken.put(requested(QUERY)).messages == first.messages


def test_a_query_is_not_found_by_a_query():
    """Only requests that can have an effect are found."""
    taken = done()
    taken.put(requested(QUERY))
    assert code_of(taken.put(requested(about_original("Q2", "QUERY", "Q1")))) == "SETTLEMENT_NOT_FOUND"


def test_a_query_of_the_platforms_own_refusal_repeats_its_fault():
    """Why it was refused is known here."""
    taken = done()
    taken.put(requested(request("M2")))
    (answer,) = answers(taken.put(requested(about_original("Q1", "QUERY", "M2"))))
    assert (answer["outcome"], answer["fault"]["code"]) == ("REFUSED", "ALREADY_SETTLED")
