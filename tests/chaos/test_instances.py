"""Instances of every service removed, added, frozen and killed under load: nothing lost, nothing doubled."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.postgresql import Server
from yidi.audit import Verdict
from yidi.chain.settings import ChainSettings
from yidi.chaos.blows import LONG_FREEZE_S, Blow, Kind
from yidi.chaos.trial import Ordeal, Trial, endure

INSTANCES = {"registry": 2, "hospital": 2, "platform": 2, "agency": 3}
COUNT = 1_500
SEED = 11
HEAL_S_MAX = 300.0

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.kafka,
    pytest.mark.xdist_group("chaos-instances"),
    pytest.mark.asyncio(loop_scope="module"),
]


def planned() -> tuple[Blow, ...]:
    """Every service's first instance is killed, its last one is removed and added, its first frozen to a zombie."""
    kills = [Blow(1.0, Kind.KILL, f"{service}-1") for service in INSTANCES]
    removals = [Blow(1.0, Kind.RESTART, f"{service}-{number}") for service, number in INSTANCES.items()]
    zombies = [Blow(0.5, Kind.FREEZE, f"{service}-1", LONG_FREEZE_S[0]) for service in INSTANCES]
    return (*kills, *removals, *zombies, Blow(3.0, Kind.KILL, "agency-2"), Blow(3.0, Kind.RESTART, "agency-3"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ordeal(tmp_path_factory: pytest.TempPathFactory, postgresql_server: Server) -> AsyncIterator[Ordeal]:
    store = postgresql_server.fresh_database()
    settings = ChainSettings(
        data_dir=tmp_path_factory.mktemp("instances"),
        fresh=True,
        persons=300,
        seed=SEED,
        store=store,
        instances=INSTANCES,
        partitions=4,
    )
    yield await endure(Trial(settings, 0, SEED, COUNT, heal_s_max=HEAL_S_MAX, planned=planned()))


async def test_the_audit_passes(ordeal: Ordeal) -> None:
    """After every removal, zombie and death, the topics alone show that every promise was kept."""
    broken = [finding for check in ordeal.report.checks for finding in check.findings]
    assert ordeal.report.verdict is Verdict.PASS, broken


async def test_every_request_is_final(ordeal: Ordeal) -> None:
    """What was accepted has exactly one final outcome: none is open, none is unknown, none is missing."""
    assert ordeal.final == ordeal.requests
    assert ordeal.passed


async def test_every_service_was_struck_in_every_way(ordeal: Ordeal) -> None:
    """Killed, removed and frozen past the session time-out: an instance of each service."""
    assert set(ordeal.suffered) == {
        name for service, number in INSTANCES.items() for name in (f"{service}-1", f"{service}-{number}")
    } | {"agency-2"}
    for service, number in INSTANCES.items():
        first, last = ordeal.suffered[f"{service}-1"], ordeal.suffered[f"{service}-{number}"]
        assert first.kills >= 1
        assert first.frozen_s > 10
        assert last.restarts >= 1
