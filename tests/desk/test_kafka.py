"""The desk's side of Kafka: a desk that is asked to end while a call is answered ends."""

import asyncio
from typing import Any

import pytest
from aiokafka import TopicPartition

from yidi.desk import kafka
from yidi.runtime.connection import Connection

PART = TopicPartition("errors.hospital", 0)


class Consumer:
    """A client whose answer the test gives."""

    def __init__(self, **_options: Any) -> None:
        self.answer: asyncio.Future[dict[TopicPartition, int]] = asyncio.get_running_loop().create_future()

    async def end_offsets(self, _parts: object) -> dict[TopicPartition, int]:
        return await self.answer


@pytest.fixture
def consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kafka, "AIOKafkaConsumer", Consumer)


@pytest.mark.usefixtures("consumer")
@pytest.mark.parametrize("turns", range(4))
async def test_cancelled_as_the_answer_comes(turns: int) -> None:
    """A cancellation in the same moment as an answer is not swallowed, or the loop around it would never end."""
    tail = kafka.Tail(Connection(bootstrap="nowhere:1"))

    async def ask() -> None:
        await tail.ends([PART])
        await asyncio.Event().wait()

    asking = asyncio.create_task(ask())
    for _ in range(3):
        await asyncio.sleep(0)
    tail._consumer.answer.set_result({PART: 1})
    for _ in range(turns):
        await asyncio.sleep(0)
    asking.cancel()
    for _ in range(4):
        await asyncio.sleep(0)

    assert asking.cancelled()
