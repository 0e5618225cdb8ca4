"""What counts as the answer to an encounter."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from itertools import count
from typing import Any, cast

import pytest

from tests.chain.legs import AT_PLATFORM, leg, result
from yidi.chain import answers
from yidi.chain.answers import DETAILS_GRACE_S, REPORT_GRACE_S, RESULT_GRACE_S, Answer, told_to_the_hospital
from yidi.contract import topics
from yidi.runtime.decider import Record
from yidi.world.faults import CASES

TODAY = date(2026, 11, 20)
REGISTRYS = {code for code in CASES if CASES[code](TODAY).service == "registry"}


def test_nothing_is_no_answer() -> None:
    """Without any leg there is no answer, and it is not final."""
    answer = Answer("m")
    assert (answer.outcome, answer.final, answer.leg("ErrorReport")) == ("NO_ANSWER", False, None)


def test_unknown_is_superseded_by_a_final() -> None:
    """A provisional unknown gives way to done; done never gives way to anything."""
    answer = Answer("m")
    answer.take(result("UNKNOWN"))
    assert (answer.outcome, answer.final) == ("UNKNOWN", False)
    answer.take(result("DONE"))
    answer.take(result("UNKNOWN"))
    assert (answer.outcome, answer.final) == ("DONE", True)


def test_only_the_hospitals_topic_answers() -> None:
    """What the agency says to the platform is a leg of the way, not yet the answer."""
    answer = Answer("m")
    answer.take(result("DONE", topic=AT_PLATFORM))
    assert (answer.outcome, len(answer.legs)) == ("NO_ANSWER", 1)


def test_an_earlier_attempts_refusal_is_not_this_ones() -> None:
    """A replay under attempt 2 is not answered by the stored refusal of attempt 1."""
    answer = Answer("m", topics.SETTLEMENT_REQUESTS, attempt=2)
    answer.take(result("REFUSED", attempt=1))
    assert (answer.outcome, answer.legs) == ("NO_ANSWER", [])
    answer.take(result("REFUSED", attempt=2))
    assert answer.outcome == "REFUSED"


def test_done_answers_every_attempt() -> None:
    """What is done is never decided anew: its answer counts, whatever attempt it names."""
    answer = Answer("m", attempt=3)
    answer.take(result("DONE", attempt=1))
    assert answer.outcome == "DONE"


def test_a_report_alone_is_reported() -> None:
    """Whoever reports a failure, without a result it is what became of the encounter; a result goes before it."""
    answer = Answer("m")
    answer.take(leg("ErrorReport", topics.errors("platform"), code="DEFECT", attempt=1))
    assert (answer.outcome, answer.final) == ("REPORTED", False)
    answer.take(result("REFUSED"))
    assert answer.outcome == "REFUSED"


def test_a_report_of_no_answer_is_no_end() -> None:
    """While the platform asks again there is no answer yet."""
    answer = Answer("m")
    answer.take(leg("ErrorReport", topics.errors("platform"), code="NO_ANSWER", attempt=1))
    assert (answer.outcome, answer.leg("ErrorReport") is None) == ("NO_ANSWER", False)


def test_a_refusal_waits_for_its_report() -> None:
    """A refusal is handed out with its report, or without it when none comes in time, as for a repeat."""
    answer = Answer("m", reported_at=10.0)
    answer.take(result("REFUSED"))
    assert not answers._ready(answer, 10.0 + REPORT_GRACE_S / 2)
    assert answers._ready(answer, 10.0 + REPORT_GRACE_S * 2)
    answer.take(leg("ErrorReport", attempt=1))
    assert answers._ready(answer, 10.0)


def test_a_report_waits_for_its_result() -> None:
    """The result of a refusal has a longer way than its report: a busy machine does not change what became of it."""
    answer = Answer("m", reported_at=10.0)
    answer.take(leg("ErrorReport", topics.errors("agency"), code="NOT_FILED", attempt=1))
    assert not answers._ready(answer, 10.0 + RESULT_GRACE_S * 100)
    answer.take(result("REFUSED"))
    assert answers._ready(answer, 10.0)


def test_what_has_no_result_is_not_waited_for_long() -> None:
    """Another content under a known id is an error report only: it is told as soon as a result seems not to come."""
    answer = Answer("m", reported_at=10.0)
    answer.take(leg("ErrorReport", topics.errors("hospital"), code="ID_CONFLICT", attempt=1))
    assert not answers._ready(answer, 10.0 + RESULT_GRACE_S / 2)
    assert answers._ready(answer, 10.0 + RESULT_GRACE_S * 2)


@pytest.mark.parametrize("code", sorted(set(CASES) - REGISTRYS))
def test_which_codes_have_results(code: str) -> None:
    """Exactly those that the hospital hears of when a bill brings them about."""
    assert told_to_the_hospital(code) == CASES[code](TODAY).refused


async def test_a_report_of_the_same_poll_is_no_late_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slowly a poll's records are taken in: the report that came with the result belongs to the answer."""
    ticks = count(step=REPORT_GRACE_S * 2)
    monkeypatch.setattr(asyncio.get_running_loop(), "time", lambda: next(ticks))
    refusal, other = result("REFUSED", msgid="m"), result("REFUSED", msgid="x")
    report = leg("ErrorReport", topics.errors("platform"), code="NOT_FILED", attempt=1, msgid="m", request_msgid=None)
    legs = {id(one.record): one for one in (refusal, other, report)}
    monkeypatch.setattr(answers, "leg_of", lambda record: legs[id(record)])

    class OnePoll:
        async def follow(self, _start: object) -> AsyncIterator[Record | None]:
            for one in (refusal, other, report):
                yield one.record
            yield None

    (answer,) = [a async for a in answers._collect(cast("Any", OnePoll()), {}, {"m": Answer("m")}, 1_000)]
    assert answer.leg("ErrorReport") is report


def test_a_settled_stay_waits_for_its_details() -> None:
    """A stay's receipt wants lines, which come after the result; they are not waited for long."""
    answer = Answer("m", reported_at=10.0)
    answer.take(leg("SettlementRequest", operation="SETTLE", lines=None))
    answer.take(result("DONE"))
    assert not answers._ready(answer, 10.0)
    assert answers._ready(answer, 10.0 + DETAILS_GRACE_S * 2)
    answer.take(leg("ChargeDetails"))
    assert answers._ready(answer, 10.0)


def test_a_visits_answer_waits_for_nothing() -> None:
    """Where the lines went with the request, the result is all."""
    answer = Answer("m", reported_at=10.0)
    answer.take(leg("SettlementRequest", operation="SETTLE", lines=[]))
    answer.take(result("DONE"))
    assert answers._ready(answer, 10.0)
