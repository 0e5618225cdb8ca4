"""What an instance tells the group about how far it is."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, cast

import pytest

from yidi.runtime import watch
from yidi.runtime.health import Health
from yidi.runtime.metrics import Metrics

PLACE = ("encounters", 0)


class Standing:
    """An ownership that has come to rest."""

    generation = 1

    def positions(self) -> dict[tuple[str, int], int]:
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
    intake, ownership = Forgetful(failures), cast("Any", Standing())
    watching = watch.Watch(
        cast("Any", None), ownership, clock=lambda: 0, metrics=Metrics(), health=Health(stall_ms_max=1)
    )
    with suppress(TimeoutError):
        async with asyncio.timeout(0.3):
            await watching.report_positions(cast("Any", intake))
    assert intake.told == [{PLACE: 7}] * (failures + 1)
