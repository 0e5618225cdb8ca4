"""One conformance suite over both worlds: the same scenarios, the same ends, the same audit."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import pytest

from tests.simulation.scenario import scenario
from tests.simulation.troupe import troupe
from tests.simulation.worlds import KafkaWorld, SimulatedWorld, World
from yidi.audit import Verdict
from yidi.broker import EmbeddedBroker
from yidi.contract import topics
from yidi.world.fault_case import Sent, sent
from yidi.world.sequence_faults import about

Make = Callable[[int], AbstractAsyncContextManager[World]]
ON_KAFKA = (pytest.mark.kafka, pytest.mark.xdist_group("chain on kafka"))


@asynccontextmanager
async def simulated(seed: int, _folder: Path) -> AsyncIterator[World]:
    yield SimulatedWorld(seed)


@asynccontextmanager
async def on_kafka(seed: int, folder: Path) -> AsyncIterator[World]:
    """A broker of its own, since the chain's topics have the names they have."""
    broker = EmbeddedBroker(folder / "kafka")
    bootstrap = broker.start()
    try:
        async with KafkaWorld(seed, bootstrap, folder).running() as world:
            yield world
    finally:
        broker.stop()


@pytest.fixture
def make(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    """How to make a world, by its name; without Kafka a laptop skips, and CI fails."""
    if request.param == "kafka":
        request.getfixturevalue("kafka_bootstrap")
        return lambda seed: on_kafka(seed, tmp_path)
    return lambda seed: simulated(seed, tmp_path)


def worlds(*, simulated_cannot: str = "") -> pytest.MarkDecorator:
    """Both of them; with a reason, the simulated one must fail."""
    marks = (pytest.mark.xfail(strict=True, reason=simulated_cannot),) if simulated_cannot else ()
    names = [pytest.param("simulated", marks=marks), pytest.param("kafka", marks=ON_KAFKA)]
    return pytest.mark.parametrize("make", names, indirect=True)


@pytest.mark.parametrize("seed", [1, 2])
@worlds()
async def test_scenarios_end_the_same(make: Make, seed: int) -> None:
    """Inputs twice, crashes, lost acknowledgements: every story ends as it should, and the audit passes."""
    played = scenario(seed)
    async with make(seed) as world:
        for number in range(played.acts):
            for one in played.act(number, await world.chronicle()):
                await world.send(one)
            await world.quiet()
        assert played.breaches(await world.chronicle(), await world.audit()) == []
        assert world.crashes > 0


@worlds(simulated_cannot="its stores are in memory: nothing is written to a disk, and nothing read back")
async def test_stores_survive_a_stop_of_everything(make: Make) -> None:
    """Stopped and started again, every service knows what it did: a repeat is answered, a reversal finds its twin."""
    visit = troupe().sound[0].visits[0]
    async with make(4) as world:
        await world.send(sent(visit))
        await world.quiet()
        await world.restart()
        await world.send(sent(visit))
        await world.send(sent(about(visit, "REVERSE")))
        await world.quiet()
        final = (await world.chronicle()).final(about(visit, "REVERSE")["msgid"])
        assert final is not None
        assert final["outcome"] == "REVERSED"
        assert (await world.audit()).verdict is Verdict.PASS


@worlds(simulated_cannot="the simulated log takes records of any size; a broker keeps to its topic's limit")
async def test_log_takes_nothing_above_the_limit(make: Make) -> None:
    """A record above its topic's limit never gets into the log."""
    key = troupe().sound[0].key
    async with make(5) as world:
        with pytest.raises(Exception, match=r"(?i)too ?large"):
            await world.send(Sent(topics.ENCOUNTERS, key, bytes(topics.ENCOUNTER_BYTES_MAX + 1)))
