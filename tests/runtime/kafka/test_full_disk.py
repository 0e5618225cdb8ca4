"""Kafka's own disk without room: services show it, lose nothing, and go on once there is room and Kafka is back."""

import asyncio
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from tests.runtime.kafka.stage import Stage, serving, until
from tests.runtime.plans import small
from yidi.broker import DiskFullError, EmbeddedBroker
from yidi.runtime.admin import ensure_topics
from yidi.runtime.health import Health

pytestmark = pytest.mark.kafka

DISK_MIB = 96
STOP_S_MAX = 2


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A small disk of its own; skips in words where nothing may be mounted."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(  # noqa: S603 — the system's own program
        ["mount", "-t", "tmpfs", "-o", f"size={DISK_MIB}m", "yidi-test", str(folder)],  # noqa: S607
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"No disk can be mounted here, so none can be filled: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)  # noqa: S603, S607


def fill(disk: Path) -> Path:
    """A file that leaves next to nothing free."""
    ballast = disk / "ballast"
    with ballast.open("wb") as file:
        try:
            while True:
                file.write(bytes(1 << 16))
                file.flush()
        except OSError:
            pass
    return ballast


@asynccontextmanager
async def writing(stage: Stage, topic: str) -> AsyncIterator[None]:
    """Somebody else writes to this Kafka all the time, and takes no notice of what becomes of it."""
    producer = AIOKafkaProducer(bootstrap_servers=stage.connection.bootstrap, acks=0)
    await producer.start()

    async def write() -> None:
        while True:
            with suppress(KafkaError):
                await producer.send(topic, bytes(50_000))
            await asyncio.sleep(0.01)

    task = asyncio.create_task(write())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        with suppress(Exception):
            async with asyncio.timeout(STOP_S_MAX):
                await producer.stop()


async def test_a_full_disk_is_shown_and_nothing_is_lost(disk: Path, tmp_path: Path) -> None:
    """A broker that cannot write ends itself; with room it starts again, and every input is decided once."""
    health = Health(stall_ms_max=20_000)
    async with EmbeddedBroker(disk / "kafka") as broker, Stage(broker.bootstrap, tmp_path) as stage:
        async with serving(stage, health=health):
            await stage.send(300)
            await stage.until_all_answered()
            other = small(f"{stage.names.asks}.other")
            await ensure_topics(stage.connection, [other])
            ballast = fill(disk)
            async with writing(stage, other.name):
                await until(lambda: not broker.running)
            await until(lambda: "broker" in health.troubles)
            assert not health.healthy
            with pytest.raises(DiskFullError, match="Make room there"):
                await broker.arestart()
            ballast.unlink()
            await broker.arestart()
            await stage.send(300)
            await stage.until_all_answered()
            await until(lambda: health.healthy)
        await stage.check_exactly_once()
