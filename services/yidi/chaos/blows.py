"""What is done to whom, and when: derived from a seed alone, so that a run can be told again."""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from yidi.chain import seats
from yidi.chain.kafka import BROKER, names_of

VICTIMS: Final = {"hospital": 30, "platform": 34, "agency": 28, "registry": 8}
"""Services by how often they are struck, in percent; the registry does little while settlements run."""
KILLS_PER_BROKER_KILL: Final = 25
"""A broker comes back after about 4 s (docs/broker.md): rare, so that a run stays short."""
KILLS_PER_BROKER_KILL_OF_MANY: Final = 6
"""One of several may be killed often: the others go on meanwhile."""
KILLS_PER_FREEZE: Final = 4
KILLS_PER_REMOVAL: Final = 3
"""Where services have several instances, one is removed by a clean stop, and added again, now and then."""
FREEZES_PER_LONG_FREEZE: Final = 12
PAUSE_S: Final = (0.2, 1.9)
"""Between two blows: shorter than a restart at times, so that a service also dies while it starts."""
ROLL_PAUSE_S: Final = 5.0
"""Longer than a broker needs to be back and complete: an operator looks before the next one is restarted."""
FREEZE_S: Final = (0.2, 2.5)
LONG_FREEZE_S: Final = (11.0, 13.0)
"""Beyond the session time-out: the group gives the partitions away, and a zombie wakes up."""


class Kind(StrEnum):
    """SIGKILL; SIGSTOP and later SIGCONT; a clean end, once every copy is complete, and a new start."""

    KILL = "kill"
    FREEZE = "freeze"
    RESTART = "restart"


@dataclass(frozen=True, slots=True)
class Blow:
    """Wait `pause_s` after the blow before, then strike; a freeze lasts `lasts_s` and does not hold up the next."""

    pause_s: float
    kind: Kind
    victim: str
    lasts_s: float = 0.0


ALONE: Final[Mapping[str, int]] = {}
"""Every service has one instance."""


def blows(seed: int, kills: int, brokers: int = 1, instances: Mapping[str, int] = ALONE) -> Iterator[Blow]:
    """`kills` kills, and freezes in between; with several instances of a service, clean stops, too.

    Now and then it is a broker that is killed.
    """
    dice = random.Random(f"chaos/{seed}")  # noqa: S311 — repeatable on purpose
    every = KILLS_PER_BROKER_KILL if brokers == 1 else KILLS_PER_BROKER_KILL_OF_MANY
    freezes = 0
    for number in range(1, kills + 1):
        broker = number % every == every // 2
        yield Blow(dice.uniform(*PAUSE_S), Kind.KILL, _broker(dice, brokers) if broker else _seat(dice, instances))
        if number % KILLS_PER_FREEZE == 0:
            freezes += 1
            yield _freeze(dice, freezes, brokers, instances)
        if instances and number % KILLS_PER_REMOVAL == 0:
            yield Blow(dice.uniform(*PAUSE_S), Kind.RESTART, _seat(dice, instances))


def rolling(brokers: int) -> Iterator[Blow]:
    """Every one of several brokers ended and started again, one after the other."""
    if brokers > 1:
        for name in names_of(brokers):
            yield Blow(ROLL_PAUSE_S, Kind.RESTART, name)


def lasts_s(planned: list[Blow]) -> float:
    """How long the blows take, without what victims need to come back."""
    return sum(blow.pause_s for blow in planned)


def _freeze(dice: random.Random, number: int, brokers: int, instances: Mapping[str, int]) -> Blow:
    span = LONG_FREEZE_S if number % FREEZES_PER_LONG_FREEZE == 0 else FREEZE_S
    broker = number % FREEZES_PER_LONG_FREEZE == FREEZES_PER_LONG_FREEZE // 2
    victim = _broker(dice, brokers) if broker else _seat(dice, instances)
    return Blow(dice.uniform(*PAUSE_S), Kind.FREEZE, victim, dice.uniform(*span))


def _broker(dice: random.Random, brokers: int) -> str:
    return BROKER if brokers == 1 else dice.choice(names_of(brokers))


def _seat(dice: random.Random, instances: Mapping[str, int]) -> str:
    service = dice.choices(list(VICTIMS), weights=list(VICTIMS.values()))[0]
    names = seats.names_of((service,), instances)
    return names[0] if len(names) == 1 else dice.choice(names)
