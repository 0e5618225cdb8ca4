"""A whole run: who plays what, by one number, in any world; and the judgement on it."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from tests.simulation.repertoire import PLAYS, mended
from tests.simulation.story import Story, woven
from tests.simulation.troupe import Troupe, ground, troupe
from tests.simulation.walk import walk
from yidi.audit import AuditReport, Verdict, text_of
from yidi.chain.chronicle import Chronicle
from yidi.chain.simulation import FAULTS, SimulatedChain
from yidi.runtime.simulated import Faults
from yidi.world.fault_case import Sent

STORIES = 6
"""Of one run: ten to twenty encounters."""


@dataclass
class Scenario:
    """What happens is decided by the seed alone, whatever the world does meanwhile."""

    seed: int
    stories: tuple[Story, ...]

    def __post_init__(self) -> None:
        self._dice = random.Random(f"scenario/{self.seed}")

    @property
    def acts(self) -> int:
        return max(len(story.acts) for story in self.stories)

    def act(self, number: int, chronicle: Chronicle) -> Iterator[Sent]:
        """What is sent in this act, each person's records in their order, people mixed."""
        return woven(self._dice, [story.acts[number](chronicle) for story in self.stories if number < len(story.acts)])

    def breaches(self, chronicle: Chronicle, report: AuditReport) -> list[str]:
        """Why the run is not sound; empty when it is."""
        found = [words for story in self.stories for words in story.breaches(chronicle)]
        return found if report.verdict is Verdict.PASS else [*found, text_of(report)]


def scenario(seed: int) -> Scenario:
    """Some people with one story each; somebody lacks a filing or is in arrears, somebody walks at random."""
    dice = random.Random(f"plays/{seed}")
    people = troupe()
    sound = dice.sample(people.sound, STORIES - 2)
    stories = [dice.choice(PLAYS)(dice, actor) for actor in sound[1:]]
    return Scenario(seed, (*stories, walk(dice, sound[0]), *_lacking(dice, people)))


def _lacking(dice: random.Random, people: Troupe) -> list[Story]:
    return [
        partial(mended, dice)(dice.choice(people.unfiled), "NOT_FILED"),
        partial(mended, dice)(dice.choice(people.arrears), "ENROLMENT_ABNORMAL"),
    ]


def play(seed: int, faults: Faults = FAULTS) -> tuple[Scenario, SimulatedChain]:
    """The scenario of that seed in the simulated world, until all is quiet."""
    chain = SimulatedChain(seed, ground(), faults=faults)
    played = scenario(seed)
    for number in range(played.acts):
        for one in played.act(number, chain.chronicle()):
            chain.send(one.topic, one.key, one.value, one.headers, one.partition)
        chain.run()
    return played, chain


def breaches(seed: int, faults: Faults = FAULTS) -> list[str]:
    """Play and judge. What the world itself cannot bear is a breach, too."""
    played, chain = play(seed, faults)
    return played.breaches(chain.chronicle(), chain.audit())
