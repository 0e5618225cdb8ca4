"""Reversal 冲正 in every state of the original: found or not, forwarded or answered at once, and the exact twin."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.platform import samples
from tests.platform.samples import about_original, amounts, answered, negated, request, requested, result
from tests.platform.seat import Seat, answers, code_of, entries, forwarded, seat
from yidi.runtime.decider import NOTHING

REVERSAL = about_original("R1", "REVERSE", "M1")
TWIN = result(REVERSAL, "REVERSED", amounts=negated(amounts(8000, 6000)))
EMPTY_TWIN = result(REVERSAL, "REVERSED", amounts=amounts(0, 0))


def opened():
    taken = seat()
    taken.put(requested(request()))
    return taken


def done():
    taken = opened()
    taken.put(answered(result(request())))
    return taken


def refused_by_agency():
    taken = opened()
    taken.put(answered(result(request(), "REFUSED")))
    return taken


def unknown():
    taken = opened()
    taken.wait(1_000)
    return taken


def reversed_():
    taken = done()
    taken.put(requested(REVERSAL))
    taken.put(answered(TWIN))
    return taken


@pytest.mark.parametrize("state", [opened, done, unknown])
def test_a_reversal_goes_to_the_inbox_that_was_asked(state: Callable[[], Seat]):
    """Open, unknown or done: the pinned inbox decides, also after the region's route has changed; no verdict."""
    taken = state()
    taken.publish(samples.region(samples.INSURED, version=2, agency_inbox="own"))
    (envelope,) = forwarded(taken.put(requested(REVERSAL)))
    assert envelope["verdict"] is None
    assert envelope["msgid"] == "R1"


@pytest.mark.parametrize(
    ("state", "code"),
    [
        (seat, "SETTLEMENT_NOT_FOUND"),
        (refused_by_agency, "NOTHING_TO_REVERSE"),
        (reversed_, "ALREADY_REVERSED"),
    ],
)
def test_what_cannot_be_reversed_is_refused_at_once(state: Callable[[], Seat], code: str):
    """The platform knows; nobody is asked."""
    decision = state().put(requested(about_original("R2", "REVERSE", "M1")))
    assert code_of(decision) == code
    assert forwarded(decision) == []


def test_a_pre_settlement_has_nothing_to_reverse():
    """It changed nothing."""
    taken = seat()
    trial = request("P1", operation="PRE_SETTLE")
    taken.put(requested(trial))
    taken.put(answered(result(trial)))
    decision = taken.put(requested(about_original("R1", "REVERSE", "P1")))
    assert code_of(decision) == "NOTHING_TO_REVERSE"


def test_a_reversal_under_another_settlement_id_is_refused():
    """The agency finds effects by settlement id: a wrong one would reverse nothing and say it did."""
    decision = done().put(requested(about_original("R1", "REVERSE", "M1", setl_id="0" * 32)))
    assert code_of(decision) == "FIELD_INVALID"


def test_a_reversal_of_another_persons_settlement_finds_nothing():
    """Two people may share a partition; they do not share settlements."""
    taken = done()
    other = about_original("R1", "REVERSE", "M1", psn_no="33010000000000000002")
    assert code_of(taken.put(requested(other, key="33010000000000000002"))) == "SETTLEMENT_NOT_FOUND"


def test_a_confirmed_reversal_writes_the_negative_twin_and_frees_the_encounter():
    """The twin has its own ids and negates every amount and category; the visit can be settled anew."""
    taken = done()
    taken.put(requested(REVERSAL))
    decision = taken.put(answered(TWIN))
    assert answers(decision)[0]["outcome"] == "REVERSED"
    (entry,) = entries(decision)
    assert (entry["entry"], entry["msgid"], entry["refers"]) == ("REVERSAL", "R1", "M1")
    assert entry["amounts"] == negated(amounts(8000, 6000))
    assert [row["item_sumamt"] for row in entry["categories"]] == [-3000, -5000]
    assert entry["filing_class"] == "OTHER_TEMPORARY"
    assert forwarded(taken.put(requested(request("M2"))))


@pytest.mark.parametrize("state", [opened, unknown])
def test_reversing_an_unanswered_settlement_closes_it_without_a_journal(state: Callable[[], Seat]):
    """Nothing had been booked here, so there is nothing to negate; nobody is asked again."""
    taken = state()
    taken.put(requested(REVERSAL))
    decision = taken.put(answered(EMPTY_TWIN))
    assert entries(decision) == []
    assert taken.view.timers == {}
    assert taken.wait(10**6) == []
    assert forwarded(taken.put(requested(request("M2"))))


def test_a_settlement_refused_while_its_reversal_was_under_way_is_reversed_too():
    """The agency confirms what had no effect: no journal, and no later attempt takes the request up again."""
    taken = opened()
    taken.put(requested(REVERSAL))
    refusal = answered(result(request(), "REFUSED"))
    taken.put(refusal)
    decision = taken.put(answered(EMPTY_TWIN))
    assert answers(decision)[0]["outcome"] == "REVERSED"
    assert entries(decision) == []
    assert taken.put(requested(request())).messages[0].value == refusal.value
    assert forwarded(taken.put(requested(request("M2"))))


@pytest.mark.parametrize("state", [opened, refused_by_agency])
def test_a_replay_of_what_was_reversed_before_it_was_done_hears_so(state: Callable[[], Seat]):
    """Refused with REQUEST_REVERSED under its own attempt, once; nobody is asked, and reversed it stays."""
    taken = opened()
    taken.put(requested(REVERSAL))
    if state is refused_by_agency:
        taken.put(answered(result(request(), "REFUSED")))
    taken.put(answered(EMPTY_TWIN))
    decision = taken.put(requested(request(), attempt=2))
    assert code_of(decision) == "REQUEST_REVERSED"
    assert answers(decision)[0]["attempt"] == 2
    assert forwarded(decision) == []
    assert taken.put(requested(request(), attempt=2)).messages == decision.messages
    assert code_of(taken.put(requested(about_original("R2", "REVERSE", "M1")))) == "ALREADY_REVERSED"


def test_a_late_refusal_of_a_reversed_request_is_not_news():
    """The agency refuses the original after its reversal (REQUEST_REVERSED): reversed stays reversed."""
    taken = opened()
    taken.put(requested(REVERSAL))
    taken.put(answered(EMPTY_TWIN))
    assert taken.put(answered(result(request(), "REFUSED"))) == NOTHING
    assert taken.refused(answered(result(request()))).fault.code == "RESULT_UNEXPECTED"


@pytest.mark.parametrize("twin", [amounts(0, 0), negated(amounts(8000, 5999))])
def test_a_twin_that_does_not_negate_the_original_is_invalid(twin: Any):
    """A reversal gives back exactly what was booked."""
    taken = done()
    taken.put(requested(REVERSAL))
    assert taken.refused(answered({**TWIN, "amounts": twin})).fault.code == "RESULT_INVALID"
    assert len(entries(taken.put(answered(TWIN)))) == 1


def test_nothing_is_reversed_twice():
    """Two reversals under way: the second confirmation would negate nothing, and is invalid."""
    taken = done()
    second = about_original("R2", "REVERSE", "M1")
    taken.put(requested(REVERSAL))
    taken.put(requested(second))
    taken.put(answered(TWIN))
    for twin in (TWIN, EMPTY_TWIN):
        assert taken.refused(answered({**twin, "msgid": "R2"})).fault.code == "RESULT_INVALID"
    decision = taken.put(answered(result(second, "REFUSED")))
    assert answers(decision)[0]["outcome"] == "REFUSED"


def test_a_refused_reversal_leaves_the_settlement_as_it_was():
    """The agency may refuse; the encounter stays settled."""
    taken = done()
    taken.put(requested(REVERSAL))
    taken.put(answered(result(REVERSAL, "REFUSED")))
    assert code_of(taken.put(requested(request("M2")))) == "ALREADY_SETTLED"


def test_a_reversed_settlements_own_answer_stays_what_it_was():
    """Its repeat returns the same done bytes; the reversal's repeat returns the reversal's."""
    taken = reversed_()
    assert taken.put(requested(request())).messages[0].value == answered(result(request())).value
    assert taken.put(requested(REVERSAL)).messages[0].value == answered(TWIN).value
