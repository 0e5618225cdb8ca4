"""Asks where topics end, on a connection of its own: a fetch in flight would hold the question up."""

import asyncio
from collections.abc import Collection, Iterable
from contextlib import suppress
from typing import Any, Final

from aiokafka import AIOKafkaConsumer, TopicPartition

from yidi.contract.access import Grant
from yidi.runtime.connection import Connection
from yidi.runtime.health import Place
from yidi.runtime.rights import hindrance

ANSWER_S_MAX: Final = 3.0
"""The client asks again by itself for as long as it may; health is to show an outage sooner."""


class Probe:
    """End offsets of topic-partitions. Every failure of the client is raised as OSError; the next call tries anew."""

    def __init__(self, connection: Connection, rights: Collection[Grant] = ()) -> None:
        self._connection = connection
        self._rights = rights
        self._client: Any = None
        self._turn = asyncio.Lock()

    async def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        """The offset after the last record of each place, as of some moment after the call."""
        wanted = [TopicPartition(*place) for place in places]
        async with self._turn:
            try:
                async with asyncio.timeout(ANSWER_S_MAX):
                    client = await self._started()
                    found = await client.end_offsets(wanted)
            except Exception as error:
                await self._close()
                where = self._connection.bootstrap
                raise OSError(f"Kafka at {where} does not say where topics end: {error!r}") from error
        return {(at.topic, at.partition): offset for at, offset in found.items()}

    @property
    def guarded(self) -> bool:
        """Whether the Kafka may have something against us: it asks who we are."""
        return self._connection.security.security_protocol != "PLAINTEXT"

    async def hindrance(self) -> str | None:
        """What it has against us, in words; None when nothing, or when it does not answer at all."""
        return await hindrance(self._connection, self._rights)

    async def close(self) -> None:
        async with self._turn:
            await self._close()

    async def _started(self) -> Any:  # noqa: ANN401 — untyped client
        if self._client is None:
            self._client = AIOKafkaConsumer(
                **self._connection.options(), group_id=None, enable_auto_commit=False, auto_offset_reset="none"
            )
            await self._client.start()
        return self._client

    async def _close(self) -> None:
        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                async with asyncio.timeout(1):
                    await client.stop()
