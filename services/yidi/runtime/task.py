"""The step machine of one partition, without I/O: what was read, what is decided, what waits to be published.

    read → offer ─→ decide ─→ (database commit) ─→ accept ─→ chunk published ─→ acknowledge
                      ↑ nothing durable changes before `accept`: a rolled back slice is decided again

One instance drives a task from one place at a time. After `Fenced` or `CommitUnknown` the task is thrown away and
made anew from the store's snapshot.
"""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from yidi.domain.faults import Refusal, Stage
from yidi.runtime.checks import awaited
from yidi.runtime.decider import AFTER_HEADER, Decider, Record
from yidi.runtime.judge import Judge, Verdict
from yidi.runtime.limits import (
    AFTER_WAIT_MS_MAX,
    CHUNKS_UNPUBLISHED_MAX,
    QUEUE_BYTES_MAX,
    QUEUE_RECORDS_MAX,
    SLICE_BYTES_MAX,
    SLICE_RECORDS_MAX,
    TIMERS_PER_SLICE_MAX,
)
from yidi.runtime.message import Chunk, Message
from yidi.runtime.store import Changes, Positions, Snapshot, Transaction
from yidi.runtime.view import Overlay

Spent = Callable[[], bool]
"""True when the slice's wall time is used up; the simulated world gives it other reasons."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A moment at which a timer was due, and the inputs that were present then: they are read before it fires."""

    at_ms: int
    ends: Positions

    def reached(self, positions: Positions) -> bool:
        return all(positions.get(topic, 0) >= end for topic, end in self.ends.items())


@dataclass(slots=True)
class Slice:
    """What one transaction does for one partition."""

    now_ms: int
    overlay: Overlay
    positions: Positions
    taken: dict[str, int] = field(default_factory=dict)
    messages: list[Message] = field(default_factory=list)
    records: int = 0
    size_bytes: int = 0
    reports: int = 0
    timers_fired: int = 0
    chunk: Chunk | None = None
    due_ms: int | None = None
    published_seq: int = 0
    tick_over: bool = False

    @property
    def full(self) -> bool:
        return self.records >= SLICE_RECORDS_MAX or self.size_bytes >= SLICE_BYTES_MAX

    def add(self, verdict: Verdict) -> None:
        self.overlay.apply(verdict.decision)
        self.messages.extend(verdict.messages)
        self.size_bytes += sum(len(message.value) for message in verdict.messages)
        self.reports += verdict.reported


class Task:
    """One partition of one service, owned since `epoch`."""

    def __init__(self, partition: int, decider: Decider, judge: Judge, snapshot: Snapshot) -> None:
        self.partition = partition
        self.epoch = snapshot.epoch
        self.positions: Positions = dict.fromkeys((*decider.references, *decider.inputs), 0) | snapshot.positions
        self.stored: Positions = snapshot.positions
        """The positions exactly as the store has them: what the fence compares."""
        self.now_ms = snapshot.now_ms
        self.due_ms = snapshot.due_ms
        self.tick: Tick | None = None
        self.chunks: deque[Chunk] = deque(snapshot.chunks)
        """Committed and not acknowledged, oldest first."""
        self.published_seq = 0
        self._waits: dict[str, tuple[int, int]] = {}
        """Input topics held up by an `after` header: offset of the record, and until when at most."""
        self._references = decider.references
        self._order = (*decider.references, *decider.inputs)
        self._judge = judge
        self._queues: dict[str, deque[Record]] = {topic: deque() for topic in self._order}
        self._queued_bytes = 0
        self._seq = max((chunk.seq for chunk in snapshot.chunks), default=0)

    @property
    def waiting(self) -> frozenset[str]:
        """Topics whose next record waits for reference data."""
        return frozenset(topic for topic in self._waits if self._held(topic))

    def wait_until_ms(self) -> int | None:
        """When the first of them is reported instead."""
        return min((until for topic, (_, until) in self._waits.items() if self._held(topic)), default=None)

    def _held(self, topic: str) -> bool:
        queue = self._queues[topic]
        return bool(queue) and queue[0].offset == self._waits[topic][0]

    # Reading ----------------------------------------------------------------------------------------------------

    def offer(self, topic: str, records: Iterable[Record]) -> None:
        """Take records that were read, in the order of their topic; what was offered before is skipped."""
        queue = self._queues[topic]
        expected = queue[-1].offset + 1 if queue else self.positions[topic]
        fresh = [record for record in records if record.offset >= expected]
        queue.extend(fresh)
        self._queued_bytes += sum(len(record.value or b"") for record in fresh)

    def read_position(self, topic: str) -> int:
        """Offset of the record to read next."""
        queue = self._queues[topic]
        return queue[-1].offset + 1 if queue else self.positions[topic]

    def wants(self, topic: str) -> bool:
        """Whether to read on: not while the next record waits, or enough is queued."""
        crowded = len(self._queues[topic]) >= QUEUE_RECORDS_MAX or self._queued_bytes >= QUEUE_BYTES_MAX
        return not crowded and topic not in self.waiting

    @property
    def backlog(self) -> int:
        """Records read and not decided."""
        return sum(map(len, self._queues.values()))

    def oldest_queued_ms(self) -> int | None:
        """Timestamp of the oldest record that was read and not decided."""
        return min((queue[0].timestamp_ms for queue in self._queues.values() if queue), default=None)

    # Deciding ---------------------------------------------------------------------------------------------------

    def may_decide(self, now_ms: int) -> bool:
        """Whether a transaction for this partition would do anything, and its messages have a place to wait."""
        if len(self.chunks) >= CHUNKS_UNPUBLISHED_MAX:
            return False
        return self._has_record(now_ms) or (self.tick is not None and self.tick.reached(self.positions))

    def due(self, now_ms: int) -> bool:
        """Whether a timer is due and its tick not yet taken."""
        return self.tick is None and self.due_ms is not None and self.due_ms <= max(now_ms, self.now_ms)

    def decide(self, transaction: Transaction, now_ms: int, spent: Spent) -> Slice:
        """Decide on what was read, then on timers, inside a transaction that has fenced this partition."""
        partition = self.partition
        overlay = Overlay(lambda table, key: transaction.get(partition, table, key))
        slice_ = Slice(max(now_ms, self.now_ms), overlay, dict(self.positions))
        transaction.fence(partition, self.epoch, self.stored, slice_.now_ms)
        self._decide_records(slice_, spent)
        self._decide_timers(slice_, transaction)
        self._write(slice_, transaction)
        return slice_

    def accept(self, slice_: Slice) -> None:
        """The transaction is committed: what it did is what is."""
        for topic, count in slice_.taken.items():
            queue = self._queues[topic]
            for _ in range(count):
                self._queued_bytes -= len(queue.popleft().value or b"")
        self.positions, self.now_ms, self.due_ms = slice_.positions, slice_.now_ms, slice_.due_ms
        self.stored = dict(slice_.positions)
        if slice_.published_seq >= self.published_seq:
            self.published_seq = 0
        if slice_.chunk:
            self._seq = slice_.chunk.seq
            self.chunks.append(slice_.chunk)
        if slice_.tick_over:
            self.tick = None

    def acknowledge(self, chunk: Chunk) -> None:
        """Every message of the oldest chunk is acknowledged; its row goes with the next transaction."""
        assert self.chunks, "nothing was in flight"  # noqa: S101 — the order of the outbox is the guarantee
        assert self.chunks[0].seq == chunk.seq, "chunks are acknowledged in order"  # noqa: S101
        self.chunks.popleft()
        self.published_seq = chunk.seq

    # Inside -----------------------------------------------------------------------------------------------------

    def _has_record(self, now_ms: int) -> bool:
        at_ms = max(now_ms, self.now_ms)
        return any(queue and self._passes(queue[0], self.positions, at_ms) for queue in self._queues.values())

    def _decide_records(self, slice_: Slice, spent: Spent) -> None:
        for topic in self._order:
            for record in self._queues[topic]:
                if slice_.full or (slice_.records and spent()):
                    return
                if not self._passes(record, slice_.positions, slice_.now_ms):
                    break  # this topic waits; the others go on
                self._decide_record(slice_, record)

    def _decide_record(self, slice_: Slice, record: Record) -> None:
        refusal = self._overdue(record, slice_.positions)
        if refusal is None:
            verdict = self._judge.record(slice_.overlay, record, slice_.now_ms)
        else:
            verdict = self._judge.refused(record, refusal, slice_.now_ms)
        slice_.add(verdict)
        slice_.records += 1
        slice_.size_bytes += len(record.value or b"")
        slice_.positions[record.topic] = record.offset + 1
        slice_.taken[record.topic] = slice_.taken.get(record.topic, 0) + 1

    def _passes(self, record: Record, positions: Mapping[str, int], now_ms: int) -> bool:
        """Whether a record need not wait (any longer); notes since when it waits. What cannot be awaited passes."""
        if not record.headers or not isinstance(self._missing(record, positions), str):
            return True
        offset, until_ms = self._waits.get(record.topic, (-1, 0))
        if offset != record.offset:
            until_ms = now_ms + AFTER_WAIT_MS_MAX
            self._waits[record.topic] = (record.offset, until_ms)
        return now_ms >= until_ms

    def _overdue(self, record: Record, positions: Mapping[str, int]) -> Refusal | None:
        """Why a record that waited in vain, or names what cannot be awaited, is reported instead of decided."""
        missing = self._missing(record, positions) if record.headers else None
        if isinstance(missing, str):
            words = f"waited {AFTER_WAIT_MS_MAX // 1000} s for {missing}"
            return Refusal("REFERENCE_AWAITED", words, stage=Stage.ELIGIBILITY)
        return missing

    def _missing(self, record: Record, positions: Mapping[str, int]) -> str | Refusal | None:
        """The first awaited reference position that is not reached; a refusal for a header that cannot be read."""
        if record.topic in self._references or record.header(AFTER_HEADER) is None:
            return None
        try:
            wanted = awaited(record, self._references)
        except Refusal as refusal:
            return refusal
        for topic, position in wanted.items():
            if positions.get(topic, 0) < position:
                return f"{topic} to reach offset {position - 1}"
        return None

    def _decide_timers(self, slice_: Slice, transaction: Transaction) -> None:
        if self.tick is None or not self.tick.reached(slice_.positions):
            return
        due = transaction.due(self.partition, self.tick.at_ms, TIMERS_PER_SLICE_MAX)
        for _, name in due:
            if name not in slice_.overlay.timers:  # else an earlier decision of this slice cleared or moved it
                slice_.overlay.timers[name] = None
                slice_.add(self._judge.timer(slice_.overlay, self.partition, name, slice_.now_ms))
                slice_.timers_fired += 1
        slice_.tick_over = len(due) < TIMERS_PER_SLICE_MAX

    def _write(self, slice_: Slice, transaction: Transaction) -> None:
        if slice_.messages:
            slice_.chunk = Chunk(self._seq + 1, tuple(slice_.messages))
        slice_.published_seq = self.published_seq
        rows, timers = slice_.overlay.rows, slice_.overlay.timers
        changes = Changes(slice_.positions, rows, timers, slice_.chunk, slice_.published_seq)
        slice_.due_ms = transaction.write(self.partition, changes)
