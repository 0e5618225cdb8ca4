"""The guarantee covers the death of a process between any two steps: kill -9, really."""

import signal

import pytest

from tests.runtime.kafka.stage import Stage, child, serving

pytestmark = pytest.mark.kafka

STEPS = (
    "taken over:1",
    "polled:1",
    "decided:1",
    "decided:2",
    "committed:1",
    "committed:2",
    "sending:1",
    "sent:1",
    "sent:3",
    "batch acknowledged:1",
    "batch acknowledged:2",
    "acknowledged:1",
    "acknowledged:2",
)


@pytest.mark.parametrize("step", STEPS)
async def test_death_between_any_two_steps(stage: Stage, step: str) -> None:
    """A service killed at a step goes on at its next start: every input has its effect once, in order."""
    await stage.send(300)
    async with child(stage, f"SIGKILL:{step}") as process:
        assert await stage.send_until(process.wait()) == -signal.SIGKILL
    async with serving(stage):
        await stage.until_all_answered()
    await stage.check_exactly_once()


async def test_death_after_death(any_stage: Stage) -> None:
    """Killed at one step after the other over the same store, nothing is lost and nothing happens twice."""
    for step in ("committed:1", "batch acknowledged:1", "decided:1", "sent:2"):
        await any_stage.send(100)
        async with child(any_stage, f"SIGKILL:{step}") as process:
            assert await any_stage.send_until(process.wait()) == -signal.SIGKILL
    async with serving(any_stage):
        await any_stage.until_all_answered()
    await any_stage.check_exactly_once()
