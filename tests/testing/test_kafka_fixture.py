"""`yidi_kafka`: the same verbs over a real Kafka, tests that share a chain and see nothing of each other."""

import pytest

from yidi.audit import Verdict
from yidi.domain.instants import days_of
from yidi.testing import Bill, Chain, Filing, NotSettled, Person, yuan

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("yidi_kafka")]  # one running chain, one worker


async def test_settled_reversed_asked(yidi_kafka: Chain) -> None:
    """A stay settles with the figures of the simulated chain, is reversed, and a query knows both."""
    bill = Bill.stay()
    done = await yidi_kafka.settle(bill)
    assert (done.total, done.funds) == (yuan("7321"), yuan("4128.32"))
    assert (await yidi_kafka.reverse(done)).funds == -done.funds
    assert (await yidi_kafka.query(bill)).outcome == "REVERSED"
    assert {leg.kind for leg in await yidi_kafka.legs(bill)} >= {"ChargeDetails", "ForwardedRequest", "JournalEntry"}


async def test_refused_mended_replayed(yidi_kafka: Chain) -> None:
    """A fault is expected, mended by a filing, and replayed; only this test's error report is seen."""
    wang = Person(filings=())
    refused = await yidi_kafka.expect_fault("NOT_FILED", Bill(person=wang))
    await yidi_kafka.file(wang, Filing(place="310100"))
    assert (await yidi_kafka.replay(refused)).done
    assert [report["msgid"] for report in await yidi_kafka.errors()] == [refused.msgid]


@pytest.mark.parametrize("turn", range(2))
async def test_strangers(yidi_kafka: Chain, turn: int) -> None:
    """The same test twice on one chain: the second finds nothing of the first, a deductible eaten least of all."""
    done = await yidi_kafka.settle(Bill())
    assert (done.deductible, turn in (0, 1)) == (yuan("500"), True)
    assert await yidi_kafka.errors() == []


async def test_refused_with_its_story(yidi_kafka: Chain) -> None:
    """A bill that is refused fails with the fault and its way."""
    with pytest.raises(NotSettled, match="SUM_MISMATCH"):
        await yidi_kafka.settle(Bill(extra={"medfee_sumamt": 1}))


@pytest.mark.yidi(without=("agency",), answer_deadline_s=1, timeout_s=15, audit=False)
async def test_a_seat_left_out(yidi_kafka: Chain) -> None:
    """Without an agency, nobody answers: the outcome is unknown, told once, and the request waits in the inbox."""
    outcome = await yidi_kafka.submit(Bill())
    assert (outcome.outcome, outcome.code) == ("UNKNOWN", "NO_ANSWER")
    assert len((await yidi_kafka.logs())["agency.default.requests"]) >= 1


async def test_the_calendar(yidi_kafka: Chain) -> None:
    """Builders count from the same day in every world, and `advance` moves it."""
    before = yidi_kafka.today
    await yidi_kafka.advance(days=200)
    assert days_of(yidi_kafka.today) == days_of(before) + 200
    assert (await yidi_kafka.settle(Bill())).done
    assert (await yidi_kafka.audit()).verdict is Verdict.PASS
