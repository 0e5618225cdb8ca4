"""What the runtime asks of a database. Every service has its own (design §5).

    StoreError
    ├── Fenced          another instance took the partition over: drop the task, it is not ours any more
    ├── CommitUnknown   the commit's outcome is not known: forget memory, read everything again
    ├── StoreBusy       another instance holds an embedded store
    ├── StoreRefused    the database does not let us in, or cannot serve: people must mend it; the text says what to do
    └── StoreMismatch   the store belongs to another cluster, other topics or a newer program; the text says what to do

The calls are synchronous: a transaction is short and bounded, and an embedded store answers in microseconds.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from yidi.runtime.message import Chunk
from yidi.runtime.stops import AFRESH

Positions = dict[str, int]
"""Next offset to read, by topic."""


class StoreError(Exception):
    """Anything that a store refuses."""


class Fenced(StoreError):
    """The fence changed no row: the partition has another owner, or its position moved without us."""

    def __init__(self, partition: int) -> None:
        self.partition = partition
        super().__init__(f"partition {partition} was taken over by another instance")


class CommitUnknown(StoreError):
    """The commit may have happened, or not."""


class StoreBusy(StoreError):
    """A second instance on an embedded store."""


class StoreRefused(StoreError):
    """The database cannot be used as it is named: user, password, name, version or rights."""


class StoreMismatch(StoreError):
    """The store must not be used with this log."""


@dataclass(frozen=True, slots=True)
class LogIdentity:
    """Which log a store belongs to: the cluster's id, and the id of each topic that positions count in."""

    cluster: str
    topics: Mapping[str, str]
    partitions: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a partition's owner starts from."""

    epoch: int
    positions: Positions
    now_ms: int
    chunks: tuple[Chunk, ...]
    due_ms: int | None
    """When the earliest timer is due."""


@dataclass(slots=True)
class Changes:
    """Everything that one transaction writes for one partition."""

    positions: Positions
    rows: dict[tuple[str, str], bytes | None] = field(default_factory=dict)
    timers: dict[str, int | None] = field(default_factory=dict)
    chunk: Chunk | None = None
    published_seq: int = 0
    """Outbox chunks up to this one are acknowledged: their rows go."""


class Transaction(Protocol):
    """One database transaction, over any number of partitions."""

    def fence(self, partition: int, epoch: int, positions: Positions, now_ms: int) -> None:
        """Claim the partition for this transaction; `Fenced` unless exactly one row agrees."""
        ...

    def get(self, partition: int, table: str, key: str) -> bytes | None:
        """A committed row of the state."""
        ...

    def due(self, partition: int, until_ms: int, limit: int) -> list[tuple[int, str]]:
        """Timers due by then, earliest first: instant and name."""
        ...

    def write(self, partition: int, changes: Changes) -> int | None:
        """Write everything; returns when the partition's earliest timer is due now."""
        ...


class Store(Protocol):
    """A service's database."""

    def bind(self, identity: LogIdentity) -> None:
        """Tie the store to its log at the first start, refuse any other ever after (`StoreMismatch`)."""
        ...

    def take_over(self, partition: int) -> Snapshot:
        """Become the partition's owner: raise its epoch, which fences every earlier owner."""
        ...

    def snapshot(self, partition: int) -> Snapshot:
        """The same without becoming the owner: after a commit of unknown outcome, the epoch says whose it is."""
        ...

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Commits at the end of the block, rolls back when it raises. Raises `CommitUnknown` if it cannot say."""
        ...

    def forget(self) -> None:
        """Drop every row that is only remembered."""
        ...

    def close(self) -> None: ...


_TEXT = msgspec.json.Encoder(order="deterministic")


def text_of(positions: Positions) -> str:
    """Positions as the fence compares them: one text, topics in order."""
    return _TEXT.encode(positions).decode()


def positions_of(text: str) -> Positions:
    return msgspec.json.decode(text, type=dict[str, int])


def bound_to(held: str | None, found: LogIdentity, where: str) -> str:
    """`rebound` between the texts that a store's tables hold; None before the first start."""
    bound = msgspec.json.decode(held, type=LogIdentity) if held else None
    return msgspec.json.encode(rebound(bound, found, where)).decode()


def rebound(bound: LogIdentity | None, found: LogIdentity, where: str) -> LogIdentity:
    """What a store is bound to once it was used with a log; `StoreMismatch` when it must not be.

    Topics that are read no more stay bound: whoever reads them again counts in the same positions.
    """
    if bound is None:
        return found
    words = _mismatch(bound, found, where)
    if words:
        raise StoreMismatch(words)
    return LogIdentity(bound.cluster, {**bound.topics, **found.topics}, bound.partitions)


def _mismatch(bound: LogIdentity, found: LogIdentity, where: str) -> str | None:
    wipe = f"Use the Kafka it was made with, or {AFRESH}."
    if bound.cluster != found.cluster:
        return f"The store {where} belongs to Kafka cluster {bound.cluster}, this one is {found.cluster}. {wipe}"
    if bound.partitions != found.partitions:
        return f"The store {where} was made for {bound.partitions} partitions, now there are {found.partitions}. {wipe}"
    for topic, identity in bound.topics.items():
        if found.topics.get(topic, identity) != identity:
            return f"Topic {topic} was deleted and made anew since the store {where} last read it. {wipe}"
    return None
