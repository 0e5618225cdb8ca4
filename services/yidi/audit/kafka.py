"""The oracle over a running Kafka: reads every topic once, partition number by partition number, without a group.

It changes nothing on the cluster: no group, no offsets, no topics. It reads up to the ends as they were when it began;
a partition whose topics grew meanwhile is reported as unknown where something seems missing. One partition's book is in
memory at a time.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from yidi.audit.legs import ERROR_TOPICS, leg_of, reading_order
from yidi.audit.oracle import Tally, audit_of
from yidi.audit.report import AuditReport
from yidi.contract.topics import Topic
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Record
from yidi.runtime.stops import AFRESH

FETCH_WAIT_MS: Final = 100
TOPIC_WAIT_MS: Final = 20
"""The client waits so long whenever it meets a topic for the first time."""
POLL_MS: Final = 1_000
STALLED_S: Final = 30.0
"""No record for so long though the log has more: the broker is gone."""
POLL_RECORDS_MAX: Final = 2_000
"""Bounds what is decoded between two looks at the loop."""
FETCH_BYTES_MAX: Final = 4 << 20
"""Bounds memory: one topic's fetch and the one read ahead. A larger record still comes, alone."""

Places = dict[str, tuple[int, int]]
"""Topic → first offset and end offset of one partition."""


class AuditStalled(Exception):
    """The broker stopped answering, or does not have the topics; the text says which and what to do."""


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the audit is: records read of all that were there at its start."""

    read: int
    total: int
    partition: int
    topic: str


Report = Callable[[Progress], None]
Hidden = Callable[[Record], bool]


def nothing(record: Record) -> bool:  # noqa: ARG001 — the shape of `Hidden`
    """Hide nothing."""
    return False


async def run_audit(
    connection: Connection,
    plan: Sequence[Topic] | None = None,
    progress: Report | None = None,
    *,
    hidden: Hidden = nothing,
) -> AuditReport:
    """Audit the chain on this Kafka.

    `plan`: the topics that must be there; without one, whatever topics of the chain the cluster has. `hidden` keeps
    records from the oracle, to prove that it notices a loss. Raises AuditStalled, or aiokafka's KafkaError when no
    broker answers at all.
    """
    names, partitions = await topics_of(connection, plan)
    async with reading(connection) as consumer:
        extents = {number: await extents_of(consumer, names, number) for number in range(partitions)}
        tally = await read_kafka(consumer, names, partitions, extents, progress, hidden=hidden)
        return tally.report()


async def read_kafka(
    consumer: Any,  # noqa: ANN401 — aiokafka has no types
    names: Sequence[str],
    partitions: int,
    extents: Mapping[int, Places],
    progress: Report | None = None,
    *,
    hidden: Hidden = nothing,
) -> Tally:
    """Audit some partition numbers, one after another, up to these ends."""
    total = sum(end - begin for places in extents.values() for begin, end in places.values())
    steps = _Steps(total, progress)
    tally = Tally(partitions)
    _take_aim(consumer, extents)
    for number, places in extents.items():
        audit = audit_of(number, partitions, [topic for topic, (begin, _) in places.items() if begin > 0])
        for topic in names:
            async for batch in _batches(consumer, TopicPartition(topic, number), places[topic], steps):
                for record in batch:
                    if not hidden(record):
                        audit.add(record)
        ends = await consumer.end_offsets([TopicPartition(topic, number) for topic in names])
        audit.book.quiet = all(ends[place] == places[place.topic][1] for place in ends)
        tally.take(audit)
    return tally


@asynccontextmanager
async def reading(connection: Connection) -> AsyncIterator[Any]:
    """A consumer that reads and leaves no trace."""
    consumer = AIOKafkaConsumer(
        **connection.options(),
        group_id=None,
        client_id="audit",
        enable_auto_commit=False,
        auto_offset_reset="none",
        retry_backoff_ms=TOPIC_WAIT_MS,
        max_poll_records=POLL_RECORDS_MAX,
        fetch_max_wait_ms=FETCH_WAIT_MS,
        fetch_min_bytes=1,
        fetch_max_bytes=FETCH_BYTES_MAX,
        max_partition_fetch_bytes=FETCH_BYTES_MAX,
    )
    await consumer.start()
    try:
        yield consumer
    finally:
        await consumer.stop()


async def topics_of(connection: Connection, plan: Sequence[Topic] | None) -> tuple[list[str], int]:
    """The chain's topics in reading order, and how many partitions they have."""
    there = await _counts(connection)
    wanted = [topic.name for topic in plan] if plan else [name for name in there if leg_of(name) is not None]
    missing = sorted(set(wanted) - set(there))
    if missing or not wanted:
        what = ", ".join(missing) or "any topic of the chain"
        raise AuditStalled(f"the broker does not have {what}: is it the chain's? Look with `yidi topics`")
    counts = {name: there[name] for name in wanted}
    if len(set(counts.values())) > 1:
        raise AuditStalled(f"the topics have different numbers of partitions: {counts}; {AFRESH}")
    return reading_order(wanted), counts[wanted[0]]


async def _counts(connection: Connection) -> dict[str, int]:
    """Topic → number of partitions, of everything on the cluster."""
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        described = await admin.describe_topics()
    finally:
        await admin.close()
    return {topic["topic"]: len(topic["partitions"]) for topic in described}


async def extents_of(consumer: Any, names: Sequence[str], number: int) -> Places:  # noqa: ANN401 — untyped
    """First and end offsets; the ends of error topics last, so that no record is seen without its report."""
    begins = await consumer.beginning_offsets([TopicPartition(name, number) for name in names])
    flow = [TopicPartition(name, number) for name in names if name not in ERROR_TOPICS]
    ends = await consumer.end_offsets(flow)
    ends |= await consumer.end_offsets([place for place in begins if place not in ends])
    return {place.topic: (begins[place], ends[place]) for place in begins}


def _take_aim(consumer: Any, extents: Mapping[int, Places]) -> None:  # noqa: ANN401 — untyped
    """Assign everything once, at its beginning and paused.

    The client forgets topics that it is not assigned: asking for each of them again, place by place, took most of the
    time of an audit of a small chain.
    """
    starts = {
        TopicPartition(topic, number): begin
        for number, places in extents.items()
        for topic, (begin, end) in places.items()
        if begin < end
    }
    consumer.assign(list(starts))
    for place, begin in starts.items():
        consumer.seek(place, begin)
        consumer.pause(place)


async def _batches(
    consumer: Any,  # noqa: ANN401 — untyped
    place: TopicPartition,
    extent: tuple[int, int],
    steps: "_Steps",
) -> AsyncIterator[list[Record]]:
    """One partition of one topic, from its first record to the end as it was."""
    begin, end = extent
    if begin >= end:
        return
    topic, number = place.topic, place.partition
    consumer.resume(place)
    position, waited_s = begin, 0.0
    while position < end:
        batch = (await consumer.getmany(place, timeout_ms=POLL_MS)).get(place, ())
        yield [Record(topic, number, r.offset, r.timestamp, r.key, r.value, r.headers) for r in batch if r.offset < end]
        before, position = position, await consumer.position(place)
        waited_s = 0.0 if position > before else waited_s + POLL_MS / 1000
        if waited_s >= STALLED_S:
            raise AuditStalled(f"{topic} partition {number} gives nothing after {position} of {end}")
        steps.made(min(position, end) - before, place)
        await asyncio.sleep(0)
    consumer.pause(place)


class _Steps:
    """Counts what was read for whoever watches."""

    def __init__(self, total: int, progress: Report | None) -> None:
        self._total = total
        self._progress = progress
        self._read = 0

    def made(self, records: int, place: TopicPartition) -> None:
        self._read += records
        if self._progress is not None:
            self._progress(Progress(self._read, self._total, place.partition, place.topic))
