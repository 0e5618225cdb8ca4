"""Who is in a consumer group, and how its partitions are written for people."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from yidi.runtime.groups import Member, members, spans

PARTITIONS = 4
PATIENCE_S = 60


@pytest.mark.parametrize(
    ("numbers", "words"), [((), ""), ((3,), "3"), ((0, 1, 2, 3), "0–3"), ((0, 1, 4, 6, 7), "0–1, 4, 6–7")]
)
def test_spans(numbers: tuple[int, ...], words: str) -> None:
    """Numbers that follow each other are one span."""
    assert spans(numbers) == words


@asynccontextmanager
async def instances(bootstrap: str, group: str, topic: str, *names: str) -> AsyncIterator[None]:
    """Consumers of the group, named as a service's instances are."""
    async with AsyncExitStack() as stack:
        for name in names:
            consumer = AIOKafkaConsumer(
                topic,
                bootstrap_servers=bootstrap,
                group_id=group,
                client_id=f"{group}-{name}",
                enable_auto_commit=False,
            )
            await stack.enter_async_context(consumer)
        yield


@pytest.mark.kafka
async def test_members(kafka_bootstrap: str) -> None:
    """Every instance by its name with the partitions it holds, each partition held once; an empty group has nobody."""
    topic = group = f"groups-{uuid4().hex}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka_bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(topic, PARTITIONS, 1)])
        async with instances(kafka_bootstrap, group, topic, "east", "west"), asyncio.timeout(PATIENCE_S):
            while not (found := settled(await members(admin, group))):  # noqa: ASYNC110 — it happens in Kafka
                await asyncio.sleep(0.2)
        assert await members(admin, group) == []
    finally:
        await admin.close()

    assert [member.instance for member in found] == ["east", "west"]
    assert sorted(number for member in found for number in member.partitions) == list(range(PARTITIONS))


def settled(found: list[Member]) -> list[Member]:
    """The members once each of two holds something."""
    return found if len(found) == 2 and all(member.partitions for member in found) else []
