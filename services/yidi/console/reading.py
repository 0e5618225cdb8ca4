"""One look at the chain: how far every topic goes, how far every service has read, and whether that moves."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from yidi.runtime.groups import Member, spans
from yidi.runtime.health import Health, Place

STALL_MS_MAX: Final = 10_000
"""A service that has something to read and does not read for so long makes no progress."""

State: TypeAlias = Literal["ok", "busy", "stuck", "absent"]
Ends: TypeAlias = Mapping[Place, int]
"""Offset after the last record, by topic and partition."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was seen at an instant. `positions` holds, for each service that runs, what it has read up to."""

    at_ms: int
    ends: Ends
    positions: Mapping[str, Mapping[Place, int]]
    theirs: frozenset[str] = frozenset()
    """Seats that are left to programs of somebody else, whose group may have any name."""
    members: Mapping[str, Sequence[Member]] = field(default_factory=dict)
    """The instances of each service."""


@dataclass(frozen=True, slots=True)
class ServicePulse:
    """One service. `stuck_ms`: how long the slowest partition with something to read has not moved."""

    lag: int
    stuck_ms: int
    state: State
    ours: bool = True
    instances: tuple["InstancePulse", ...] = ()

    @property
    def well(self) -> bool:
        """Reads what there is. Of a program of somebody else that is not seen reading nothing is known against it."""
        return self.state in ("ok", "busy") or (self.state == "absent" and not self.ours)


@dataclass(frozen=True, slots=True)
class InstancePulse:
    """One instance of a service: the partitions that it holds, and what it has not read of them."""

    name: str
    partitions: str
    lag: int


@dataclass(frozen=True, slots=True)
class Pulse:
    """Two readings compared. `rates` are records a second, by topic. `trouble` says why nothing is known."""

    at_ms: int = 0
    topics: Mapping[str, int] = field(default_factory=dict)
    rates: Mapping[str, float] = field(default_factory=dict)
    services: Mapping[str, ServicePulse] = field(default_factory=dict)
    trouble: str = ""

    @property
    def healthy(self) -> bool:
        """Progress: everybody who has something to read reads, and Kafka answers."""
        return not self.trouble and all(service.well for service in self.services.values())

    @property
    def lag(self) -> int:
        return sum(service.lag for service in self.services.values())


class Observer:
    """Compares each reading with the one before; remembers since when a partition stands still."""

    def __init__(self) -> None:
        self._health: dict[str, Health] = {}
        self._before: Pulse | None = None

    def observe(self, reading: Reading) -> Pulse:
        """The pulse as of this reading."""
        topics = _by_topic(reading.ends)
        services = {name: self._service(name, reading) for name in reading.positions}
        pulse = Pulse(reading.at_ms, topics, self._rates(reading.at_ms, topics), services)
        self._before = pulse
        return pulse

    def _service(self, name: str, reading: Reading) -> ServicePulse:
        health = self._health.setdefault(name, Health(STALL_MS_MAX, ready=True))
        positions = reading.positions[name]
        instances = _instances(name, reading)
        if not positions:
            return ServicePulse(0, 0, "absent", ours=name not in reading.theirs, instances=instances)
        health.observe(reading.ends, positions, reading.at_ms)
        state: State = "busy" if health.lag else "ok"
        return ServicePulse(health.lag, health.stuck_ms, state if health.healthy else "stuck", instances=instances)

    def _rates(self, at_ms: int, topics: Mapping[str, int]) -> dict[str, float]:
        before = self._before
        if before is None or at_ms <= before.at_ms:
            return dict.fromkeys(topics, 0.0)
        seconds = (at_ms - before.at_ms) / 1000
        return {name: max(0, end - before.topics.get(name, end)) / seconds for name, end in topics.items()}


def _instances(service: str, reading: Reading) -> tuple[InstancePulse, ...]:
    positions = reading.positions[service].items()
    lags = [(place[1], max(0, reading.ends.get(place, at) - at)) for place, at in positions]
    return tuple(
        InstancePulse(one.instance, spans(one.partitions), sum(lag for nr, lag in lags if nr in one.partitions))
        for one in reading.members.get(service, ())
    )


def _by_topic(ends: Ends) -> dict[str, int]:
    totals: dict[str, int] = {}
    for (topic, _), end in ends.items():
        totals[topic] = totals.get(topic, 0) + end
    return totals
