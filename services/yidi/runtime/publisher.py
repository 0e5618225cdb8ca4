"""Publishes outbox chunks: in order, every acknowledgement awaited, again after a failure with a new producer."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Any, Final

import structlog
from aiokafka import AIOKafkaProducer

from yidi.runtime.batch import Step, no_step
from yidi.runtime.connection import Connection
from yidi.runtime.health import Health
from yidi.runtime.limits import BATCH_BYTES_MAX
from yidi.runtime.message import Chunk, Message
from yidi.runtime.metrics import Metrics

RETRY_S_MIN: Final = 0.1
RETRY_S_MAX: Final = 5.0
CLOSE_S_MAX: Final = 2.0
"""A producer is given this long to close; then its connections are cut."""
QUIET_FAILURES: Final = 3
"""A topic just created answers with errors for a moment: so many failures in a row are no trouble yet."""

_log: Any = structlog.get_logger()


class Lane:
    """The messages for one topic-partition, in order, and how many of them are acknowledged."""

    __slots__ = ("acknowledged", "messages", "partition", "topic")

    def __init__(self, topic: str, partition: int) -> None:
        self.topic = topic
        self.partition = partition
        self.messages: list[Message] = []
        self.acknowledged = 0

    @property
    def done(self) -> bool:
        return self.acknowledged == len(self.messages)


class Publisher:
    """One idempotent producer at a time. Call `publish` for one batch of chunks after the other, never two at once.

    Guarantee: first occurrences in a topic-partition have the order of the outbox. A message may occur again, with
    the same bytes, when its acknowledgement was lost. `publish` returns only when the broker has everything.
    """

    def __init__(self, connection: Connection, metrics: Metrics, health: Health, step: Step = no_step) -> None:
        self._connection = connection
        self._metrics = metrics
        self._health = health
        self._step = step
        self._producer: Any = None

    async def publish(self, chunks: Sequence[Chunk]) -> None:
        """Publish all messages; tries until it succeeds, with back-off, or is cancelled."""
        lanes = lanes_of(chunks)
        failures = 0
        while not await self._tried(lanes, failures):
            failures += 1
            await asyncio.sleep(min(RETRY_S_MIN * 2**failures, RETRY_S_MAX))
        self._health.trouble("publish", None)
        self._metrics.published.inc(sum(len(lane.messages) for lane in lanes))

    async def close(self) -> None:
        """Close the producer for good or for a new one. Nothing it had in flight is sent after this returns."""
        producer, self._producer = self._producer, None
        if producer is not None:
            await close(producer)

    async def _tried(self, lanes: Sequence[Lane], failures: int) -> bool:
        try:
            await self._send(lanes)
        except Exception as error:  # noqa: BLE001 — the client raises AssertionError and OSError beside its own
            await self._failed(error, failures)
            return False
        return True

    async def _failed(self, error: Exception, failures: int) -> None:
        self._metrics.retries.inc()
        if failures >= QUIET_FAILURES:
            self._health.trouble("publish", f"{type(error).__name__}: {error}")
            _log.warning("publishing failed, trying again", error=repr(error), failures=failures + 1)
        await self.close()  # else a batch still in flight could arrive after its repetition

    async def _send(self, lanes: Sequence[Lane]) -> None:
        if self._producer is None:
            self._producer = await self._started()
        waiting = [self._send_lane(lane) for lane in lanes if not lane.done]
        results = await asyncio.gather(*waiting, return_exceptions=True)
        for result in results:
            if isinstance(result, BaseException):
                raise result

    async def _send_lane(self, lane: Lane) -> None:
        """One batch after the other: the next one is sent when the one before is acknowledged."""
        while not lane.done:
            batch, count = self._filled(lane)
            async with asyncio.timeout(2 * self._connection.request_timeout_ms / 1000):
                acknowledgement = await self._producer.send_batch(batch, lane.topic, partition=lane.partition)
                self._step("sent")
                await acknowledgement
            lane.acknowledged += count
            self._step("batch acknowledged")

    def _filled(self, lane: Lane) -> tuple[Any, int]:
        batch = self._producer.create_batch()
        count = 0
        for message in lane.messages[lane.acknowledged :]:
            fits = batch.append(key=message.key, value=message.value, timestamp=None, headers=list(message.headers))
            if fits is None:
                break
            count += 1
        if not count:
            raise ValueError(f"a message for {lane.topic} does not fit into an empty batch")
        return batch, count

    async def _started(self) -> Any:  # noqa: ANN401 — untyped client
        producer = AIOKafkaProducer(
            **self._connection.options(),
            acks="all",
            enable_idempotence=True,
            max_batch_size=BATCH_BYTES_MAX,
            linger_ms=0,
        )
        try:
            async with asyncio.timeout(self._connection.request_timeout_ms / 1000):
                await producer.start()
        except BaseException:
            await _cut(producer)
            raise
        return producer


def lanes_of(chunks: Sequence[Chunk]) -> list[Lane]:
    lanes: dict[tuple[str, int], Lane] = {}
    for chunk in chunks:
        for message in chunk.messages:
            place = (message.topic, message.partition)
            lane = lanes.get(place)
            if lane is None:
                lane = lanes[place] = Lane(*place)
            lane.messages.append(message)
    return list(lanes.values())


async def close(producer: Any) -> None:  # noqa: ANN401 — untyped client
    """Close a producer within CLOSE_S_MAX, or cut it off; nothing it had in flight is sent after this returns."""
    with suppress(Exception):
        async with asyncio.timeout(CLOSE_S_MAX):
            await producer.stop()
            return
    await _cut(producer)


async def _cut(producer: Any) -> None:  # noqa: ANN401 — untyped client
    """Close a producer that does not answer: connections first, so that nothing in flight leaves any more."""
    producer._closed = True  # noqa: SLF001 — stop() would wait for a delivery that cannot come
    sender = producer._sender.sender_task  # noqa: SLF001
    if sender is not None:
        sender.cancel()
    with suppress(Exception):
        await producer.client.close()
    if sender is not None:
        with suppress(Exception, asyncio.CancelledError):
            async with asyncio.timeout(CLOSE_S_MAX):
                await sender
