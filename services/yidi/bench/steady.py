"""The steady window: the middle of a run, where nothing starts and nothing runs dry. Pure figures."""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

FROM: Final = 0.2
UNTIL: Final = 0.8
"""Shares of all hops between which is measured."""
MS: Final = 1000.0


@dataclass(frozen=True, slots=True)
class Sample:
    """What was so at one instant: hops made so far, and CPU seconds of each process since its start."""

    at_s: float
    hops: int
    cpu_s: Mapping[str, float]
    machine_s: float = 0.0
    """CPU seconds of everything on the machine."""


@dataclass(frozen=True, slots=True)
class Steady:
    """`rate`: settlements a second by the broker's timestamps. `cpu_us`: CPU microseconds a settlement, by process."""

    rate: float
    seconds: float
    settlements: int
    cpu_us: dict[str, float]
    cores: float
    """How many cores all measured processes together were busy with."""
    others_cores: float = 0.0
    """How many cores everything else on the machine kept busy: well above 0, the figures are not the chain's own."""


def steady(hops_ms: Sequence[int], samples: Sequence[Sample], settlements: int) -> Steady:
    """Measure between `FROM` and `UNTIL` of all hops; ValueError when the run was too short to have a middle.

    `hops_ms`: the broker's timestamps of the messages on every leg of `settlements` settlements. All legs count, not
    only the last: with everything loaded beforehand the first service runs ahead, and answers alone would be counted
    while it has nothing left to do. CPU is taken between the samples next to the window's ends.
    """
    stamps = sorted(hops_ms)
    first, last = int(len(stamps) * FROM), int(len(stamps) * UNTIL)
    seconds = (stamps[last] - stamps[first]) / MS if last < len(stamps) else 0.0
    counts = [sample.hops for sample in samples]
    left, right = _at(counts, first), _at(counts, last)
    if seconds <= 0 or left >= right:
        raise ValueError(f"{settlements} settlements were made too quickly to be measured: take more encounters")
    begin, end = samples[left], samples[right]
    sampled = settlements * (end.hops - begin.hops) / len(stamps)
    spent = {name: end.cpu_s[name] - begin.cpu_s.get(name, 0.0) for name in end.cpu_s}
    took_s, busy_s = end.at_s - begin.at_s, sum(spent.values())
    return Steady(
        rate=settlements * (UNTIL - FROM) / seconds,
        seconds=seconds,
        settlements=round(settlements * (UNTIL - FROM)),
        cpu_us={name: 1e6 * cpu_s / sampled for name, cpu_s in spent.items()},
        cores=busy_s / took_s,
        others_cores=max(0.0, end.machine_s - begin.machine_s - busy_s) / took_s,
    )


def _at(counts: Sequence[int], hops: int) -> int:
    """The first sample with so many hops, or the last one."""
    return min(bisect_left(counts, hops), len(counts) - 1)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of the values lie (nearest rank); ValueError without values."""
    if not values:
        raise ValueError("no values")
    ranked = sorted(values)
    return ranked[min(len(ranked) - 1, int(share * len(ranked)))]
