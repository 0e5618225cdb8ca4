"""Many instances of a service on one PostgreSQL: they share its partitions, whatever happens to any of them."""

import asyncio
from collections import Counter
from typing import Any

import pytest

from tests.runtime.kafka.neighbour import Neighbour
from tests.runtime.kafka.stage import Stage, child, line_of, until
from tests.runtime.plans import PARTITIONS
from yidi.runtime.intake import Intake

pytestmark = pytest.mark.kafka

NEVER_MS = 300_000
"""A session time-out that no test waits for."""
INSTANCES_MAX = 8
YEAR_S = 365 * 86_400
HEARTBEATS = 3


@pytest.mark.parametrize("number", [2, 3, INSTANCES_MAX])
async def test_instances_share_the_partitions(shared_stage: Stage, number: int) -> None:
    """So many instances decide everything once; those without a partition are healthy, and wait."""
    instances = [Neighbour(shared_stage, str(nr)) for nr in range(number)]
    await until(lambda: all(one.health.ready for one in instances))
    await until(lambda: sum(one.partitions for one in instances) == PARTITIONS)
    await shared_stage.send(1_000)
    await shared_stage.until_all_answered()
    await until(lambda: sum(one.partitions > 0 for one in instances) == min(number, PARTITIONS))
    await until(lambda: all(one.health.healthy for one in instances))
    await asyncio.gather(*(one.stop() for one in instances))
    await shared_stage.check_exactly_once()


async def test_instances_come_and_go_under_load(shared_stage: Stage) -> None:
    """Every instance is replaced by another one while inputs come: nothing is lost, nothing happens twice."""
    running = [Neighbour(shared_stage, "0"), Neighbour(shared_stage, "1")]
    for nr in range(2, 6):
        await shared_stage.send(500)
        running.append(Neighbour(shared_stage, str(nr)))
        await shared_stage.send(500)
        await running.pop(0).stop()
    await shared_stage.until_all_answered()
    await asyncio.gather(*(one.stop() for one in running))
    await shared_stage.check_exactly_once()


async def test_a_planned_handover_waits_for_no_session(shared_stage: Stage) -> None:
    """An instance that stops says so: the others have its partitions at once, though its session would last long."""
    shared_stage.session_timeout_ms = NEVER_MS
    leaving, staying = Neighbour(shared_stage, "leaving"), Neighbour(shared_stage, "staying")
    await until(lambda: leaving.partitions and staying.partitions)
    await leaving.stop()
    await shared_stage.send(300)
    await shared_stage.until_all_answered()
    await until(lambda: staying.partitions == PARTITIONS)
    await staying.stop()
    await shared_stage.check_exactly_once()


async def test_an_instance_that_comes_back_after_leaving_is_served(shared_stage: Stage) -> None:
    """Leaving on purpose does not lock the name out: the same instance joins again."""
    shared_stage.session_timeout_ms = NEVER_MS
    staying = Neighbour(shared_stage, "staying")
    for _ in range(2):
        again = Neighbour(shared_stage, "again")
        await until(lambda: again.partitions and staying.partitions)  # noqa: B023 — awaited within its turn
        await again.stop()
    await staying.stop()


async def test_surplus_takes_over_from_a_dead_one(shared_stage: Stage) -> None:
    """An instance without partitions is there when the only other one is killed."""
    async with child(shared_stage, instance="dies") as process:
        await line_of(process, "ready")
        spare = Neighbour(shared_stage, "spare")
        await shared_stage.send(300)
        process.kill()
        await shared_stage.send(300)
        await shared_stage.until_all_answered()
        await until(lambda: spare.partitions == PARTITIONS)
        await spare.stop()
    await shared_stage.check_exactly_once()


async def test_an_idle_instance_stays_in_the_group(shared_stage: Stage) -> None:
    """However long it has nothing to read: the client would leave silently by itself, and never take over."""
    shared_stage.session_timeout_ms = NEVER_MS
    intake = Intake(shared_stage.settings("idle"), [shared_stage.names.asks])
    await intake.start()
    client = intake._consumer
    coordinator, beats = client._coordinator, Counter[str]()
    heartbeat = coordinator._do_heartbeat

    async def counted() -> Any:
        beats["begun"] += 1
        return await heartbeat()

    coordinator._do_heartbeat = counted
    client._subscription._last_fetch_ended -= YEAR_S
    await until(lambda: beats["begun"] > HEARTBEATS)  # after each it looks how long it has been idle
    assert coordinator.generation > 0
    await intake.close(leave=True)
