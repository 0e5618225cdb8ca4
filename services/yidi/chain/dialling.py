"""Connecting a client to the broker, or saying in words that it is not there."""

import asyncio
from typing import Final, Protocol

from aiokafka.errors import KafkaError

from yidi.chain.errors import ChainError

DIAL_TIMEOUT_S: Final = 30
LOST: Final = (KafkaError, OSError, TimeoutError)
"""How clients say that nobody answers."""


class Client(Protocol):
    """What aiokafka's consumer and producer have in common."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


async def dial(client: Client, bootstrap: str) -> None:
    """Start the client; ChainError when nobody answers, and then nothing of it is left."""
    try:
        await asyncio.wait_for(client.start(), DIAL_TIMEOUT_S)
    except LOST as error:
        await client.stop()
        raise silent(bootstrap) from error


def silent(bootstrap: str) -> ChainError:
    """What is said of a Kafka that does not answer."""
    return ChainError(
        f"Kafka at {bootstrap} does not answer.",
        "Check that the chain runs (`yidi up`) or that --bootstrap names the right HOST:PORT.",
    )
