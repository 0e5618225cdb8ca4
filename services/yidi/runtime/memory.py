"""A store in memory: for the simulated world, with an exact notion of what survives a crash; and a view for tests."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from yidi.runtime.decider import Decision
from yidi.runtime.message import Chunk
from yidi.runtime.store import Changes, Fenced, LogIdentity, Positions, Snapshot, rebound

K = TypeVar("K")
V = TypeVar("V")


class MemoryView:
    """One partition's state in a dict, for tests of a decider: apply each decision, then look."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], bytes] = {}
        self.timers: dict[str, int] = {}

    def get(self, table: str, key: str) -> bytes | None:
        return self.rows.get((table, key))

    def apply(self, decision: Decision) -> None:
        """What the runtime does with an accepted decision's changes and timers."""
        for put in decision.changes:
            _set(self.rows, (put.table, put.key), put.value)
        for timer in decision.timers:
            _set(self.timers, timer.name, timer.due_ms)


@dataclass(slots=True)
class _Partition:
    epoch: int = 0
    positions: Positions = field(default_factory=dict)
    now_ms: int = 0
    state: MemoryView = field(default_factory=MemoryView)
    chunks: dict[int, Chunk] = field(default_factory=dict)

    def copy(self) -> "_Partition":
        """Rows, timers and chunks are immutable: their dicts are copied."""
        state = MemoryView()
        state.rows, state.timers = dict(self.state.rows), dict(self.state.timers)
        return _Partition(self.epoch, dict(self.positions), self.now_ms, state, dict(self.chunks))


class MemoryStore:
    """What is written here is committed, and survives every crash of the simulated world."""

    def __init__(self) -> None:
        self._identity: LogIdentity | None = None
        self._partitions: dict[int, _Partition] = {}

    def bind(self, identity: LogIdentity) -> None:
        self._identity = rebound(self._identity, identity, "in memory")

    def take_over(self, partition: int) -> Snapshot:
        self._partition(partition).epoch += 1
        return self.snapshot(partition)

    def snapshot(self, partition: int) -> Snapshot:
        held = self._partition(partition)
        chunks = tuple(held.chunks[seq] for seq in sorted(held.chunks))
        return Snapshot(held.epoch, dict(held.positions), held.now_ms, chunks, _earliest(held.state))

    @contextmanager
    def transaction(self) -> Iterator["MemoryTransaction"]:
        transaction = MemoryTransaction(self)
        yield transaction
        transaction.commit()

    def forget(self) -> None:
        """Nothing is only remembered here."""

    def close(self) -> None:
        """Nothing to close."""

    def load(self, other: "MemoryStore") -> None:
        """Hold what another store holds, as committed; afterwards the two have nothing in common."""
        self._partitions = {number: held.copy() for number, held in other._partitions.items()}  # noqa: SLF001 — same class

    def view(self, partition: int) -> MemoryView:
        """The committed state of a partition, for assertions."""
        return self._partition(partition).state

    def _partition(self, partition: int) -> _Partition:
        return self._partitions.setdefault(partition, _Partition())


class MemoryTransaction:
    """Collects writes; `commit` makes them the truth, all at once."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._writes: list[tuple[int, Changes]] = []
        self._now: dict[int, int] = {}

    def fence(self, partition: int, epoch: int, positions: Positions, now_ms: int) -> None:
        held = self._store._partition(partition)  # noqa: SLF001 — the store's own transaction
        if (held.epoch, held.positions) != (epoch, positions):
            raise Fenced(partition)
        self._now[partition] = now_ms

    def get(self, partition: int, table: str, key: str) -> bytes | None:
        return self._store.view(partition).get(table, key)

    def due(self, partition: int, until_ms: int, limit: int) -> list[tuple[int, str]]:
        timers = self._store.view(partition).timers
        return sorted((due, name) for name, due in timers.items() if due <= until_ms)[:limit]

    def write(self, partition: int, changes: Changes) -> int | None:
        self._writes.append((partition, changes))
        timers = dict(self._store.view(partition).timers)
        for name, due_ms in changes.timers.items():
            _set(timers, name, due_ms)
        return min(timers.values(), default=None)

    def commit(self) -> None:
        for partition, changes in self._writes:
            held = self._store._partition(partition)  # noqa: SLF001 — the store's own transaction
            held.positions, held.now_ms = dict(changes.positions), self._now[partition]
            _write(held, changes)


def _write(held: _Partition, changes: Changes) -> None:
    for place, value in changes.rows.items():
        _set(held.state.rows, place, value)
    for name, due_ms in changes.timers.items():
        _set(held.state.timers, name, due_ms)
    for seq in [seq for seq in held.chunks if seq <= changes.published_seq]:
        del held.chunks[seq]
    if changes.chunk:
        held.chunks[changes.chunk.seq] = changes.chunk


def _earliest(state: MemoryView) -> int | None:
    return min(state.timers.values(), default=None)


def _set(target: dict[K, V], place: K, value: V | None) -> None:
    if value is None:
        target.pop(place, None)
    else:
        target[place] = value
