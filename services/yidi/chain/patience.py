"""Waiting, within a limit, for a Kafka that is about to be there and whole: before a command does its work."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

from aiokafka.errors import KafkaError

from yidi.chain.errors import ChainError
from yidi.runtime.connection import Connection
from yidi.runtime.handshake import refusal
from yidi.runtime.stops import AccessRefused, TooFewBrokers

T = TypeVar("T")
PATIENCE_S: Final = 60.0
LOOK_AGAIN_S: Final = 1.0


async def patiently(
    connection: Connection, limit_s: float | None, work: Callable[[], Awaitable[T]], say: Callable[[str], None]
) -> T:
    """What `work` returns, tried again while Kafka does not answer or has too few brokers, for `limit_s` at most.

    ChainError when that is over; TooFewBrokers when brokers are what it waited for.
    """
    limit, began, said = limit_s or PATIENCE_S, time.monotonic(), False
    while True:
        try:
            return await work()
        except TooFewBrokers:
            if time.monotonic() - began > limit:
                raise
        except (KafkaError, OSError, TimeoutError) as error:
            if words := await refusal(connection):
                raise AccessRefused(words) from error
            if isinstance(error, KafkaError) and not error.retriable:
                raise
            if time.monotonic() - began > limit:
                raise ChainError(
                    f"No Kafka answered at {connection.bootstrap} within {limit:g} s ({type(error).__name__}).",
                    "Check the address and whether it runs, or wait longer with YIDI_WAIT_S.",
                ) from error
        if not said:
            say(f"waiting for Kafka at {connection.bootstrap}")
            said = True
        await asyncio.sleep(LOOK_AGAIN_S)
