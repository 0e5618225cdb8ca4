"""A little of every traffic the chain makes, so that the class archive knows the ways the broker will go."""

import asyncio
import logging

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError

from yidi.broker.errors import StartFailedError

TOPIC = "training"
RECORDS = 200
PARTITIONS = 4
TIMEOUT_S = 30.0


async def serve_a_little(bootstrap: str) -> None:
    """Create a topic, produce, consume in a group. Raises `StartFailedError` if the broker does not follow."""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    try:
        await asyncio.wait_for(_serve(bootstrap), TIMEOUT_S)
    except (KafkaError, TimeoutError, AssertionError) as error:
        raise StartFailedError(f"the training traffic failed: {error!r}") from error


async def _serve(bootstrap: str) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC, PARTITIONS, 1)])
    finally:
        await admin.close()
    await _produce(bootstrap)
    await _consume(bootstrap)


async def _produce(bootstrap: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, enable_idempotence=True, acks="all") as producer:
        for number in range(RECORDS):
            sent = await producer.send(TOPIC, b"x" * 500, key=b"%d" % number)
            await sent


async def _consume(bootstrap: str) -> None:
    consumer = AIOKafkaConsumer(
        TOPIC,
        bootstrap_servers=bootstrap,
        group_id=TOPIC,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
    )
    async with consumer:
        seen = 0
        while seen < RECORDS:
            batches = await consumer.getmany(timeout_ms=1000)
            seen += sum(len(batch) for batch in batches.values())
        await consumer.commit()
