"""Three embedded brokers as one Kafka: started, used, harmed."""

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.broker.test_process import PATIENCE_S, gone
from yidi.broker import (
    BootstrapError,
    DataDirectoryBusyError,
    DataDirectoryForeignError,
    EmbeddedBroker,
    EmbeddedCluster,
    NotRunningError,
    SettingError,
    check_bootstrap,
    find_running,
)
from yidi.contract.topics import FOREVER_MS, Topic
from yidi.runtime.admin import ensure_topics

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("kafka_bootstrap"), pytest.mark.xdist_group("cluster")]

CHAIN = """
import sys, time
from yidi.broker import EmbeddedCluster
cluster = EmbeddedCluster(sys.argv[1])
cluster.start()
print(*(broker.pid for broker in cluster.brokers), flush=True)
time.sleep(600)
"""


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedCluster]:
    """One cluster for all tests of this module; each leaves it whole."""
    with EmbeddedCluster(tmp_path_factory.mktemp("cluster") / "data") as cluster:
        yield cluster


@pytest.fixture
def cluster(shared: EmbeddedCluster) -> Iterator[EmbeddedCluster]:
    yield shared
    shared.start()
    shared.await_in_sync()


async def letters(cluster: EmbeddedCluster, tag: str) -> Topic:
    topic = Topic(f"letters.{tag}", (), "test", "test", "none", 1, FOREVER_MS, 1 << 20)
    await ensure_topics(cluster.connection, [topic], replication=cluster.replication, min_insync=cluster.min_insync)
    return topic


async def send(producer: AIOKafkaProducer, topic: Topic, numbers: range) -> None:
    for number in numbers:
        await producer.send_and_wait(topic.name, b"%d" % number)


async def read(bootstrap: str, topic: Topic) -> list[int]:
    part = TopicPartition(topic.name, 0)
    async with AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False) as consumer:
        consumer.assign([part])
        await consumer.seek_to_beginning(part)
        (end,) = (await consumer.end_offsets([part])).values()
        found: list[int] = []
        while await consumer.position(part) < end:
            batches = await consumer.getmany(timeout_ms=500)
            found += [int(record.value) for records in batches.values() for record in records]
    return found


def producer_of(cluster: EmbeddedCluster) -> AIOKafkaProducer:
    return AIOKafkaProducer(bootstrap_servers=cluster.bootstrap, acks="all", enable_idempotence=True)


async def test_what_was_acknowledged_survives_any_one_broker(cluster: EmbeddedCluster):
    """Messages sent while one broker after the other is killed are there once each, in order."""
    topic = await letters(cluster, "kills")
    async with producer_of(cluster) as producer:
        for turn, broker in enumerate(cluster.brokers):
            await send(producer, topic, range(turn * 20, turn * 20 + 10))
            broker.kill()
            await send(producer, topic, range(turn * 20 + 10, turn * 20 + 20))
            await asyncio.to_thread(broker.start)
            await asyncio.to_thread(cluster.await_in_sync)
    assert await read(cluster.bootstrap, topic) == list(range(60))


async def test_two_of_three_down_take_nothing(cluster: EmbeddedCluster):
    """Without a majority nothing is acknowledged; what was is there when they are back."""
    topic = await letters(cluster, "majority")
    async with producer_of(cluster) as producer:
        await send(producer, topic, range(5))
        for broker in cluster.brokers[1:]:
            broker.kill()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await producer.send_and_wait(topic.name, b"99")
        await asyncio.to_thread(cluster.start)
        await send(producer, topic, range(5, 10))
    found = await read(cluster.bootstrap, topic)
    assert [number for number in found if number != 99] == list(range(10))
    assert found.count(99) <= 1


async def test_rolling_restart_goes_on_taking(cluster: EmbeddedCluster):
    """While every broker is restarted in turn, messages are taken; each is there once, in order."""
    topic = await letters(cluster, "rolling")
    async with producer_of(cluster) as producer:
        rolling = asyncio.create_task(cluster.arolling_restart())
        sent = 0
        while not rolling.done() or sent == 0:
            await send(producer, topic, range(sent, sent + 10))
            sent += 10
        await rolling
    assert await read(cluster.bootstrap, topic) == list(range(sent))


def test_one_frozen_broker_is_left_out(cluster: EmbeddedCluster):
    """A broker that answers nothing is missed, and belongs to it again once it goes on."""
    cluster.brokers[2].pause()
    try:
        with pytest.raises(NotRunningError, match="does not answer"):
            cluster.behind()
    finally:
        cluster.brokers[2].resume()
    cluster.await_in_sync()


def test_address_of_a_dead_one_among_others_is_no_harm(cluster: EmbeddedCluster):
    """Of several addresses one that answers is enough; of none, the refusal names the first."""
    assert check_bootstrap(cluster.bootstrap, timeout_s=PATIENCE_S) == cluster.bootstrap
    assert check_bootstrap(f"127.0.0.1:9,{cluster.bootstrap}", timeout_s=PATIENCE_S).startswith("127.0.0.1:9,")
    with pytest.raises(BootstrapError, match="nothing listens there"):
        check_bootstrap("127.0.0.1:9,127.0.0.1:10", timeout_s=PATIENCE_S)
    assert find_running(cluster.data_dir) == cluster.bootstrap


def test_directory_in_use_and_other_forms_are_refused(cluster: EmbeddedCluster, tmp_path: Path):
    """Neither a second cluster, nor a single broker, nor another number of brokers gets this data."""
    for second in (EmbeddedCluster(cluster.data_dir), EmbeddedBroker(cluster.data_dir)):
        with pytest.raises(DataDirectoryBusyError, match="in use by another running chain"):
            second.start()
    with EmbeddedBroker(tmp_path / "one"):
        pass
    with pytest.raises(DataDirectoryForeignError, match="holds the data of one broker, asked for 3 brokers"):
        EmbeddedCluster(tmp_path / "one").start()


def test_a_cluster_of_one_is_refused():
    """One broker is `EmbeddedBroker`; a hundred are too many for one machine."""
    for size in (1, 100):
        with pytest.raises(SettingError, match="best for 3"):
            EmbeddedCluster("nowhere", size)


def test_ports_and_cluster_are_kept_and_nobody_outlives_the_chain(tmp_path: Path):
    """A killed chain leaves no JVM behind; the next one has the same addresses, data and id; fresh ones begin anew."""
    data = tmp_path / "data"
    with subprocess.Popen(  # noqa: S603 — our own program
        [sys.executable, "-c", CHAIN, str(data)], stdout=subprocess.PIPE, text=True
    ) as chain:
        assert chain.stdout is not None
        jvms = [int(pid) for pid in chain.stdout.readline().split()]
        chain.send_signal(signal.SIGKILL)
    assert all(gone(pid) for pid in jvms)
    ports = [EmbeddedCluster(data)._data.of_member(node).remembered() for node in (1, 2, 3)]
    with EmbeddedCluster(data) as again:
        assert again.bootstrap == ",".join(f"127.0.0.1:{memory.port}" for memory in ports if memory)
        cluster_id = again._data.remembered()
    with EmbeddedBroker(data, fresh=True) as single:
        assert single._data.remembered() != cluster_id
        assert not list(data.glob("broker-[0-9]*"))
