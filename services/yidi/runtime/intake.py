"""Reads inputs: one consumer over all topics of a service, positions from the store.

The pitfalls of the client that this is built around are in docs/guarantees.md. In short: its callbacks only note
what happened, since it swallows what they raise; only places that were sought are polled, since it returns records
before the callback is done; every call has a time-out; whatever it raises leads to a new consumer.
"""

import asyncio
import math
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.errors import NoOffsetForPartitionError, OffsetOutOfRangeError, RecordTooLargeError

from yidi.runtime.decider import Record
from yidi.runtime.health import Place
from yidi.runtime.leaving import leave_when_closed
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.stops import AFRESH, OffsetLost, PartitionsSplit

CLOSE_S_MAX: Final = 3.0
POLL_MARGIN_S: Final = 5.0
"""A poll may take this long beyond its own wait (a rebalance); then it is given up and tried again."""
SPLIT_SESSIONS_MAX: Final = 3
"""A shared partition number may last as long as the session of an instance that is gone, and a rebalance."""


class Intake(ConsumerRebalanceListener):  # type: ignore[misc]
    """A consumer and what it owns. `generation` changes with every change of what is owned: tasks are made anew."""

    def __init__(self, settings: RuntimeSettings, topics: Iterable[str]) -> None:
        self._settings = settings
        self._topics = tuple(topics)
        self._consumer: Any = None
        self.generation = 0
        self.owned: frozenset[int] = frozenset()
        self.assigned = False
        """Whether the group has said what we own, be it nothing."""
        self._split: str | None = None
        self._split_since_s: float | None = None

    # What the client calls; nothing here waits or fails ---------------------------------------------------------

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:  # noqa: ARG002 — eager: all of them
        self.owned, self.assigned = frozenset(), False
        self.generation += 1

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        places = {(at.topic, at.partition) for at in assigned}
        numbers = frozenset(partition for _, partition in places)
        missing = {(topic, number) for topic in self._topics for number in numbers} - places
        self.owned, self.assigned = (frozenset(), False) if missing else (numbers, True)
        self._split = f"{min(missing)}" if missing else None
        self.generation += 1

    # What the service calls -------------------------------------------------------------------------------------

    async def start(self) -> None:
        """Join the group; returns when partitions are assigned. Raises whatever the client raises."""
        settings = self._settings
        self._consumer = AIOKafkaConsumer(
            **settings.connection.options(),
            group_id=settings.group,
            # Static membership: an instance that died is itself again at once, not after a session time-out.
            group_instance_id=f"{settings.group}-{settings.instance}",
            client_id=f"{settings.group}-{settings.instance}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            partition_assignment_strategy=(RangePartitionAssignor,),
            session_timeout_ms=settings.session_timeout_ms,
            heartbeat_interval_ms=min(settings.heartbeat_ms, settings.session_timeout_ms // 4),
            # The client would leave the group, and not come back, when nothing was polled for so long: an instance
            # without partitions is to take over at any time, and `stall_ms_max` watches those that have some.
            max_poll_interval_ms=math.inf,
            rebalance_timeout_ms=settings.session_timeout_ms,
            max_poll_records=settings.poll_records_max,
            fetch_min_bytes=1,
            fetch_max_wait_ms=settings.fetch_wait_ms_max,
            fetch_max_bytes=settings.fetch_bytes_max,
            max_partition_fetch_bytes=settings.partition_fetch_bytes_max,
        )
        self._consumer.subscribe(self._topics, listener=self)
        async with asyncio.timeout((settings.session_timeout_ms + settings.connection.request_timeout_ms) / 1000):
            await self._consumer.start()

    async def close(self, *, leave: bool = False) -> None:
        """Stop reading, in bounded time, whatever the broker does.

        `leave` hands our partitions over to the other instances now; else they stay ours until the session ends, for
        an instance that comes back under the same name.
        """
        consumer, self._consumer = self._consumer, None
        self.owned, self.assigned = frozenset(), False
        self.generation += 1
        if consumer is not None:
            if leave:
                leave_when_closed(consumer)
            with suppress(Exception):
                async with asyncio.timeout(CLOSE_S_MAX):
                    await consumer.stop()
                    return
            with suppress(Exception):
                await consumer._client.close()  # noqa: SLF001 — it did not stop: cut its connections

    def check_assignment(self) -> None:
        """Ask the group again when it shares one partition number between instances: a task would miss inputs.

        That passes: an instance that comes back under its name with other topics is first given its old assignment,
        and one that is gone keeps its partitions until its session ends. `PartitionsSplit` when it does not.
        """
        if self._split is None:
            self._split_since_s = None
        elif self._split_since_s is None:
            self._split_since_s = time.monotonic()
            self._consumer._coordinator.request_rejoin()  # noqa: SLF001 — the client has no public way to ask
        elif time.monotonic() - self._split_since_s > SPLIT_SESSIONS_MAX * self._settings.session_timeout_ms / 1000:
            raise PartitionsSplit(
                f"The group {self._settings.group} gave {self._split} to another instance than its other topics: "
                "every instance must run the same program with the range assignor. Stop the others and start again."
            )

    def seek(self, positions: Mapping[Place, int]) -> None:
        for place, offset in positions.items():
            self._consumer.seek(TopicPartition(*place), offset)

    def pause(self, places: Iterable[Place]) -> None:
        self._consumer.pause(*(TopicPartition(*place) for place in places))

    def resume(self, places: Iterable[Place]) -> None:
        self._consumer.resume(*(TopicPartition(*place) for place in places))

    async def poll(self, places: Iterable[Place], wait_ms: int) -> dict[Place, list[Record]]:
        """Records of these places only; `OffsetLost` when the log no longer has the position.

        What fails while partitions move says nothing: the client then reads places that nobody has sought yet.
        """
        wanted, generation = [TopicPartition(*place) for place in places], self.generation
        try:
            async with asyncio.timeout(wait_ms / 1000 + POLL_MARGIN_S):
                found = await self._consumer.getmany(*wanted, timeout_ms=wait_ms)
        except TimeoutError:
            return {}
        except (OffsetOutOfRangeError, NoOffsetForPartitionError, RecordTooLargeError) as error:
            if generation != self.generation:
                return {}
            raise OffsetLost(_lost(error)) from error
        return {(at.topic, at.partition): [_record(one) for one in many] for at, many in found.items()}

    async def report_positions(self, positions: Mapping[Place, int]) -> bool:
        """Tell the group how far we are, for lag tools only; False when it could not be told now."""
        with suppress(Exception):
            async with asyncio.timeout(self._settings.connection.request_timeout_ms / 1000):
                await self._consumer.commit({TopicPartition(*place): offset for place, offset in positions.items()})
                return True
        return False


def _record(read: Any) -> Record:  # noqa: ANN401 — untyped client
    return Record(read.topic, read.partition, read.offset, read.timestamp, read.key, read.value, read.headers)


def _lost(error: Exception) -> str:
    return (
        f"The log does not hold the position that the store names ({error!r}): it was truncated, or retention removed "
        "inputs that were never decided. Going on would lose them silently. Restore a whole back-up, or "
        f"{AFRESH}."
    )
