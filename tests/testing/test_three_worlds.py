"""One test, three worlds: the verbs are the same over the simulated log, an embedded Kafka, and containers."""

from typing import cast

import pytest

from yidi.testing import Bill, Chain, Filing, Person

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("docker")]


@pytest.fixture(params=["yidi_chain", "yidi_kafka", "yidi_containers"])
def chain(request: pytest.FixtureRequest) -> Chain:
    """The same test runs in each of them."""
    if request.param == "yidi_containers":
        request.getfixturevalue("our_image")
    return cast("Chain", request.getfixturevalue(request.param))


async def test_a_story(chain: Chain) -> None:
    """Refused, filed, replayed, reversed, settled by another bill: the same figures everywhere."""
    wang = Person(filings=())
    refused = await chain.expect_fault("NOT_FILED", Bill.stay(person=wang))
    await chain.file(wang, Filing(place="310100"))
    done = await chain.replay(refused)
    undone = await chain.reverse(done)
    again = await chain.settle(Bill.stay(person=wang))
    assert (done.attempt, done.funds, undone.funds, again.funds) == (2, 412_832, -412_832, 412_832)
    assert [report["code"] for report in await chain.errors()] == ["NOT_FILED"]
