"""Both worlds, and both databases in the real one, one after the other, for every promise of the suite."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.runtime.plans import names
from tests.runtime.scripted import Scripted
from tests.runtime.worlds import KafkaWorld, SimulatedWorld, World

SEED = 20_250_101


KAFKA = pytest.mark.kafka


@pytest.fixture(
    params=["simulated", pytest.param("kafka", marks=KAFKA), pytest.param("kafka and postgresql", marks=KAFKA)]
)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    """A scripted service with one reference topic, running in one of the worlds."""
    own = names()
    decider = Scripted((own.asks, own.more), own.answers, (own.facts,))
    if request.param == "simulated":
        yield SimulatedWorld(decider, own, SEED)
        return
    bootstrap = request.getfixturevalue("kafka_bootstrap")
    store = str(tmp_path / "store.db")
    if "postgresql" in request.param:
        store = request.getfixturevalue("postgresql_server").fresh_database()
    async with KafkaWorld(decider, own, bootstrap, store).running() as running:
        yield running
