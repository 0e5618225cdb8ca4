"""The embedded broker: a real Kafka, started, used, harmed."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import MessageSizeTooLargeError

from tests.broker.conftest import CLOSED
from tests.broker.test_process import PATIENCE_S, gone
from yidi.broker import (
    MESSAGE_BYTES_MAX,
    DataDirectoryBusyError,
    DiskFullError,
    EmbeddedBroker,
    KafkaJarsError,
    NotRunningError,
    PortBusyError,
    SettingError,
    StartFailedError,
    find_running,
)
from yidi.broker.cache import cache_root, kafka_home
from yidi.broker.launch import Launch, await_ready
from yidi.broker.pins import load_pins
from yidi.broker.ports import pick
from yidi.broker.probe import ask
from yidi.broker.process import GuardedProcess

pytestmark = [pytest.mark.kafka, pytest.mark.usefixtures("kafka_bootstrap")]  # which also fills the cache

TOPIC = TopicPartition("letters", 0)
CHAIN = """
import sys, time
from yidi.broker import EmbeddedBroker
broker = EmbeddedBroker(sys.argv[1])
broker.start()
print(broker.pid, flush=True)
time.sleep(600)
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path / "data") as running:
        yield running


async def create_topic(bootstrap: str) -> None:
    """A topic that takes messages up to the named limit."""
    await create_plain_topic(bootstrap, {"max.message.bytes": str(MESSAGE_BYTES_MAX)})


async def create_plain_topic(bootstrap: str, configs: dict[str, str] | None = None) -> None:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(TOPIC.topic, 1, 1, topic_configs=configs or {})])
    finally:
        await admin.close()


async def send(bootstrap: str, *values: bytes) -> None:
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_request_size=MESSAGE_BYTES_MAX
    ) as producer:
        for value in values:
            await producer.send_and_wait(TOPIC.topic, value)


async def read(bootstrap: str) -> list[bytes]:
    """Everything in the topic, up to its end."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, auto_offset_reset="none", max_partition_fetch_bytes=MESSAGE_BYTES_MAX
    )
    async with consumer:
        consumer.assign([TOPIC])
        await consumer.seek_to_beginning(TOPIC)
        end = (await consumer.end_offsets([TOPIC]))[TOPIC]
        values: list[bytes] = []
        while await consumer.position(TOPIC) < end:
            values.append((await consumer.getone()).value)
        return values


async def test_carries_messages_up_to_the_named_limit(broker: EmbeddedBroker):
    """What is produced is consumed, small and nearly as large as allowed."""
    large = os.urandom(MESSAGE_BYTES_MAX - 1024)
    await create_topic(broker.bootstrap)
    await send(broker.bootstrap, b"first", large)
    assert await read(broker.bootstrap) == [b"first", large]


async def test_second_run_keeps_data_and_address_without_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A run after a clean stop finds cluster, topics and port again, with no network in sight."""
    async with EmbeddedBroker(tmp_path) as first:
        await create_topic(first.bootstrap)
        await send(first.bootstrap, b"kept")
        address, cluster = first.bootstrap, cluster_id(first)
    for name in ("YIDI_MAVEN", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, CLOSED)
    async with EmbeddedBroker(tmp_path) as second:
        assert second.bootstrap == address
        assert cluster_id(second) == cluster
        assert await read(second.bootstrap) == [b"kept"]


async def test_fresh_starts_empty(tmp_path: Path):
    """`fresh` makes another cluster with nothing in it; a later restart does not wipe again."""
    async with EmbeddedBroker(tmp_path) as first:
        await create_topic(first.bootstrap)
        cluster = cluster_id(first)
    async with EmbeddedBroker(tmp_path, fresh=True) as second:
        assert cluster_id(second) != cluster
        await create_topic(second.bootstrap)  # would fail if the topic were there
        await send(second.bootstrap, b"new")
        await second.arestart()
        assert await read(second.bootstrap) == [b"new"]


async def test_killed_broker_restarts_on_its_port_with_its_data(broker: EmbeddedBroker):
    """After SIGKILL every acknowledged message is there again, at the same address."""
    await create_topic(broker.bootstrap)
    sent = [b"%d" % number for number in range(50)]
    await send(broker.bootstrap, *sent)
    address = broker.bootstrap
    broker.kill()
    assert not broker.running
    assert await broker.arestart() == address
    assert await read(broker.bootstrap) == sent


async def test_paused_broker_is_silent_and_goes_on(broker: EmbeddedBroker):
    """A frozen broker answers nothing, runs still, and answers again when resumed."""
    await create_topic(broker.bootstrap)
    host, port = broker.bootstrap.split(":")
    broker.pause()
    assert broker.running
    with pytest.raises(TimeoutError):
        ask(host, int(port), timeout_s=0.3)
    broker.resume()
    await send(broker.bootstrap, b"after")
    assert await read(broker.bootstrap) == [b"after"]


def test_paused_broker_can_be_stopped(broker: EmbeddedBroker, monkeypatch: pytest.MonkeyPatch):
    """Stopping a frozen broker ends it cleanly, and stopping twice is harmless."""
    monkeypatch.setattr("yidi.broker.embedded.STOP_TIMEOUT_S", PATIENCE_S)  # else a slow one is killed
    pid = broker.pid
    broker.pause()
    broker.stop()
    broker.stop()
    assert not psutil.pid_exists(pid)
    assert (broker.data_dir / "kafka" / ".kafka_cleanshutdown").exists()


async def test_two_side_by_side_do_not_meet(tmp_path: Path):
    """Two brokers started at once have their own ports, data and clusters."""
    one, two = EmbeddedBroker(tmp_path / "one"), EmbeddedBroker(tmp_path / "two")
    async with asyncio.TaskGroup() as group:
        group.create_task(one.astart())
        group.create_task(two.astart())
    async with one, two:
        assert one.bootstrap != two.bootstrap
        assert cluster_id(one) != cluster_id(two)
        await create_topic(one.bootstrap)
        await create_topic(two.bootstrap)
        await send(one.bootstrap, b"for one")
        assert await read(two.bootstrap) == []


def test_data_in_use_is_refused(broker: EmbeddedBroker):
    """A second broker on the same data is refused, fresh or not, and the first goes on unharmed."""
    cluster = cluster_id(broker)
    with pytest.raises(DataDirectoryBusyError, match=f"process {os.getpid()}"):
        EmbeddedBroker(broker.data_dir, fresh=True).start()
    assert cluster_id(broker) == cluster


def test_busy_port_is_refused_and_leaves_nothing_behind(tmp_path: Path):
    """A demanded port that is taken is an error before anything is written."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(PortBusyError, match=f"Port {port}"):
            EmbeddedBroker(tmp_path / "data", port=port).start()
    assert not (tmp_path / "data").exists()


def test_remembered_port_that_was_taken_gives_way(tmp_path: Path):
    """When somebody else has the remembered port, the next run takes another one."""
    with EmbeddedBroker(tmp_path) as first:
        port = int(first.bootstrap.split(":")[1])
    with socket.create_server(("127.0.0.1", port)), EmbeddedBroker(tmp_path) as second:
        assert second.bootstrap != f"127.0.0.1:{port}"


def test_port_lost_in_the_race_is_chosen_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A port that is taken between choosing and listening costs a second try, no more."""
    chosen: list[int] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:

        def picked(*, avoid: frozenset[int] = frozenset()) -> int:
            chosen.append(pick(avoid=avoid) if chosen else taken.getsockname()[1])
            return chosen[-1]

        monkeypatch.setattr("yidi.broker.ports.pick", picked)
        with EmbeddedBroker(tmp_path) as broker:
            _, _, *later = chosen  # a port for clients and one for the controller, for each try
            assert int(broker.bootstrap.split(":")[1]) in later[::2]


def test_killed_chain_leaves_no_orphan_and_its_data_free(tmp_path: Path):
    """SIGKILL of the chain ends its Kafka, and the next chain takes over the data at once."""
    command = [sys.executable, "-c", CHAIN, str(tmp_path)]
    chain = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 — the text above
    if chain.stdout is None:
        raise AssertionError("asked for a pipe")
    jvm = int(chain.stdout.readline())
    assert psutil.Process(jvm).name() == "java"
    chain.kill()
    chain.communicate()
    with EmbeddedBroker(tmp_path) as heir:
        assert heir.running
    assert gone(jvm)


def test_start_that_fails_tells_the_end_of_the_log(tmp_path: Path):
    """A broker that dies while starting leaves its reason in the error, and nothing running."""
    broker = EmbeddedBroker(tmp_path, overrides={"num.io.threads": "many"})
    with pytest.raises(StartFailedError, match=r"(?s)num\.io\.threads.*start afresh"):
        broker.start()
    assert not broker.running
    with EmbeddedBroker(tmp_path) as mended:
        assert mended.running


def test_broker_that_died_can_be_started_again(broker: EmbeddedBroker):
    """A death from outside is seen, its orders are refused in words, and `start` brings it back."""
    os.kill(broker.pid, signal.SIGKILL)
    deadline = time.monotonic() + PATIENCE_S
    while broker.running and time.monotonic() < deadline:
        time.sleep(0.01)
    with pytest.raises(NotRunningError, match="not running"):
        broker.pause()
    address = broker.bootstrap
    assert broker.start() == address


async def test_cancelled_start_leaves_nothing_running(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Cancelling `astart` returns only when the broker that was starting is gone again."""
    begun, cancelled = threading.Event(), threading.Event()
    spawned: list[int] = []

    def awaited(process: GuardedProcess, launch: Launch, *, timeout_s: float) -> None:
        spawned.append(process.pid)
        begun.set()
        assert cancelled.wait(PATIENCE_S)
        await_ready(process, launch, timeout_s=timeout_s)

    monkeypatch.setattr("yidi.broker.embedded.await_ready", awaited)
    broker = EmbeddedBroker(tmp_path)
    starting = asyncio.create_task(broker.astart())
    assert await asyncio.to_thread(begun.wait, PATIENCE_S)
    starting.cancel()
    await asyncio.sleep(0)  # it hears of it before the start can end
    cancelled.set()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert not broker.running
    assert not any(psutil.pid_exists(pid) for pid in spawned)


def test_running_broker_is_found_by_its_data(broker: EmbeddedBroker, tmp_path: Path):
    """Another process finds the broker while it serves, and nothing before or after, or on other data."""
    assert find_running(broker.data_dir) == broker.bootstrap
    assert find_running(tmp_path / "elsewhere") is None
    broker.stop()
    assert find_running(broker.data_dir) is None


def test_stranger_on_the_remembered_port_is_not_our_broker(broker: EmbeddedBroker, tmp_path: Path):
    """A Kafka of another cluster on the remembered port is not taken for ours."""
    shutil.copy(broker.data_dir / "broker.json", tmp_path)
    notes = tmp_path / "broker.json"
    notes.write_text(notes.read_text().replace(cluster_id(broker) or "", "another-cluster"))
    assert find_running(tmp_path) is None


async def test_named_port_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A demanded free port is the one clients get."""
    monkeypatch.setattr("yidi.broker.ports.LOWEST", 12_000)  # where nobody else picks meanwhile
    monkeypatch.setattr("yidi.broker.ports.HIGHEST", 18_999)
    port = pick()
    async with EmbeddedBroker(tmp_path, port) as broker:
        assert broker.bootstrap == f"127.0.0.1:{port}"


def test_override_reaches_kafka(tmp_path: Path):
    """An override is in force: a smaller message limit refuses what the default takes."""
    with EmbeddedBroker(tmp_path, overrides={"message.max.bytes": "1000"}) as broker:
        asyncio.run(create_plain_topic(broker.bootstrap))
        with pytest.raises(MessageSizeTooLargeError):
            asyncio.run(send(broker.bootstrap, b"x" * 2000))


def test_bad_settings_are_refused_before_anything_happens(tmp_path: Path):
    """Settings are checked when they are given."""
    with pytest.raises(SettingError):
        EmbeddedBroker(tmp_path / "data", overrides={"listeners": "PLAINTEXT://0.0.0.0:9092"})
    with pytest.raises(SettingError):
        EmbeddedBroker(tmp_path / "data", heap_mib=1)
    assert not (tmp_path / "data").exists()


def test_full_disk_is_told_before_anything_starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Without room there is no start, no process, and words that say where to make room."""
    full = shutil.disk_usage(tmp_path)._replace(free=0)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: full)
    with pytest.raises(DiskFullError, match=rf"disk of {tmp_path} is full: 0 MiB are free.*Make room"):
        EmbeddedBroker(tmp_path).start()
    assert children_in(tmp_path) == []


def test_corrupted_jar_is_never_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """With a damaged jar and no network there is no start, only the jar's name and what to do."""
    pins = load_pins()
    cached = kafka_home(cache_root(), pins)
    ours = kafka_home(tmp_path / "cache", pins)
    shutil.copytree(cached / "jars", ours / "jars")
    victim = ours / "jars" / pins.jars[0].name
    victim.write_bytes(victim.read_bytes()[:-1] + b"!")
    monkeypatch.setenv("YIDI_MAVEN", CLOSED)
    with pytest.raises(KafkaJarsError, match=pins.jars[0].name):
        EmbeddedBroker(tmp_path / "data", cache=tmp_path / "cache").start()
    assert not (tmp_path / "data").exists()


def cluster_id(broker: EmbeddedBroker) -> str | None:
    host, port = broker.bootstrap.split(":")
    return ask(host, int(port), timeout_s=PATIENCE_S).cluster_id


def children_in(folder: Path) -> list[int]:
    descendants = psutil.Process().children(recursive=True)
    return [p.pid for p in descendants if p.is_running() and p.name() == "java" and p.cwd() == str(folder)]
