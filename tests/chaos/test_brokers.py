"""One broker of three killed, then all three restarted in turn, under load: the settlements hardly notice."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from yidi.audit import Verdict
from yidi.chain.settings import ChainSettings
from yidi.chaos.blows import Blow, Kind, rolling
from yidi.chaos.trial import Ordeal, Trial, endure

BROKERS = 3
COUNT = 900
SEED = 5
HEAL_S_MAX = 300.0
KILLS = (Blow(4, Kind.KILL, "broker-1"), Blow(9, Kind.KILL, "broker-3"))
SERVICES = ("registry", "hospital", "platform", "agency")

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.kafka,
    pytest.mark.xdist_group("cluster"),
    pytest.mark.asyncio(loop_scope="module"),
]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ordeal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Ordeal]:
    place = tmp_path_factory.mktemp("brokers")
    settings = ChainSettings(data_dir=place, fresh=True, persons=300, seed=SEED, brokers=BROKERS)
    yield await endure(Trial(settings, 0, SEED, COUNT, heal_s_max=HEAL_S_MAX, planned=(*KILLS, *rolling(BROKERS))))


async def test_nothing_is_lost_and_nothing_is_doubled(ordeal: Ordeal) -> None:
    """After kills and a rolling restart the audit passes, and every request that was sent is final."""
    broken = [finding for check in ordeal.report.checks for finding in check.findings]
    assert ordeal.report.verdict is Verdict.PASS, broken
    assert ordeal.final == ordeal.requests


async def test_every_broker_was_down_once(ordeal: Ordeal) -> None:
    """It was no walk in the park: two were killed, and each of the three was restarted."""
    assert {name: one.restarts for name, one in ordeal.suffered.items()} == dict.fromkeys(
        ("broker-1", "broker-2", "broker-3"), 1
    )
    assert sum(one.kills for one in ordeal.suffered.values()) == len(KILLS)
    assert ordeal.pauses


async def test_services_stay_up(ordeal: Ordeal) -> None:
    """No service ended because a broker did: nobody had to bring one back."""
    assert not [words for words in ordeal.said for service in SERVICES if words.startswith(f"{service} ended")]
