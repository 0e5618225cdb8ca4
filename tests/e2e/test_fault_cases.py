"""Every fault that an input can bring about, on the running chain: its code, its report, and nothing lost."""

from datetime import date

import pytest
import pytest_asyncio

from tests.e2e.talk import Talk
from yidi.chain.leg import Leg
from yidi.contract import topics
from yidi.world.fault_case import FaultCase
from yidi.world.faults import CASES

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

CODES = sorted(CASES)


def made(today: date) -> dict[str, FaultCase]:
    return {code: CASES[code](today) for code in CODES}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def legs(talk: Talk) -> list[Leg]:
    """What all cases together bring about; each is of people of its own."""
    cases = made(talk.chain.today)
    await talk.plant([seedling for case in cases.values() for seedling in case.changes])
    start = await talk.ends()
    for turn in range(max(len(case.sends) for case in cases.values())):
        await talk.all_at_rest()
        await talk.post(*(case.sends[turn] for case in cases.values() if len(case.sends) > turn))
    return await talk.since(start)


@pytest.mark.parametrize("code", CODES)
def test_reported_by_its_code(legs: list[Leg], talk: Talk, code: str) -> None:
    """The case is reported by the service and code that the table names, with the original bytes beside it."""
    case = CASES[code](talk.chain.today)
    found = [leg for leg in legs if leg.kind == "ErrorReport" and leg.content["code"] == code]
    assert {leg.content["service"] for leg in found} == {case.service}
    report = found[-1].content
    assert report["detail"]
    assert report["first_failed_at"] <= report["last_failed_at"]
    if report["source_topic"] in (topics.ENCOUNTERS, topics.REGISTRY_REQUESTS):
        assert report["value"] in [sent.value for sent in case.sends]


@pytest.mark.parametrize("code", CODES)
def test_the_hospital_hears_it(legs: list[Leg], talk: Talk, code: str) -> None:
    """The hospital's own topic says REFUSED with the code exactly where the case says so."""
    case = CASES[code](talk.chain.today)
    heard = [
        leg.content["outcome"]
        for leg in legs
        if leg.kind == "SettlementResult" and leg.record.topic.startswith("hospital.")
        if leg.content["fault"] is not None and leg.content["fault"]["code"] == code
    ]
    assert bool(heard) == case.refused
    assert set(heard) <= {"REFUSED"}


def test_no_defects(legs: list[Leg]) -> None:
    """No bad input makes a service fail in a way that nobody foresaw."""
    assert [leg.words for leg in legs if leg.kind == "ErrorReport" and leg.content["code"] == "DEFECT"] == []
