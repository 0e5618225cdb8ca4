"""What is sent while things break: good and bad bills, reversals, poison on every topic, and everything twice at times.

All of it is derived from a seed, so that a run can be told again.
"""

import heapq
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import count
from typing import Final

from yidi.chain.sender import Message
from yidi.contract import records, topics
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.contract.topics import DEFAULT_INBOX, partition_of
from yidi.world.encounters import Encounters
from yidi.world.sequence_faults import about
from yidi.world.wire_faults import FOREIGN_SCHEMA

BLOCK: Final = 20
"""Duplicates are drawn block by block: every stretch of the run has its share."""
REVERSED_EVERY: Final = 15
POISON_EVERY: Final = 40
CONFLICT_EVERY: Final = 97
LATER_INPUTS: Final = (2, 600)
"""A later duplicate, or a reversal, comes after so many other inputs."""
AT_ONCE_PERCENT: Final = 40
NOISE_BYTES: Final = 200
POISONED_TOPICS: Final = (
    topics.ENCOUNTERS,
    topics.SETTLEMENT_REQUESTS,
    topics.agency_requests(DEFAULT_INBOX),
    topics.agency_results(DEFAULT_INBOX),
    topics.hospital_results(DEFAULT_INBOX),
)


class Sort(StrEnum):
    """What an input is."""

    ENCOUNTER = "encounters"
    REVERSAL = "reversals"
    DUPLICATE = "duplicates"
    CONFLICT = "same id, other content"
    POISON = "poison"


@dataclass(frozen=True, slots=True)
class Input:
    """One message to send, and what it is."""

    sort: Sort
    message: Message


@dataclass(slots=True)
class Inputs:
    """`encounters.count` encounters and what goes with them; at least `duplicates_percent` of them come twice."""

    encounters: Encounters
    seed: int
    partitions: int
    duplicates_percent: int = 20
    counts: Counter[Sort] = field(default_factory=Counter)
    """What was handed out so far."""
    _later: list[tuple[int, int, Input]] = field(default_factory=list)
    """Due after which encounter, serial number (so that nothing else is compared), what."""
    _serial: Iterator[int] = field(default_factory=count)

    def __iter__(self) -> Iterator[Input]:
        dice = random.Random(f"inputs/{self.seed}")  # noqa: S311 — repeatable on purpose
        for k in range(self.encounters.count):
            if k % BLOCK == 0:
                twice = self._twice(dice)
            yield from self._one(dice, k, twice=k % BLOCK in twice)
            yield from self._due(k)
        yield from self._due(None)

    @property
    def requests(self) -> int:
        """Distinct requests handed out: each must have exactly one final outcome."""
        return self.counts[Sort.ENCOUNTER] + self.counts[Sort.REVERSAL]

    def _twice(self, dice: random.Random) -> frozenset[int]:
        return frozenset(dice.sample(range(BLOCK), -(-BLOCK * self.duplicates_percent // 100)))

    def _one(self, dice: random.Random, k: int, *, twice: bool) -> Iterator[Input]:
        encounter = self.encounters.encounter(k)
        yield self._counted(Input(Sort.ENCOUNTER, _message(encounter)))
        if twice:
            self._put(
                dice, k, Input(Sort.DUPLICATE, _message(encounter)), at_once=dice.random() * 100 < AT_ONCE_PERCENT
            )
        if k % REVERSED_EVERY == 0:
            reversal = _message(about(encounter, "REVERSE"))
            due = self._put(dice, k, Input(Sort.REVERSAL, reversal))
            self._put(dice, due, Input(Sort.DUPLICATE, reversal))
        if k % CONFLICT_EVERY == 0:
            other: records.EncounterCharges = {**encounter, "refl_flag": not encounter["refl_flag"]}
            self._put(dice, k, Input(Sort.CONFLICT, _message(other)))
        if k % POISON_EVERY == 0:
            self._put(dice, k, Input(Sort.POISON, self._poison(dice, _message(encounter))), at_once=True)

    def _put(self, dice: random.Random, k: int, later: Input, *, at_once: bool = False) -> int:
        """Hand it out with encounter k, or a while later; returns with which encounter."""
        due = k if at_once else k + dice.randint(*LATER_INPUTS)
        heapq.heappush(self._later, (due, next(self._serial), later))
        return due

    def _due(self, k: int | None) -> Iterator[Input]:
        while self._later and (k is None or self._later[0][0] <= k):
            yield self._counted(heapq.heappop(self._later)[2])

    def _counted(self, made: Input) -> Input:
        self.counts[made.sort] += 1
        return made

    def _poison(self, dice: random.Random, good: Message) -> Message:
        topic = dice.choice(POISONED_TOPICS)
        match dice.randrange(5):
            case 0:
                return Message(topic, good.key, dice.randbytes(NOISE_BYTES))
            case 1:
                return Message(topic, good.key, FOREIGN_SCHEMA)
            case 2:
                return good._replace(key=b"somebody-else")
            case 3:
                return good._replace(headers=(("attempt", b"99"),))
            case _:
                wrong = (partition_of(good.key, self.partitions) + 1) % self.partitions
                return good._replace(partition=wrong)


def _message(encounter: records.EncounterCharges) -> Message:
    return Message(topics.ENCOUNTERS, encounter["psn_no"].encode(), ENCOUNTER_CHARGES.encode(encounter))
