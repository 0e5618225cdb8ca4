"""Load: synthetic encounters in the national mix, at a rate or as fast as it goes, with counts as they come."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Final

from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.sender import Message, Sender
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES, SETTLEMENT_RESULT
from yidi.runtime.decider import Record
from yidi.world.encounters import Encounters

SLICE_S: Final = 0.05
"""Encounters are sent in slices of this time, so that results are read in between."""
SLICE_RECORDS_MAX: Final = 200
AHEAD_MAX: Final = 5_000
"""Encounters sent and not yet answered; beyond it sending waits, so that a slow chain shows as a slow load."""


@dataclass(slots=True)
class Counts:
    """What has happened so far; `took_ms` holds the time from encounter to answer, by the broker's clock."""

    sent: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    codes: Counter[str] = field(default_factory=Counter)
    sent_at: dict[str, int] = field(default_factory=dict)
    took_ms: list[int] = field(default_factory=list)

    @property
    def answered(self) -> int:
        return len(self.took_ms)

    @property
    def open(self) -> int:
        return len(self.sent_at)


Tell = Callable[[Counts], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: `rate` is encounters a second, None as fast as it goes; `timeout_s` ends the wait for news."""

    encounters: Encounters
    rate: float | None
    timeout_s: float


async def load(chain: Descriptor, plan: Plan, tell: Tell) -> Counts:
    """Send the encounters and wait for the answers; returns the final counts.

    Ends when all are answered, or when nothing was answered for `timeout_s`; what is open then is counted, not lost.
    """
    counts = Counts()
    async with (
        Reader(chain.connection, chain.partitions) as reader,
        Sender(chain.connection, chain.partitions) as sender,
    ):
        names = [topics.ENCOUNTERS, *(topics.hospital_results(inbox) for inbox in chain.inboxes)]
        start = await reader.ends(reader.parts(names))
        sending = asyncio.create_task(_send(sender, plan, counts))
        try:
            await _watch(reader.follow(start), sending, counts, plan.timeout_s, tell)
        finally:
            sending.cancel()
    return counts


async def _send(sender: Sender, plan: Plan, counts: Counts) -> None:
    clock = asyncio.get_running_loop().time
    began = clock()
    for k in range(plan.encounters.count):
        if counts.sent % SLICE_RECORDS_MAX == 0:
            await asyncio.sleep(0)
        while counts.open >= AHEAD_MAX or _ahead(plan, counts, clock() - began):  # noqa: ASYNC110 — a rate is kept by waiting
            await asyncio.sleep(SLICE_S)
        encounter = plan.encounters.encounter(k)
        counts.sent_at[encounter["msgid"]] = 0
        counts.sent += 1
        await sender.post(Message(topics.ENCOUNTERS, encounter["psn_no"].encode(), ENCOUNTER_CHARGES.encode(encounter)))


def _ahead(plan: Plan, counts: Counts, seconds: float) -> bool:
    return plan.rate is not None and counts.sent >= plan.rate * (seconds + SLICE_S)


async def _watch(
    records: AsyncIterator[Record | None], sending: asyncio.Task[None], counts: Counts, timeout_s: float, tell: Tell
) -> None:
    clock = asyncio.get_running_loop().time
    news, told = clock(), 0.0
    async for record in records:
        if record is not None and record.value is not None:
            news = clock() if _take(record, counts) else news
        if clock() - told > SLICE_S:
            tell(counts)
            told = clock()
        if not counts.open:
            news = clock()  # nothing is awaited: at a low rate that is no standstill
        if sending.done() and not counts.open:
            sending.result()
            break
        if clock() - news > timeout_s:
            break
    tell(counts)


def _take(record: Record, counts: Counts) -> bool:
    """Take in one record; True when it is somebody's final answer."""
    if record.value is None:
        return False
    if record.topic == topics.ENCOUNTERS:
        msgid = ENCOUNTER_CHARGES.decode(record.value)["msgid"]
        if msgid in counts.sent_at:
            counts.sent_at[msgid] = record.timestamp_ms
        return False
    result = SETTLEMENT_RESULT.decode(record.value)
    if result["msgid"] not in counts.sent_at or result["outcome"] == "UNKNOWN":
        return False
    sent_at = counts.sent_at.pop(result["msgid"])
    counts.took_ms.append(record.timestamp_ms - sent_at if sent_at else 0)
    counts.outcomes[result["outcome"]] += 1
    if result["fault"] is not None:
        counts.codes[result["fault"]["code"]] += 1
    return True
