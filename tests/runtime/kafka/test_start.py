"""What a service refuses at its start, in words that say what to do."""

from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from tests.runtime.kafka.stage import Stage, child, line_of, serving
from tests.runtime.plans import small
from yidi.broker import EmbeddedBroker
from yidi.runtime.admin import delete_topics, ensure_topics, identify
from yidi.runtime.connection import Connection
from yidi.runtime.relay import Relay
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.stops import OffsetLost, TopicsDiffer
from yidi.runtime.store import Changes, StoreBusy, StoreMismatch

pytestmark = pytest.mark.kafka


async def test_another_cluster_under_an_old_store_is_refused(stage: Stage, tmp_path: Path) -> None:
    """A store goes with the Kafka it was made with: its positions mean nothing elsewhere."""
    async with serving(stage):
        pass
    async with EmbeddedBroker(tmp_path / "other") as other:
        stage.connection = Connection(bootstrap=other.bootstrap)
        await ensure_topics(stage.connection, stage.names.plan)
        with pytest.raises(StoreMismatch, match=r"belongs to Kafka cluster .* --fresh"):
            async with serving(stage):
                pass


async def test_topic_made_anew_is_refused(stage: Stage) -> None:
    """A topic of the same name with another id begins at offset 0 again: the store's position would skip inputs."""
    async with serving(stage):
        pass
    await delete_topics(stage.connection, [stage.names.asks])
    await ensure_topics(stage.connection, stage.names.plan)
    with pytest.raises(StoreMismatch, match=rf"Topic {stage.names.asks} was deleted and made anew"):
        async with serving(stage):
            pass


async def test_other_partition_count_is_refused(stage: Stage) -> None:
    """A count that differs from the plan is refused, before anything is created or read."""
    plan = [small(stage.names.asks, 5)]
    with pytest.raises(TopicsDiffer, match="has 3 partitions, the plan says 5"):
        await ensure_topics(stage.connection, plan)
    with pytest.raises(TopicsDiffer, match="has 3 partitions, the plan says 5"):
        await identify(stage.connection, plan)


async def test_topic_that_takes_less_than_the_plan_is_refused(stage: Stage) -> None:
    """A message that its topic will never take would block the outbox for ever: found out at the start."""
    plan = [replace(topic, message_bytes_max=topic.message_bytes_max + 1) for topic in stage.names.plan]
    with pytest.raises(TopicsDiffer, match=r"the plan says .* raise the topic's max.message.bytes"):
        await ensure_topics(stage.connection, plan)


async def test_missing_topic_is_named(stage: Stage) -> None:
    """A service does not start without its topics, and says which one is missing."""
    await delete_topics(stage.connection, [stage.names.answers])
    with pytest.raises(TopicsDiffer, match=rf"Topic {stage.names.answers} does not exist"):
        async with serving(stage):
            pass


async def test_topics_are_made_once(stage: Stage) -> None:
    """Ensuring topics that exist changes nothing."""
    before = await identify(stage.connection, stage.names.plan)
    await ensure_topics(stage.connection, stage.names.plan)
    assert await identify(stage.connection, stage.names.plan) == before


async def test_second_instance_on_an_embedded_store_is_refused(stage: Stage) -> None:
    """Two services cannot share one embedded store; the words name the process that holds it."""
    async with serving(stage):
        with pytest.raises(StoreBusy, match="in use by process"):
            async with serving(stage):
                pass


async def test_lost_offset_stops_in_words(stage: Stage) -> None:
    """When the log no longer holds the position, the service stops instead of skipping inputs."""
    await stage.send(30)
    async with serving(stage):
        await stage.until_all_answered()
    await stage.send(30)
    await truncate(stage.connection.bootstrap, stage.names.asks, 0, 15)
    with pytest.raises(OffsetLost, match="does not hold the position"):
        async with serving(stage) as service:
            await service


async def test_position_beyond_the_end_stops_in_words(stage: Stage) -> None:
    """A log that ends before the position has lost what was decided on: the service stops."""
    store = SqliteStore(stage.store)
    store.take_over(0)
    with store.transaction() as transaction:
        transaction.write(0, Changes({stage.names.asks: 1_000}))
    store.close()
    with pytest.raises(OffsetLost, match="does not hold the position"):
        async with serving(stage) as service:
            await service


async def test_first_start_after_a_truncation_stops_too(stage: Stage) -> None:
    """A store without a position starts at 0, and does not jump to where the log happens to begin."""
    await stage.send(30)
    await truncate(stage.connection.bootstrap, stage.names.asks, 0, 5)
    with pytest.raises(OffsetLost):
        async with serving(stage) as service:
            await service


async def test_ready_is_said_only_with_the_store_open(stage: Stage) -> None:
    """A child says ready after it has taken its partitions over."""
    async with child(stage) as process:
        await line_of(process, "step taken over")
        await line_of(process, "ready")


async def truncate(bootstrap: str, topic: str, partition: int, before: int) -> None:
    """Delete the records before an offset, as retention would."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.delete_records({TopicPartition(topic, partition): RecordsToDelete(before_offset=before)})
    finally:
        await admin.close()


async def test_service_may_read_more_topics_than_before(stage: Stage) -> None:
    """A restart under the same name with one more input is given that input too, from its beginning."""
    await stage.send(30)
    async with serving(stage):
        await stage.until_all_answered()
    routes = {stage.names.asks: stage.names.answers, stage.names.more: stage.names.answers}
    stage.relay = lambda: Relay("hospital", routes)  # type: ignore[method-assign]
    await stage.send(30, stage.names.more)
    async with serving(stage):
        await stage.until_all_answered()
    await stage.check_exactly_once()
