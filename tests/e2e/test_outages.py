"""Services and broker killed and frozen under load: everything is answered, once."""

import asyncio
from collections.abc import Callable

import psutil
import pytest

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess, freeze
from yidi.chain.leg import Leg
from yidi.chain.load import Counts, Plan, load
from yidi.world.encounters import Encounters
from yidi.world.fault_case import anything, good

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

COUNT = 150
RATE = 60
HEAL_S_MAX = 120
LOOK_S = 0.2
SEEDS = {"registry": 11, "hospital": 12, "platform": 13, "agency": 14, "broker": 15}


async def under_load(talk: Talk, seed: int, blow: Callable[[], None]) -> Counts:
    """Encounters at a steady rate, and the blow in the middle of them: the second half is sent after it."""
    chain = talk.chain
    population = Encounters.of(chain.seed, chain.today, people=chain.persons, count=100_000)
    encounters = _Stretch(population, seed * 1_000, blow)
    return await load(chain, Plan(encounters, RATE, HEAL_S_MAX), lambda _counts: None)  # type: ignore[arg-type]


class _Stretch:
    """`COUNT` encounters of a long series, from one of them on: every outage has encounters of its own."""

    count = COUNT

    def __init__(self, series: Encounters, first: int, half_way: Callable[[], None]) -> None:
        self._series, self._first, self._half_way = series, first, half_way

    def encounter(self, k: int) -> object:
        if k == COUNT // 2:
            self._half_way()
        return self._series.encounter(self._first + k)


async def another(find: Callable[[], psutil.Process], before: int) -> None:
    """Wait until somebody else is in that seat: what was open may have been answered before the blow fell."""
    async with asyncio.timeout(HEAL_S_MAX):
        while True:
            try:
                if find().pid != before:
                    return
            except (LookupError, StopIteration):
                pass  # nobody, at the moment
            await asyncio.sleep(LOOK_S)


@pytest.mark.parametrize("service", ["hospital", "platform", "agency"])
async def test_a_service_killed(up: UpProcess, talk: Talk, service: str) -> None:
    """A service that is killed under load comes back by itself, and every encounter is settled."""
    before = up.service(service)
    counts = await under_load(talk, SEEDS[service], before.kill)
    assert (counts.open, counts.outcomes) == (0, {"DONE": COUNT})
    await another(lambda: up.service(service), before.pid)


async def test_the_broker_killed(up: UpProcess, talk: Talk) -> None:
    """Kafka killed under load comes back by itself on the same address and data, and every encounter is settled."""
    before = up.broker()
    counts = await under_load(talk, SEEDS["broker"], before.kill)
    assert (counts.open, counts.outcomes) == (0, {"DONE": COUNT})
    await another(up.broker, before.pid)


async def test_a_frozen_agency(up: UpProcess, talk: Talk) -> None:
    """No answer within the deadline is *unknown*; the late answer is adopted, and journalled once."""
    case = good("NO_ANSWER", talk.chain.today, anything)
    await talk.plant(case.changes())
    msgid = case.encounter["msgid"]
    start = await talk.ends()
    agency = up.service("agency")
    freeze(agency)
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
