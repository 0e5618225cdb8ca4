"""Sending into the chain from outside: encounters of the hospital's own system, changes for the registry."""

import asyncio
import contextlib
from collections.abc import Iterable
from types import TracebackType
from typing import Final, NamedTuple, Self

from aiokafka import AIOKafkaProducer

from yidi.chain.dialling import dial
from yidi.chain.errors import NoAnswer
from yidi.contract.topics import ENCOUNTER_BYTES_MAX, REGISTRY_REQUEST_BYTES_MAX, partition_of
from yidi.runtime.connection import Connection
from yidi.runtime.decider import Headers

STOP_TIMEOUT_S: Final = 5
IN_FLIGHT_MAX: Final = 5_000
"""Sends that wait for their acknowledgement at once; more would only be memory."""
LINGER_MS: Final = 2
"""Small enough not to be felt by one bill, large enough to fill batches under load."""


class Message(NamedTuple):
    """One message to send; its partition follows from the key by murmur2, unless a wrong one is wanted."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()
    partition: int | None = None


class Sender:
    """An async context around one idempotent producer. `send` returns once the broker has acknowledged everything.

    A broker that takes nothing (its disk is full, its replicas are gone) is waited for `patience_s` seconds,
    then `NoAnswer` says so: the client itself would try for ever.
    """

    def __init__(self, connection: Connection, partitions: int, patience_s: float | None = None) -> None:
        self._connection = connection
        self._partitions = partitions
        self._patience_s = patience_s
        self._producer = AIOKafkaProducer(
            **connection.options(),
            enable_idempotence=True,
            acks="all",
            linger_ms=LINGER_MS,
            max_batch_size=256 * 1024,
            max_request_size=max(ENCOUNTER_BYTES_MAX, REGISTRY_REQUEST_BYTES_MAX),
        )

    async def __aenter__(self) -> Self:
        await dial(self._producer, self._connection)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(TimeoutError):  # what is not acknowledged by then has nobody to acknowledge it
            await asyncio.wait_for(self._producer.stop(), STOP_TIMEOUT_S)

    async def send(self, messages: Iterable[Message]) -> int:
        """Send all, in order per partition, and wait for every acknowledgement; returns how many."""
        try:
            async with asyncio.timeout(self._patience_s):
                return await self._send(messages)
        except TimeoutError as error:
            raise NoAnswer(
                f"The Kafka at {self._connection.bootstrap} did not take what was sent within {self._patience_s:g} s.",
                "See whether its disk is full and its log. Sending the same again is safe, whether it arrived or not.",
            ) from error

    async def _send(self, messages: Iterable[Message]) -> int:
        sent = 0
        waiting: list[asyncio.Future[object]] = []
        for message in messages:
            waiting.append(await self.post(message))
            sent += 1
            if len(waiting) >= IN_FLIGHT_MAX:
                await asyncio.gather(*waiting)
                waiting.clear()
        await asyncio.gather(*waiting)
        return sent

    async def post(self, message: Message) -> asyncio.Future[object]:
        """Hand one message to the producer; the future is done when the broker has acknowledged it."""
        named = message.partition
        future: asyncio.Future[object] = await self._producer.send(
            message.topic,
            value=message.value,
            key=message.key,
            partition=partition_of(message.key, self._partitions) if named is None else named,
            headers=list(message.headers),
        )
        return future
