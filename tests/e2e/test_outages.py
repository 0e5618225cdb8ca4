"""Services and broker killed and frozen under load: everything is answered, once."""

from collections.abc import Callable

import pytest

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess
from yidi.chain.leg import Leg
from yidi.chain.load import Counts, Plan, load
from yidi.world.encounters import Encounters
from yidi.world.fault_case import anything, good

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

COUNT = 150
RATE = 60
HEAL_S_MAX = 60
SEEDS = {"registry": 11, "hospital": 12, "platform": 13, "agency": 14, "broker": 15}


async def under_load(talk: Talk, seed: int, blow: Callable[[], None]) -> Counts:
    """Encounters at a steady rate, and the blow in the middle of them."""
    chain = talk.chain
    population = Encounters.of(chain.seed, chain.today, people=chain.persons, count=100_000)
    encounters = _Stretch(population, seed * 1_000)
    struck = False

    def tell(counts: Counts) -> None:
        nonlocal struck
        if not struck and counts.answered > COUNT // 4:
            struck = True
            blow()

    counts = await load(chain, Plan(encounters, RATE, HEAL_S_MAX), tell)  # type: ignore[arg-type]
    assert struck
    return counts


class _Stretch:
    """`COUNT` encounters of a long series, from one of them on: every outage has encounters of its own."""

    count = COUNT

    def __init__(self, series: Encounters, first: int) -> None:
        self._series, self._first = series, first

    def encounter(self, k: int) -> object:
        return self._series.encounter(self._first + k)


@pytest.mark.parametrize("service", ["hospital", "platform", "agency"])
async def test_a_service_killed(up: UpProcess, talk: Talk, service: str) -> None:
    """A service that is killed under load comes back by itself, and every encounter is settled."""
    before = up.service(service).pid
    counts = await under_load(talk, SEEDS[service], up.service(service).kill)
    assert (counts.open, counts.outcomes) == (0, {"DONE": COUNT})
    assert up.service(service).pid != before


async def test_the_broker_killed(up: UpProcess, talk: Talk) -> None:
    """Kafka killed under load comes back by itself on the same address and data, and every encounter is settled."""
    before = up.broker().pid
    counts = await under_load(talk, SEEDS["broker"], up.broker().kill)
    assert (counts.open, counts.outcomes) == (0, {"DONE": COUNT})
    assert up.broker().pid != before


async def test_a_frozen_agency(up: UpProcess, talk: Talk) -> None:
    """No answer within the deadline is *unknown*; the late answer is adopted, and journalled once."""
    case = good("NO_ANSWER", talk.chain.today, anything)
    await talk.plant(case.changes())
    msgid = case.encounter["msgid"]
    start = await talk.ends()
    agency = up.service("agency")
    agency.suspend()
    try:
        await talk.send(case.encounter)
        legs = await talk.until(start, lambda legs: heard_of(msgid, legs) != [])
    finally:
        agency.resume()
    assert heard_of(msgid, legs) == ["UNKNOWN"]
    legs = await talk.until(start, lambda legs: "DONE" in heard_of(msgid, legs))
    assert heard_of(msgid, legs) == ["UNKNOWN", "DONE"]
    await talk.all_at_rest()
    assert await talk.entries(msgid) == {msgid: ["SETTLEMENT"]}


def heard_of(msgid: str, legs: list[Leg]) -> list[str]:
    """Outcomes of that request, as they came to the hospital."""
    return [
        leg.content["outcome"]
        for leg in legs
        if leg.kind == "SettlementResult" and leg.record.topic.startswith("hospital.")
        if leg.content["msgid"] == msgid
    ]


def test_still_the_same_chain(up: UpProcess) -> None:
    """After all of that `yidi up` runs on."""
    assert up.ready().pid == up.pid
