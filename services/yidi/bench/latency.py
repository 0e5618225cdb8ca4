"""How long an encounter takes to its answer, by the broker's clock: append of the one to append of the other."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from yidi.bench.relaying import ANSWERS
from yidi.bench.steady import percentile
from yidi.chain.errors import ChainError
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.sender import Message, Sender
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES, SETTLEMENT_RESULT

SLICE_S: Final = 0.01
ANSWER_S_MAX: Final = 30.0
WARM_UP: Final = 0.1
"""The first tenth of the messages is not counted."""
BOTH: Final = (topics.ENCOUNTERS, ANSWERS)


class NoAnswerInTime(ChainError):
    """An encounter was not answered."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Milliseconds over `count` encounters, at `rate` encounters a second (0: one after the other)."""

    count: int
    rate: float
    p50_ms: float
    p99_ms: float
    max_ms: float


async def idle(chain: Descriptor, messages: Sequence[Message]) -> Latency:
    """Send one, wait for its answer, send the next."""
    async with Reader(chain.connection, chain.partitions) as reader:
        start = await reader.ends(reader.parts(BOTH))
        async with Sender(chain.connection, chain.partitions) as sender:
            following = reader.follow(start)
            waiting = set[str]()
            for message in messages:
                msgid = ENCOUNTER_CHARGES.decode(message.value)["msgid"]
                waiting.add(msgid)
                await sender.send([message])
                async with asyncio.timeout(ANSWER_S_MAX):
                    async for record in following:
                        if record is not None and record.topic == ANSWERS and msgid.encode() in (record.value or b""):
                            break
        return await _measured(reader, start, 0.0)


async def paced(chain: Descriptor, messages: Sequence[Message], rate: float) -> Latency:
    """Send so many a second, evenly, and look at the answers afterwards, so that looking costs nothing meanwhile."""
    async with Reader(chain.connection, chain.partitions) as reader:
        start = await reader.ends(reader.parts(BOTH))
        async with Sender(chain.connection, chain.partitions) as sender:
            await _send_paced(sender, messages, rate)
        await _until_answered(reader, sum(start[part] for part in reader.parts([ANSWERS])) + len(messages))
        return await _measured(reader, start, rate)


async def _send_paced(sender: Sender, messages: Sequence[Message], rate: float) -> None:
    clock = asyncio.get_running_loop().time
    began, sent = clock(), 0
    last: asyncio.Future[object] | None = None
    while sent < len(messages):
        due = min(len(messages), int((clock() - began) * rate) + 1)
        for message in messages[sent:due]:
            last = await sender.post(message)
        sent = due
        await asyncio.sleep(SLICE_S)
    if last is not None:
        await last


async def _until_answered(reader: Reader, wanted: int) -> None:
    clock = asyncio.get_running_loop().time
    until = clock() + ANSWER_S_MAX
    while sum((await reader.ends(reader.parts([ANSWERS]))).values()) < wanted:
        if clock() > until:
            raise NoAnswerInTime(
                f"Answers were missing {ANSWER_S_MAX:.0f} s after the last encounter.", "See the logs."
            )
        await asyncio.sleep(SLICE_S)


async def _measured(reader: Reader, start: dict, rate: float) -> Latency:  # type: ignore[type-arg]
    sent_at: dict[str, int] = {}
    answered_at: dict[str, int] = {}
    async for record in reader.between(start, await reader.ends(list(start))):
        value = record.value or b""
        if record.topic == ANSWERS:
            answered_at.setdefault(SETTLEMENT_RESULT.decode(value)["msgid"], record.timestamp_ms)
        else:
            sent_at.setdefault(ENCOUNTER_CHARGES.decode(value)["msgid"], record.timestamp_ms)
    return latency_of(sent_at, answered_at, rate)


def latency_of(sent_at: dict[str, int], answered_at: dict[str, int], rate: float) -> Latency:
    """The latency of what was sent and answered, without the first tenth; NoAnswerInTime when something was not."""
    missing = sent_at.keys() - answered_at.keys()
    if missing:
        raise NoAnswerInTime(f"{len(missing)} encounters have no answer.", "See `yidi trace` of " + min(missing))
    in_time = sorted(sent_at, key=lambda msgid: sent_at[msgid])
    took = [float(answered_at[msgid] - sent_at[msgid]) for msgid in in_time[int(len(in_time) * WARM_UP) :]]
    return Latency(len(took), rate, percentile(took, 0.5), percentile(took, 0.99), max(took))
