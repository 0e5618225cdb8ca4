"""What an instance tells the group about how far it is."""

import asyncio
from collections import deque
from collections.abc import Mapping
from typing import Any, cast

import pytest

from yidi.runtime import watch
from yidi.runtime.health import Health
from yidi.runtime.message import Chunk
from yidi.runtime.metrics import Metrics
from yidi.runtime.published import Published

PLACE = ("encounters", 0)
PATIENCE_S = 60
LOOKS_MORE = 20


class Decided:
    """A task that has decided on everything; what it has to publish is in its chunks."""

    def __init__(self, *chunks: Chunk) -> None:
        self.partition, self.positions = PLACE[1], {PLACE[0]: 7}
        self.chunks = deque(chunks)


class Standing:
    """An ownership that has come to rest."""

    generation = 1

    def __init__(self, *chunks: Chunk) -> None:
        self.tasks = [Decided(*chunks)]
        self.looks = 0

    def positions(self) -> dict[tuple[str, int], int]:
        self.looks += 1
        return {PLACE: 7}


class Forgetful:
    """An intake whose group cannot be reached at first, as after the death of a broker."""

    generation = 1

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.told: list[Mapping[tuple[str, int], int]] = []

    async def report_positions(self, positions: Mapping[tuple[str, int], int]) -> bool:
        self.told.append(dict(positions))
        return len(self.told) > self.failures


@pytest.mark.parametrize("failures", [0, 2])
async def test_positions_are_told_until_the_group_knows(monkeypatch: pytest.MonkeyPatch, failures: int) -> None:
    """A report that failed is made again, though nothing moved since; one that arrived is not."""
    monkeypatch.setattr(watch, "REPORT_LOOK_S", 0.001)
    monkeypatch.setattr(watch, "REPORT_POSITIONS_S", 0.002)
    intake, ownership = Forgetful(failures), Standing()
    watching = watch.Watch(
        cast("Any", None), cast("Any", ownership), clock=lambda: 0, metrics=Metrics(), health=Health(stall_ms_max=1)
    )
    reporting = asyncio.create_task(watching.report_positions(cast("Any", intake)))
    async with asyncio.timeout(PATIENCE_S):
        while len(intake.told) <= failures:  # noqa: ASYNC110 — the fake has no event for it
            await asyncio.sleep(0.001)
        ownership.looks = 0
        while ownership.looks < LOOKS_MORE:  # noqa: ASYNC110 — as above
            await asyncio.sleep(0.001)
    reporting.cancel()
    await asyncio.gather(reporting, return_exceptions=True)
    assert intake.told == [{PLACE: 7}] * (failures + 1)


def test_only_what_is_published_counts() -> None:
    """What is decided does not count before its messages are acknowledged; then it does, whatever came after it."""
    task = Decided(Chunk(4, ()), Chunk(5, ()))
    tasks, published = cast("Any", [task]), Published()
    assert [published.look(tasks), published.look(tasks)] == [{}, {}]
    task.chunks.popleft()
    assert published.look(tasks) == {}
    task.chunks.popleft()
    task.chunks.append(Chunk(6, ()))
    task.positions = {PLACE[0]: 9}
    assert published.look(tasks) == {PLACE: 7}
    assert published.look(tasks) == {}
    task.chunks.clear()
    assert published.look(tasks) == {PLACE: 9}


def test_a_task_taken_over_begins_anew() -> None:
    """What another life of the task had in its outbox says nothing about this one."""
    published = Published()
    published.look(cast("Any", [Decided(Chunk(4, ()))]))
    assert published.look(cast("Any", [Decided()])) == {}
