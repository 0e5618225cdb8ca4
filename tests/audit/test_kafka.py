"""The oracle over a real Kafka says what it says over the same logs in memory."""

from collections.abc import AsyncIterator, Iterator

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete

from tests.audit.history import PARTITIONS, History
from tests.audit.plants import audited, drop, failed
from tests.audit.sound import BOB, sound_history
from yidi.audit import Verdict, text_of
from yidi.audit.kafka import AuditStalled, Progress, extents_of, read_kafka, reading, run_audit, topics_of
from yidi.broker import EmbeddedBroker
from yidi.contract import topics
from yidi.runtime.admin import delete_topics
from yidi.runtime.connection import Connection

pytestmark = pytest.mark.kafka

PLAN = topics.plan(["default", "other"], PARTITIONS)
NAMES = [topic.name for topic in PLAN]


async def _write(bootstrap: str, history: History) -> None:
    """Every record to its partition, with its own timestamp."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for records in history.logs.values():
            for record in records:
                await producer.send(
                    record.topic, record.value, record.key, record.partition, record.timestamp_ms, list(record.headers)
                )
        await producer.flush()


@pytest.fixture(scope="module")
def broker(kafka_bootstrap: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A Kafka of the audit's own: it looks at topics by the chain's names, which other tests use too."""
    assert kafka_bootstrap  # Kafka can be had; else this is skipped
    with EmbeddedBroker(tmp_path_factory.mktemp("audit")) as running:
        yield running.bootstrap


@pytest.fixture
async def chain(broker: str) -> AsyncIterator[str]:
    """The chain's topics, empty, and gone afterwards; timestamps are kept as sent, since reports speak of them."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker)
    await admin.start()
    await admin.create_topics([NewTopic(name, PARTITIONS, 1) for name in NAMES])
    await admin.close()
    yield broker
    await delete_topics(Connection(bootstrap=broker), NAMES)


async def test_sound_log_passes(chain: str):
    """What passes in memory passes on Kafka, and the progress reaches the number of records."""
    history = sound_history()
    await _write(chain, history)
    seen: list[Progress] = []
    report = await run_audit(Connection(bootstrap=chain), PLAN, seen.append)
    assert report.verdict is Verdict.PASS, text_of(report)
    assert report == audited(history)
    assert seen[-1].read == seen[-1].total == sum(map(len, history.logs.values()))


async def test_planted_fault_is_found(chain: str):
    """A journal entry that is missing on Kafka is missed; the plan may be left to be found."""
    await _write(chain, sound_history(tamper=drop(topics.JOURNAL, "out-2")))
    assert failed(await run_audit(Connection(bootstrap=chain))) == {"journal"}


async def test_dropped_records_are_unknown(chain: str):
    """Records that retention has dropped make the audit unknown."""
    await _write(chain, sound_history())
    admin = AIOKafkaAdminClient(bootstrap_servers=chain)
    await admin.start()
    place = TopicPartition(topics.ENCOUNTERS, topics.partition_of(BOB.encode(), PARTITIONS))
    await admin.delete_records({place: RecordsToDelete(before_offset=2)})
    await admin.close()
    assert (await run_audit(Connection(bootstrap=chain), PLAN)).verdict is Verdict.UNKNOWN


async def test_growing_log_is_unknown(chain: str):
    """What seems missing while the log still grows is an open question, no failure."""
    await _write(chain, sound_history(tamper=drop(topics.JOURNAL, "out-2")))
    async with reading(Connection(bootstrap=chain)) as consumer:
        names, partitions = await topics_of(Connection(bootstrap=chain), PLAN)
        extents = {number: await extents_of(consumer, names, number) for number in range(partitions)}
        await _write(chain, sound_history())
        report = (await read_kafka(consumer, names, partitions, extents)).report()
    assert report.verdict is Verdict.UNKNOWN, text_of(report)


async def test_no_chain_there(broker: str):
    """A Kafka without the chain's topics is named as that."""
    with pytest.raises(AuditStalled, match="encounters"):
        await run_audit(Connection(bootstrap=broker), PLAN)
