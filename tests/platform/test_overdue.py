"""No answer in time: unknown once, asked again with growing pauses, adopted late, or reversed."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from tests.platform.samples import about_original, answered, request, requested, result
from tests.platform.seat import answers, entries, forwarded, seat
from yidi.platform.deadlines import Deadlines, msgid_of_timer, timer_name
from yidi.runtime.decider import NOTHING


def opened(asked: Any = None):
    taken = seat()
    record = requested(asked or request(), offset=17)
    taken.put(record)
    return taken, record


def test_before_the_deadline_nothing_happens():
    """One millisecond early is early."""
    taken, _ = opened()
    assert taken.wait(999) == []


def test_a_missed_deadline_tells_the_hospital_unknown_and_reports_the_request():
    """NO_ANSWER names the request's own record, byte for byte; the same forwarded bytes go out again."""
    taken, record = opened()
    sent = taken.sent[0]
    (decision,) = taken.wait(1_000)
    (answer,) = answers(decision)
    assert (answer["outcome"], answer["fault"]["code"], answer["inbox"]) == ("UNKNOWN", "NO_ANSWER", "default")
    assert decision.messages[1] == sent
    assert decision.failure.source == record
    assert decision.failure.refusal.fault.code == "NO_ANSWER"


def test_unknown_is_said_once_and_asking_ends():
    """Four forwards in all with pauses of 100 and 200 ms, one unknown, one report, then silence."""
    taken, _ = opened()
    fired = taken.wait(1_000) + taken.wait(100) + taken.wait(200) + taken.wait(10**9)
    assert [len(forwarded(decision)) for decision in fired] == [1, 1, 1]
    assert [len(answers(decision)) for decision in fired] == [1, 0, 0]
    assert [decision.failure is not None for decision in fired] == [True, False, False]
    assert taken.view.timers == {}


def test_a_late_result_is_adopted():
    """The person is settled after all: done to the hospital, one journal entry, nobody is asked again."""
    taken, _ = opened()
    taken.wait(1_500)
    decision = taken.put(answered(result(request())))
    assert answers(decision)[0]["outcome"] == "DONE"
    assert len(entries(decision)) == 1
    assert taken.wait(10**9) == []


def test_a_late_result_is_adopted_even_after_asking_has_ended():
    """The request stays open for ever, or until it is reversed."""
    taken, _ = opened()
    for _ in range(5):
        taken.wait(10**6)
    assert answers(taken.put(answered(result(request()))))[0]["outcome"] == "DONE"


def test_unknown_is_said_once_over_all_attempts():
    """A second attempt that is late too is reported, but the hospital has heard it."""
    taken, _ = opened()
    taken.wait(1_000)
    taken.put(answered(result(request(), "REFUSED")))
    taken.put(requested(request(), attempt=2))
    (decision,) = taken.wait(1_000)
    assert answers(decision) == []
    assert decision.failure.attempt == 2
    assert len(forwarded(decision)) == 1


def test_a_stay_and_a_reversal_have_their_own_deadlines():
    """Two seconds and half a second here."""
    stay, _ = opened(request(med_type="21"))
    assert stay.wait(1_999) == []
    assert len(stay.wait(1)) == 1
    taken, _ = opened()
    taken.put(answered(result(request())))
    taken.put(requested(about_original("R1", "REVERSE", "M1")))
    (decision,) = taken.wait(500)
    assert answers(decision)[0]["operation"] == "REVERSE"


def test_an_answered_request_has_no_deadline_and_a_stray_timer_does_nothing():
    """Timers are cleared with the answer; one that fires all the same finds a closed row."""
    taken, _ = opened()
    taken.put(answered(result(request())))
    assert taken.view.timers == {}
    for name in ("deadline/M1", "deadline/M9", "else/M1"):
        assert taken.platform.due(taken.view, name, taken.now_ms) == NOTHING


@given(st.integers(2, 100))
def test_pauses_grow_to_a_limit_and_end(asks: int):
    """Never shorter than the one before, never above the limit, none after the last ask."""
    settings = Deadlines()
    pause, later = settings.pause_ms(asks), settings.pause_ms(asks + 1)
    assert (pause is None) == (asks >= settings.asks_max)
    if pause is not None:
        assert settings.again_ms <= pause <= settings.again_ms_max
        assert later is None or pause <= later


def test_a_timers_name_leads_back_to_its_request():
    """Whatever characters a msgid has."""
    assert msgid_of_timer(timer_name("a/b")) == "a/b"
