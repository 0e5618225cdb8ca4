"""Sends the inputs at an even pace, through outages of the broker: what is not acknowledged is sent again."""

import asyncio
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Final

from aiokafka.errors import KafkaError

from yidi.chain.errors import ChainError
from yidi.chain.sender import Message, Sender
from yidi.chaos.inputs import Input
from yidi.runtime.connection import Connection

SLICE_S: Final = 0.1
SEND_S_MAX: Final = 20.0
"""Longer than a broker needs to come back; then a new sender tries the same slice again."""
PAUSE_S: Final = 0.5

Tell = Callable[[int], None]


class Feed:
    """Hands inputs to the broker. Each slice is sent until all of it is acknowledged: at least once, in order."""

    def __init__(self, connection: Connection, partitions: int) -> None:
        self._connection, self._partitions = connection, partitions
        self._sender: Sender | None = None
        self.sent = 0
        self.repeated_slices = 0

    async def send(self, inputs: Iterator[Input], rate: float, tell: Tell = lambda _sent: None) -> None:
        """Send all of them, `rate` a second as far as the broker takes them."""
        clock = asyncio.get_running_loop().time
        began = clock()
        try:
            while messages := [made.message for made in islice(inputs, max(1, round(rate * SLICE_S)))]:
                await self._surely(messages)
                self.sent += len(messages)
                tell(self.sent)
                await asyncio.sleep(max(0.0, began + self.sent / rate - clock()))
        finally:
            await self._close()

    async def _surely(self, messages: list[Message]) -> None:
        while not await self._tried(messages):
            self.repeated_slices += 1
            await self._close()
            await asyncio.sleep(PAUSE_S)

    async def _tried(self, messages: list[Message]) -> bool:
        try:
            async with asyncio.timeout(SEND_S_MAX):
                if self._sender is None:
                    self._sender = await Sender(self._connection, self._partitions).__aenter__()
                await self._sender.send(messages)
        except (KafkaError, OSError, TimeoutError, ChainError):
            return False
        return True

    async def _close(self) -> None:
        sender, self._sender = self._sender, None
        if sender is not None:
            try:
                async with asyncio.timeout(SEND_S_MAX):
                    await sender.__aexit__(None, None, None)
            except (KafkaError, OSError, TimeoutError):
                pass
