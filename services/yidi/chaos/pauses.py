"""For how long nobody got an answer while something was down: told by the log's own clock, after the fact."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chaos.blows import Kind
from yidi.contract.topics import hospital_results


@dataclass(frozen=True, slots=True)
class Struck:
    """A blow against a broker, when it was dealt."""

    kind: Kind
    victim: str
    at_ms: int


@dataclass(frozen=True, slots=True)
class Pause:
    """The longest time without an answer that fell to one blow."""

    struck: Struck
    longest_ms: int


def pauses(struck: Sequence[Struck], answered_ms: Iterable[int]) -> list[Pause]:
    """For each blow the longest gap between two answers that it may have caused; none for a blow after the last one.

    A gap belongs to the first blow that fell into it, else to the last one before it.

    >>> pauses([Struck(Kind.KILL, "broker-1", 1_000)], [900, 1_010, 3_500, 3_600])[0].longest_ms
    2490
    """
    longest = dict[Struck, int]()
    for before, after in pairwise(sorted(answered_ms)):
        earlier = [one for one in struck if one.at_ms < before]
        within = [one for one in struck if before <= one.at_ms < after]
        cause = within[0] if within else earlier[-1] if earlier else None
        if cause is not None:
            longest[cause] = max(longest.get(cause, 0), after - before)
    return [Pause(one, longest[one]) for one in struck if one in longest]


async def answered_ms(chain: Descriptor) -> list[int]:
    """When the hospitals got their answers: the broker's own times of append."""
    async with Reader(chain.connection, chain.partitions) as reader:
        topics = [hospital_results(inbox) for inbox in chain.inboxes]
        return [record.timestamp_ms async for record in reader.read(reader.parts(topics))]
