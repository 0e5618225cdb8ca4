"""What a supervisor does when things die, and when it is not alone."""

import asyncio
import socket
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from yidi.broker import DiskFullError, PortBusyError
from yidi.broker.data import DataDirectory, Memory
from yidi.chain import supervisor as supervisor_module
from yidi.chain.errors import ChainBusy, StartFailed
from yidi.chain.kafka import port_before
from yidi.chain.place import Descriptor, Place
from yidi.chain.settings import ChainSettings
from yidi.chain.supervisor import Supervisor
from yidi.runtime.lock import hold


class Mortal:
    """A child that is dead at once, with the exit code given; `lives` is False when it cannot even start."""

    def __init__(self, code: int) -> None:
        self.code = code

    async def ended(self) -> int:
        return self.code

    def last_words(self) -> str:
        return "alas"


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervisor_module, "RESTART_PAUSE_S", 0)


def settings(tmp_path: Path, **more: Any) -> ChainSettings:
    return ChainSettings(data_dir=tmp_path, **more)


@pytest.mark.usefixtures("short")
async def test_services_of_a_killed_chain_are_waited_for(tmp_path: Path) -> None:
    """They end by themselves a little later than their `yidi up`: who starts again at once does not find them."""
    supervisor = Supervisor(settings(tmp_path, services=("agency",)))
    with hold(supervisor.place.store("agency")):
        waiting = asyncio.create_task(supervisor._predecessor_gone())
        for _ in range(5):
            await asyncio.sleep(0)
        assert not waiting.done()
    await waiting


@pytest.mark.usefixtures("short")
async def test_an_attached_place_is_no_place_for_a_chain(tmp_path: Path) -> None:
    """A chain that runs elsewhere is known there: another one does not take its announcement's place."""
    supervisor = Supervisor(settings(tmp_path))
    now = datetime.now(UTC)
    elsewhere = Descriptor(
        bootstrap="kafka:9092",
        partitions=8,
        inboxes=("default",),
        seed=1,
        persons=0,
        today=now.date(),
        started_at=now,
        version="1",
    )
    supervisor.place.write(elsewhere)
    with pytest.raises(ChainBusy, match=r"attached to the chain on kafka:9092.*attach --forget"):
        await supervisor.start()
    await supervisor.stop()
    assert supervisor.place.read() == elsewhere


@pytest.mark.usefixtures("short")
@pytest.mark.parametrize("dies_starting", [False, True])
async def test_restarts_have_a_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, dies_starting: bool) -> None:
    """A service that dies again and again, running or starting, ends the chain with its last words and what to do."""
    told: list[str] = []
    supervisor = Supervisor(settings(tmp_path, services=("agency",)), say=told.append, restarts_max=3)
    starts: list[str] = []

    async def start_again(service: str) -> None:
        starts.append(service)
        if dies_starting:
            raise StartFailed("it did not start", "read its log")

    monkeypatch.setattr(supervisor, "start_service", start_again)
    supervisor.children["agency"] = Mortal(3)  # type: ignore[assignment]
    with pytest.raises(StartFailed) as caught:
        await supervisor._keep("agency")
    assert starts == ["agency"] * 3
    assert "agency ended 4 times" in caught.value.what
    assert "alas" in caught.value.what
    assert any("exit code 3" in words for words in told)


class OnAFullDisk:
    """A broker that finds no room so many times, and then starts."""

    def __init__(self, times: int) -> None:
        self.times = times
        self.starts = 0
        self.running = False
        self.data_dir = "there"

    def start(self) -> None:
        self.starts += 1
        if self.starts <= self.times:
            raise DiskFullError("The disk is full.")
        self.running = True


async def test_a_full_disk_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker without room is no broken one: said once, tried until there is room, and never beyond a limit."""
    monkeypatch.setattr(supervisor_module, "ROOM_LOOK_S", 0)
    told: list[str] = []
    broker: Any = OnAFullDisk(20)
    await Supervisor(settings(tmp_path), say=told.append, restarts_max=3)._start_with_room(broker)
    assert broker.running
    assert [words for words in told if "disk is full" in words] == [
        "The disk is full. It is started again once there is room."
    ]


def test_old_deaths_are_forgiven(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only deaths within the window count."""
    supervisor = Supervisor(settings(tmp_path), restarts_max=1)
    clock = iter([0.0, 100.0, 200.0, 201.0])
    monkeypatch.setattr(supervisor_module, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    for _ in range(3):
        supervisor._count_restart("agency", "")
    with pytest.raises(StartFailed):
        supervisor._count_restart("agency", "")


async def test_a_second_one_touches_nothing(tmp_path: Path) -> None:
    """Refused a place, it wipes nothing there, and stopping it takes away nothing of the first."""
    first = Supervisor(settings(tmp_path))
    first._claim_place()
    first.place.prepare()
    for path in (first.place.descriptor, first.place.store("agency")):
        path.write_text("the first one's", encoding="utf-8")
    second = Supervisor(settings(tmp_path, fresh=True))
    with pytest.raises(ChainBusy) as caught:
        await second.start()
    await second.stop()
    assert "--data-dir" in caught.value.todo
    assert first.place.store("agency").exists()
    assert first.place.descriptor.exists()


async def test_the_place_is_free_afterwards(tmp_path: Path) -> None:
    """A supervisor that stopped leaves its place to the next one, and no announcement; stopping twice is no error."""
    first = Supervisor(settings(tmp_path))
    first._claim_place()
    first.place.descriptor.write_text("{}", encoding="utf-8")
    await first.stop()
    await first.stop()
    assert not first.place.descriptor.exists()
    Supervisor(settings(tmp_path))._claim_place()


def test_services_are_told_what_the_chain_was(tmp_path: Path) -> None:
    """Deadline, inboxes and partitions of the chain reach every service."""
    asked = settings(tmp_path, answer_deadline_ms=1_500, inboxes=("default", "own"), partitions=4)
    told = Supervisor(asked)._service_settings("platform")
    assert (told.answer_deadline_ms, told.inboxes, told.partitions) == (1_500, ("default", "own"), 4)
    assert told.store == str(Supervisor(asked).place.store("platform"))


STORE = "postgresql://yidi@db/chain"


def test_instances_are_told_apart_and_share_a_store(tmp_path: Path) -> None:
    """Each instance has a name of its own to the broker and a log of its own; the store is one."""
    supervisor = Supervisor(settings(tmp_path, store=STORE, instances={"agency": 2}))
    first, second = (supervisor._service_settings(name) for name in ("agency-1", "agency-2"))
    assert (first.instance, second.instance) == ("1", "2")
    assert first.store == second.store == STORE
    assert supervisor._child("agency-1").log != supervisor._child("agency-2").log
    assert supervisor._child("agency-2").service == "agency"
    assert supervisor._desk_settings().store == STORE


@pytest.mark.parametrize("wrong", [{"instances": {"agency": 2}}, {"store": "stores/agency.sqlite"}])
def test_instances_without_a_shared_store_are_refused(tmp_path: Path, wrong: dict[str, Any]) -> None:
    """A file serves one instance."""
    with pytest.raises(ValueError, match=r"PostgreSQL|postgresql://"):
        settings(tmp_path, **wrong)


async def test_a_place_is_taken_while_a_chain_starts_and_stops_there(tmp_path: Path) -> None:
    """A second one is refused, hears which it is, and disturbs neither."""
    first, second = (Supervisor(settings(tmp_path)) for _ in range(2))
    first._claim_place()
    with pytest.raises(ChainBusy, match=r"it is starting, process \d+"):
        second._claim_place()
    first._claim.announced()
    with pytest.raises(ChainBusy, match="it is stopping"):
        second._claim_place()
    await second.stop()
    assert first._claim.held
    await first.stop()


@pytest.mark.parametrize("brokers", [1, 3])
async def test_a_port_that_is_taken_leaves_everything_as_it_was(tmp_path: Path, brokers: int) -> None:
    """It is refused before anything is made, and before `--fresh` wipes anything."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1] - brokers + 1
        wished = settings(tmp_path / "none", port=port, brokers=brokers, fresh=True)
        new, old = Supervisor(wished), Supervisor(wished.model_copy(update={"data_dir": tmp_path / "old"}))
        old.place.prepare()
        old.place.store("agency").write_bytes(b"money")
        for supervisor in (new, old):
            with pytest.raises(PortBusyError, match="is not to be had"):
                await supervisor.start()
            await supervisor.stop()
    assert not new.place.data_dir.exists()
    assert old.place.store("agency").read_bytes() == b"money"


def test_the_port_before_is_known_where_it_counts(tmp_path: Path) -> None:
    """A port that clients may still have is remembered; who wishes another, or starts afresh, expects another."""
    place = Place(tmp_path)
    assert port_before(settings(tmp_path), place) is None
    data = DataDirectory(place.broker)
    data.root.mkdir()
    data.remember(Memory("4.4.0", "C", port=20_001))
    assert port_before(settings(tmp_path), place) == 20_001
    assert port_before(settings(tmp_path, fresh=True), place) is None
    assert port_before(settings(tmp_path, port=20_002), place) is None
