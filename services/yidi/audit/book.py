"""What the audit remembers of one partition: one small case per request, found by its msgid.

Filled leg by leg in reading order. Nothing here judges; the checks do.
"""

from collections.abc import Iterator
from typing import Final

import msgspec

from yidi.audit.report import Step
from yidi.audit.seen import NOTHING

FINAL_OUTCOMES: Final = frozenset({"DONE", "REFUSED", "REVERSED"})
MONEY_OUTCOMES: Final = frozenset({"DONE", "REVERSED"})
UNREAD: Final = -1
"""Offset of a record that was not found."""


class Reported(msgspec.Struct, gc=False):
    """One error report, by the record that it is about. `matched` once that record was read.

    `empty` when it does not hold the original.
    """

    topic: str
    offset: int
    error_id: str
    service: str
    code: str
    stage: str
    msgid: str | None
    attempt: int
    digest: bytes
    frame: bytes
    source_topic: str
    source_offset: int
    partition: int
    empty: bool
    matched: bool = False

    def step(self) -> Step:
        return Step(self.topic, self.partition, self.offset, self.error_id, f"reported: {self.code} ({self.stage})")


class Answer(msgspec.Struct, gc=False):
    """One result as the agency sent it. `effect`: packed changes of accumulators; `relayed`: the hospital has it."""

    topic: str
    offset: int
    attempt: int
    outcome: str
    result_id: str
    amounts: bytes
    effect: bytes
    digest: bytes
    rejected: bool
    relayed: bool = False


class Told(msgspec.Struct, gc=False):
    """One distinct result at the hospital; `answer` is the agency's own when the bytes are the same."""

    topic: str
    offset: int
    attempt: int
    outcome: str
    service: str
    code: str
    digest: bytes
    answer: Answer | None


class Case(msgspec.Struct, gc=False):
    """One request by its msgid, through all its legs. Offsets are `UNREAD` until the leg was read."""

    msgid: str
    partition: int
    key: bytes = b""
    operation: str = ""
    setl_id: str = ""
    refers: str | None = None
    stay: bool = False
    own_system: bool = False
    """Its hospital has an inbox of its own, and its charges are in its own system: there is no encounter to read."""
    encounter: int = UNREAD
    encounter_digest: bytes = NOTHING
    encounter_attempt: int = 1
    encounter_terms: int = 0
    charged_lines: int = 0
    request: int = UNREAD
    request_digest: bytes = NOTHING
    request_attempt: int = 0
    earlier_digests: tuple[bytes, ...] = ()
    terms: int = 0
    categories: bytes = NOTHING
    forwarded: int = UNREAD
    forwarded_digest: bytes = NOTHING
    forwarded_attempt: int = 0
    earlier_forwarded: tuple[bytes, ...] = ()
    inbox: str = ""
    answers: tuple[Answer, ...] = ()
    told: tuple[Told, ...] = ()
    replayed_at: int = 0
    """Broker's timestamp of the highest attempt, once there are several."""
    told_at: int = 0
    """Broker's timestamp of the last distinct result."""
    journal: int = UNREAD
    journal_digest: bytes = NOTHING
    details: bool = False
    trace: bytes = NOTHING

    def steps(self) -> Iterator[Step]:
        """The records of this case that were read, in the order of their way."""
        yield from self._inputs()
        for answer in self.answers:
            yield self.step(answer.topic, answer.offset, f"the agency answers {answer.outcome}", answer.result_id)
        for told in self.told:
            yield self.step(told.topic, told.offset, f"the hospital is told {told.outcome} (attempt {told.attempt})")
        if self.journal != UNREAD:
            yield self.step("settlement.journal", self.journal, "journal entry")

    def step(self, topic: str, offset: int, words: str, record_id: str = "") -> Step:
        return Step(topic, self.partition, offset, record_id or self.msgid, words)

    def last(self) -> tuple[Step, ...]:
        """The last record of the way: enough to point at a case."""
        return tuple(self.steps())[-1:]

    @property
    def done(self) -> Answer | None:
        """The agency's answer that moved money and was not rejected, if any."""
        for answer in self.answers:
            if answer.outcome in MONEY_OUTCOMES and not answer.rejected:
                return answer
        return None

    def _inputs(self) -> Iterator[Step]:
        if self.encounter != UNREAD:
            yield self.step("encounters", self.encounter, f"encounter: {self.operation}")
        if self.request != UNREAD:
            yield self.step("settlement.requests", self.request, f"request (attempt {self.request_attempt})")
        if self.forwarded != UNREAD:
            yield self.step(f"agency.{self.inbox}.requests", self.forwarded, "forwarded to the agency")


class Details(msgspec.Struct, gc=False):
    """One ChargeDetails message; `good` when its lines add up to the settled categories."""

    msgid: str
    partition: int
    request_msgid: str
    offset: int
    digest: bytes
    good: bool
    forwarded: bool = False

    def step(self) -> Step:
        return Step("settlement.requests", self.partition, self.offset, self.msgid, "details of a stay")


class Extent(msgspec.Struct, gc=False):
    """Which offsets of one topic were read: `first` to `last`, without the `holes` between."""

    first: int = UNREAD
    last: int = UNREAD
    holes: int = 0

    @property
    def whole(self) -> bool:
        return self.first <= 0 and not self.holes


class Book:
    """One partition. `quiet` is false when the logs still grew while they were read.

    `truncated` names the topics whose first records the broker has already dropped.
    """

    def __init__(self, partition: int, partitions: int) -> None:
        self.partition = partition
        self.partitions = partitions
        self.quiet = True
        self.truncated: set[str] = set()
        self.cases: dict[str, Case] = {}
        self.details: dict[str, Details] = {}
        self.reports: dict[tuple[str, int], list[Reported]] = {}
        self.reports_by_msgid: dict[str, list[Reported]] = {}
        self.answers: dict[bytes, tuple[Case, Answer]] = {}
        self.extents: dict[str, Extent] = {}

    def case(self, msgid: str) -> Case:
        """The case of that msgid, new if there is none."""
        case = self.cases.get(msgid)
        if case is None:
            case = self.cases[msgid] = Case(msgid, self.partition)
        return case

    def reported(self, topic: str, offset: int) -> bool:
        """Whether that record has an error report."""
        return (topic, offset) in self.reports

    def whole(self, *topics: str) -> bool:
        """Whether these topics were read from their very beginning, nothing missing, and rest now."""
        extents = self.extents
        if not self.quiet or not self.truncated.isdisjoint(topics):
            return False
        return all(extents[topic].whole for topic in topics if topic in extents)
