"""Connecting a client to the broker, or saying in words that it is not there."""

import asyncio
from typing import Final, Protocol

from aiokafka.errors import KafkaConnectionError, KafkaError

from yidi.chain.errors import ChainError
from yidi.runtime.connection import Connection
from yidi.runtime.handshake import refusal

DIAL_TIMEOUT_S: Final = 30
"""For each address: the client tries one after the other, and a silent one is not to use up the time of all."""
TRY_AGAIN_S: Final = 0.5
LOST: Final = (KafkaError, OSError, TimeoutError)
"""How clients say that nobody answers."""


class Client(Protocol):
    """What aiokafka's consumer and producer have in common."""

    async def start(self) -> None: ...
    async def stop(self) -> None: ...


async def dial(client: Client, connection: Connection) -> None:
    """Start the client; ChainError when nobody answers or we are not let in.

    Brokers that answer, but have just lost one of them, are asked again. Unless it started, cancelled ones included,
    nothing of it is left.
    """
    try:
        await asyncio.wait_for(_started(client), patience_s(connection))
    except BaseException as error:
        await client.stop()
        if isinstance(error, LOST):
            raise await unanswered(connection) from error
        raise


async def _started(client: Client) -> None:
    while True:
        try:
            return await client.start()
        except KafkaConnectionError:
            raise  # not one address answered
        except KafkaError as error:
            if not error.retriable:
                raise
        await asyncio.sleep(TRY_AGAIN_S)


def patience_s(connection: Connection) -> float:
    """How long a client may take to find a broker that answers."""
    return DIAL_TIMEOUT_S * (connection.bootstrap.count(",") + 1)


async def unanswered(connection: Connection) -> ChainError:
    """What is said of a Kafka that does not answer, or not to us."""
    if words := await refusal(connection):
        return ChainError(words, "What to set is in docs/security.md and docs/settings.md.")
    return ChainError(
        f"Kafka at {connection.bootstrap} does not answer.",
        "Check that the chain runs (`yidi up`) or that --bootstrap names the right HOST:PORT.",
    )
