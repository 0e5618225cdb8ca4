"""Sending into a chain from outside."""

import asyncio
from typing import Any

import pytest

from yidi.chain.errors import NoAnswer
from yidi.chain.sender import Message, Sender
from yidi.contract import topics
from yidi.runtime.connection import Connection

NEWS = [Message(topics.ENCOUNTERS, b"person", b"value")]


class FullBroker:
    """A producer whose broker answers and acknowledges nothing, or all."""

    def __init__(self, *, takes: bool) -> None:
        self._takes = takes

    async def send(self, *_: Any, **__: Any) -> asyncio.Future[object]:
        future: asyncio.Future[object] = asyncio.get_running_loop().create_future()
        if self._takes:
            future.set_result(None)
        return future


def sender(*, takes: bool, patience_s: float | None) -> Sender:
    made = Sender(Connection(bootstrap="127.0.0.1:1"), 4, patience_s)
    made._producer = FullBroker(takes=takes)  # type: ignore[assignment]
    return made


async def test_a_broker_that_takes_nothing_is_not_waited_for_for_ever() -> None:
    """The patience that the user named ends it, with what is to be done; what arrived is unknown, hence exit code 4."""
    with pytest.raises(NoAnswer, match=r"did not take what was sent within 0\.05 s") as told:
        await sender(takes=False, patience_s=0.05).send(NEWS)
    assert told.value.exit_code == 4


async def test_what_is_acknowledged_is_counted() -> None:
    """With as much patience as there is, every acknowledged message counts."""
    assert await sender(takes=True, patience_s=None).send(NEWS * 3) == 3
