"""One run at full speed: encounters lie ready, the first service starts, and the answers are counted until the last."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final

from aiokafka import TopicPartition

from yidi.bench.meter import Meter
from yidi.bench.relaying import ANSWERS, LEGS
from yidi.bench.steady import Sample, Steady, steady
from yidi.chain.errors import ChainError
from yidi.chain.reader import Reader

LOOK_S: Final = 0.1
"""Counting costs the machine that is measured: ten looks a second are next to nothing."""
STANDSTILL_S_MAX: Final = 60.0

Progress = Callable[[str, int, int], None]
Offsets = dict[TopicPartition, int]


class Standstill(ChainError):
    """No answer came for too long."""


@dataclass(slots=True)
class Course:
    """Measures one run over the messages on every leg. `name` is what the progress bar calls it."""

    reader: Reader
    meter: Meter
    name: str
    progress: Progress

    async def run(self, start: Callable[[], Awaitable[None]], expected: int) -> Steady:
        """Start, wait for so many answers more than there are, and measure the middle."""
        before = await self._ends()
        await start()
        samples = await self._samples(before, expected)
        stamps = [record.timestamp_ms async for record in self.reader.between(before, await self._ends())]
        return steady(stamps, samples, expected)

    async def _samples(self, before: Offsets, expected: int) -> list[Sample]:
        clock = asyncio.get_running_loop().time
        samples, news, answered = [Sample(clock(), 0, self.meter.cpu_s(), self.meter.machine_s())], clock(), 0
        while answered < expected:
            await asyncio.sleep(LOOK_S)
            made = {part: end - before[part] for part, end in (await self._ends()).items()}
            known, answered = answered, sum(count for part, count in made.items() if part.topic == ANSWERS)
            if answered > known:
                news = clock()
            elif clock() - news > STANDSTILL_S_MAX:
                raise Standstill(
                    f"{self.name}: {answered} of {expected} answers, then none.", "See the services' logs."
                )
            samples.append(Sample(clock(), sum(made.values()), self.meter.cpu_s(), self.meter.machine_s()))
            self.progress(self.name, min(answered, expected), expected)
        return samples

    async def _ends(self) -> Offsets:
        return await self.reader.ends(self.reader.parts(LEGS))
