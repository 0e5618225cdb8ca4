"""Encounters in the national mix from a seed, encoded before anything is measured."""

from collections.abc import Callable
from dataclasses import dataclass, field

from yidi.bench.relaying import STAY
from yidi.chain.sender import Message
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.domain.codes import STAYS
from yidi.world.encounters import Encounters

Progress = Callable[[str, int, int], None]

TELL_EVERY = 500


@dataclass(slots=True)
class Material:
    """Hands out encounters of one seed, each once, in their order in time."""

    encounters: Encounters
    progress: Progress
    _used: int = field(default=0)

    def take(self, count: int) -> list[Message]:
        """The next so many; fewer when there are no more."""
        first, last = self._used, min(self._used + count, self.encounters.count)
        self._used = last
        return [self._made(k, k - first, last - first) for k in range(first, last)]

    def _made(self, k: int, done: int, total: int) -> Message:
        if done % TELL_EVERY == 0 or done + 1 == total:
            self.progress("encounters made", done + 1, total)
        encounter = self.encounters.encounter(k)
        headers = (STAY,) if encounter["med_type"] in STAYS else ()
        return Message(topics.ENCOUNTERS, encounter["psn_no"].encode(), ENCOUNTER_CHARGES.encode(encounter), headers)


def as_sent(messages: list[Message]) -> list[Message]:
    """The messages as a hospital's system sends them: without the header that only the relay needs."""
    return [message._replace(headers=()) for message in messages]
