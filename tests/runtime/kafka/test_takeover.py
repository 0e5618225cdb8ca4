"""Partitions that move: a frozen owner, a rebalance inside a batch, two instances over one store."""

import asyncio
import signal

import pytest

from tests.runtime.kafka.neighbour import Neighbour
from tests.runtime.kafka.stage import Stage, child, line_of, until

pytestmark = pytest.mark.kafka


STEPS = ("polled:2", "committed:1", "sending:1", "sent:1", "batch acknowledged:2", "acknowledged:1")
"""Outside of transactions: an embedded store's lock would keep the neighbour out, as it does in earnest."""


@pytest.mark.parametrize("step", STEPS)
async def test_frozen_owner_is_fenced(any_stage: Stage, step: str) -> None:
    """An instance frozen at a step while its partitions move changes nothing when it wakes up: the fence holds."""
    await any_stage.send(300)
    async with child(any_stage, f"SIGSTOP:{step}", instance="frozen") as process:
        await any_stage.send_until(line_of(process, "SIGSTOP at"))
        neighbour = Neighbour(any_stage, "awake")
        try:
            await any_stage.send(60)
            await any_stage.until_all_answered()
            process.send_signal(signal.SIGCONT)
            await any_stage.send(120)
            await any_stage.until_all_answered()
        finally:
            await neighbour.stop()
    await any_stage.check_exactly_once()


async def test_rebalance_inside_a_batch(any_stage: Stage) -> None:
    """An instance that joins under load takes partitions over in the middle of batches; nothing happens twice."""
    await any_stage.send(2_000)
    first = Neighbour(any_stage, "first")
    await until(lambda: first.decided > 0)
    second = Neighbour(any_stage, "second")
    await any_stage.send(2_000)
    await until(lambda: first.partitions and second.partitions)
    await any_stage.send(1_000)
    await any_stage.until_all_answered()
    await asyncio.gather(first.stop(), second.stop())
    await any_stage.check_exactly_once()


@pytest.mark.parametrize("step", ["decided:1", "decided:3"])
async def test_owner_frozen_inside_a_transaction_is_fenced(shared_stage: Stage, step: str) -> None:
    """The database takes its locks away before the group takes its partitions away; when it wakes up it is nobody."""
    await test_frozen_owner_is_fenced(shared_stage, step)
