"""Sending encounters and waiting for their answers: what a hospital's own system would do."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from aiokafka import TopicPartition

from yidi.chain.journey import flow_topics
from yidi.chain.leg import Leg, leg_of
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.sender import Message, Sender
from yidi.contract import topics
from yidi.contract.topics import partition_of
from yidi.domain.faults import FAULTS, FaultClass
from yidi.runtime.decider import Headers, Record

REPORT_GRACE_S: Final = 1.0
"""A refusal's result and its error report travel on two topics: so long does a result wait for its report.

A repeated refusal is answered from the store, without a second report: it always takes so long."""
RESULT_GRACE_S: Final = 5.0
"""So long does a report wait for a result that need not come: see `told_to_the_hospital`."""
UNTOLD: Final = frozenset({"ID_CONFLICT", "ATTEMPT_LIMIT", "RESULT_UNEXPECTED", "RESULT_INVALID", "DETAILS_DIFFER"})
"""Codes that speak of a message, not of what becomes of the bill."""
PROVISIONAL: Final = "NO_ANSWER"
"""A report of this code is no end: the platform goes on asking."""
DETAILS_GRACE_S: Final = 0.3
"""A stay's details follow its result: so long are they waited for, for the receipt's lines."""


class Encounter(NamedTuple):
    """One encoded encounter to send; a replay sends to another topic and waits for a later attempt."""

    msgid: str
    psn_no: str
    value: bytes
    headers: Headers = ()
    topic: str = topics.ENCOUNTERS
    attempt: int = 1


@dataclass(slots=True)
class Answer:
    """What became of one encounter. `result` is None when only an error report came, or nothing in time."""

    msgid: str
    topic: str = topics.ENCOUNTERS
    attempt: int = 1
    result: Leg | None = None
    report: Leg | None = None
    legs: list[Leg] = field(default_factory=list)
    reported_at: float | None = None

    @property
    def outcome(self) -> str:
        """DONE, REFUSED, REVERSED, UNKNOWN; REPORTED for an error report only; NO_ANSWER for nothing in time."""
        if self.result is not None:
            return str(self.result.content["outcome"])
        return "REPORTED" if self.report is not None else "NO_ANSWER"

    @property
    def final(self) -> bool:
        return self.outcome in ("DONE", "REFUSED", "REVERSED")

    @property
    def stored(self) -> bool:
        """Whether this is the answer of an earlier time: it came without anything having been asked anew."""
        return self.outcome == "DONE" and self.topic == topics.ENCOUNTERS and self.leg("SettlementRequest") is None

    def leg(self, kind: str) -> Leg | None:
        """The last leg of that kind."""
        return next((leg for leg in reversed(self.legs) if leg.kind == kind), None)

    def take(self, leg: Leg) -> None:
        """Take in one leg; a provisional unknown is superseded by a final, never the reverse.

        An earlier attempt's refusal is not this one's answer; done is, whatever its attempt: it is never decided anew.
        """
        if leg.content.get("attempt", self.attempt) < self.attempt and leg.content.get("outcome") != "DONE":
            return
        self.legs.append(leg)
        if leg.kind == "ErrorReport" and leg.content["code"] != PROVISIONAL:
            self.report = leg
        at_hospital = leg.kind == "SettlementResult" and leg.record.topic.startswith("hospital.")
        if at_hospital and (self.result is None or not self.final):
            self.result = leg


async def settle(chain: Descriptor, encounters: Sequence[Encounter], timeout_s: float) -> AsyncIterator[Answer]:
    """Send the encounters and yield each one's answer as it comes; what has none after `timeout_s` comes last.

    Messages are sent in the order given. Sending the same encounter again is safe: it yields the stored answer.
    NoAnswer when Kafka itself does not take them in that time.
    """
    async with Reader(chain.connection, chain.partitions) as reader:
        start = await _ends(reader, chain, encounters)
        async with Sender(chain.connection, chain.partitions, timeout_s) as sender:
            await sender.send(Message(e.topic, e.psn_no.encode(), e.value, e.headers) for e in encounters)
        waiting = {e.msgid: Answer(e.msgid, e.topic, e.attempt) for e in encounters}
        async for answer in _collect(reader, start, waiting, timeout_s):
            yield answer


async def _ends(reader: Reader, chain: Descriptor, encounters: Sequence[Encounter]) -> dict[TopicPartition, int]:
    numbers = {partition_of(e.psn_no.encode(), chain.partitions) for e in encounters}
    names = flow_topics(chain.inboxes)
    return await reader.ends([part for number in numbers for part in reader.parts(names, number)])


async def _collect(
    reader: Reader, start: dict[TopicPartition, int], waiting: dict[str, Answer], timeout_s: float
) -> AsyncIterator[Answer]:
    clock = asyncio.get_running_loop().time
    deadline = clock() + timeout_s
    async for record in reader.follow(start):
        _sort_in(record, waiting, clock())
        if record is not None:
            continue  # whatever a poll brought is taken in before anybody's patience is judged
        for answer in [a for a in waiting.values() if _ready(a, clock())]:
            yield waiting.pop(answer.msgid)
        if not waiting or clock() > deadline:
            break
    for answer in waiting.values():
        yield answer


def _sort_in(record: Record | None, waiting: dict[str, Answer], now: float) -> None:
    if record is None or record.value is None:
        return
    leg = leg_of(record)
    msgid = leg.content.get("request_msgid") or leg.content.get("msgid")
    answer = waiting.get(str(msgid))
    if answer is None:
        return
    answer.take(leg)
    if answer.reported_at is None and (answer.report is not None or answer.final):
        answer.reported_at = now


def _ready(answer: Answer, now: float) -> bool:
    if answer.reported_at is None:
        return False
    if not answer.final:
        owed = answer.report is not None and told_to_the_hospital(str(answer.report.content["code"]))
        return not owed and now > answer.reported_at + RESULT_GRACE_S
    if answer.outcome == "REFUSED":
        return answer.leg("ErrorReport") is not None or now > answer.reported_at + REPORT_GRACE_S
    request = answer.leg("SettlementRequest")
    details_follow = answer.outcome == "DONE" and request is not None and _stay(request)
    return not details_follow or answer.leg("ChargeDetails") is not None or now > answer.reported_at + DETAILS_GRACE_S


def told_to_the_hospital(code: str) -> bool:
    """Whether a refusal by this code comes to the hospital as a result, too, however long its way there takes.

    What cannot be read, or is another's by its id, is an error report only (design of ids and attempts).
    """
    fault = FAULTS.get(code)
    return fault is not None and fault.fault_class in (FaultClass.BUSINESS, FaultClass.DATA) and code not in UNTOLD


def _stay(request: Leg) -> bool:
    return request.content["operation"] == "SETTLE" and request.content["lines"] is None
