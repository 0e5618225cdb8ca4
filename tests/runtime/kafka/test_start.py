"""What a service refuses at its start, in words that say what to do."""

from dataclasses import replace
from pathlib import Path

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.admin.records_to_delete import RecordsToDelete

from tests.runtime.kafka.stage import Stage, child, line_of, serving, unlocked
from tests.runtime.plans import BYTES_MAX, small
from tests.runtime.relay import Relay
from yidi.broker import EmbeddedBroker
from yidi.contract.topics import DAY_MS, FOREVER_MS, Topic
from yidi.runtime.admin import administering, delete_topics, ensure_topics, identify
from yidi.runtime.connection import Connection
from yidi.runtime.stops import OffsetLost, TopicsDiffer
from yidi.runtime.store import Changes, StoreBusy, StoreMismatch
from yidi.runtime.topic_settings import Difference, differences, mend

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
    with pytest.raises(TopicsDiffer, match=r"has 3 partitions, the plan says 5.*delete topics and stores"):
        await ensure_topics(stage.connection, plan)
    with pytest.raises(TopicsDiffer, match="has 3 partitions, the plan says 5"):
        await identify(stage.connection, plan)


async def test_topic_that_takes_less_than_the_plan_is_refused(stage: Stage) -> None:
    """A message that its topic will never take would block the outbox for ever: found out at the start."""
    plan = [replace(topic, message_bytes_max=topic.message_bytes_max + 1) for topic in stage.names.plan]
    with pytest.raises(TopicsDiffer, match=r"the plan says .* raise the topic's max.message.bytes"):
        await identify(stage.connection, plan)


def kept(stage: Stage, retention_ms: int, bytes_max: int = BYTES_MAX) -> list[Topic]:
    """The topics of this test alone, with a retention and a size."""
    own = [topic for topic in stage.names.plan if topic.name != stage.names.errors]
    return [replace(topic, retention_ms=retention_ms, message_bytes_max=bytes_max) for topic in own]


async def test_topic_kept_for_ever_that_forgets_is_refused(stage: Stage) -> None:
    """Nobody shortens what the plan keeps for ever, and goes unnoticed."""
    await ensure_topics(stage.connection, kept(stage, DAY_MS), shorten=True)
    with pytest.raises(TopicsDiffer, match=r"kept for ever by the plan, and is set to forget \(retention.ms"):
        await identify(stage.connection, kept(stage, FOREVER_MS))


async def test_settings_of_an_older_plan_are_brought_up_to_date(stage: Stage) -> None:
    """Topics of an older release take larger messages and keep longer when the plan says so, and it is told."""
    older = [small(f"{topic.name}.old") for topic in kept(stage, DAY_MS)]
    older = [replace(topic, retention_ms=DAY_MS) for topic in older]
    await ensure_topics(stage.connection, older)
    newer = [replace(topic, retention_ms=2 * DAY_MS, message_bytes_max=BYTES_MAX + 1) for topic in older]
    said = await ensure_topics(stage.connection, newer, min_insync=1)
    assert len(said) == 2 * len(newer)
    assert any(f"{older[0].name}: retention.ms {DAY_MS} → {2 * DAY_MS}" in line for line in said)
    await identify(stage.connection, newer)
    assert await ensure_topics(stage.connection, newer, min_insync=1) == []


async def test_nothing_is_forgotten_unasked(stage: Stage) -> None:
    """A plan that keeps less, or takes less, changes a topic only as far as somebody asked for it."""
    plan = kept(stage, DAY_MS, BYTES_MAX - 1)
    assert await ensure_topics(stage.connection, plan) == []
    said = await ensure_topics(stage.connection, plan, shorten=True)
    assert len(said) == len(plan)
    assert all("retention.ms" in one for one in said)


async def test_an_operators_own_setting_stays(stage: Stage) -> None:
    """Bringing a topic to the plan touches no setting that the plan does not name."""
    topic = stage.names.plan[0]
    own = {"segment.bytes": "1048576"}
    async with administering(stage.connection) as admin:
        await mend(admin, [Difference(topic.name, name, "", value) for name, value in own.items()])
        await ensure_topics(stage.connection, [replace(topic, message_bytes_max=topic.message_bytes_max + 1)])
        assert await differences(admin, {topic.name: own}) == []


async def test_more_copies_than_brokers_are_refused(stage: Stage) -> None:
    """One broker cannot keep three copies: said in words, before a topic is made, and for topics that exist."""
    with pytest.raises(TopicsDiffer, match=r"cannot keep 3 copies .* Start more brokers"):
        await ensure_topics(stage.connection, [small(f"{stage.names.asks}.copies")], replication=3)
    with pytest.raises(TopicsDiffer, match=r"has 1 of the 3 copies asked for"):
        await ensure_topics(stage.connection, stage.names.plan, replication=3)


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
    with unlocked(stage.settings()) as store:
        store.take_over(0)
        with store.transaction() as transaction:
            transaction.write(0, Changes({stage.names.asks: 1_000}))
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
