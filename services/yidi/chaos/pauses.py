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
    """For each blow the longest gap between two answers, up to the next blow. A blow after the last answer has none.

    >>> pauses([Struck(Kind.KILL, "broker-1", 1_000)], [900, 1_010, 3_500, 3_600])[0].longest_ms
    2490
    """
    times = sorted(answered_ms)
    gaps = list(pairwise(times))
    until = [*(one.at_ms for one in struck[1:]), times[-1] if times else 0]
    found = []
    for one, end in zip(struck, until, strict=True):
        mine = [after - before for before, after in gaps if after > one.at_ms and before < max(end, one.at_ms + 1)]
        if mine:
            found.append(Pause(one, max(mine)))
    return found


async def answered_ms(chain: Descriptor) -> list[int]:
    """When the hospitals got their answers: the broker's own times of append."""
    async with Reader(chain.connection, chain.partitions) as reader:
        topics = [hospital_results(inbox) for inbox in chain.inboxes]
        return [record.timestamp_ms async for record in reader.read(reader.parts(topics))]
