"""A chain's life: started, stopped in every way, started again on its data, two side by side, on another Kafka."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.test_bills import STAY
from tests.e2e.up_process import UpProcess, all_gone, command
from yidi.broker import EmbeddedBroker
from yidi.hospital.intake import read_files

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

GONE_S_MAX = 90
NOBODY = ("--persons", "0", "--no-desk", "--no-console")
(BILL,) = read_files([STAY])
MSGID = BILL.charges["msgid"]


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    """Another chain, in a folder with a space in its name."""
    process = UpProcess(tmp_path_factory.mktemp("life") / "a second chain", *NOBODY)
    try:
        yield process
    finally:
        if process.started:
            process.stop(signal.SIGKILL)


def outcome(process: UpProcess, *arguments: str) -> str:
    done = command("submit", "--json", *arguments, str(STAY), data_dir=process.place.data_dir)
    assert done.returncode == 0, done.stderr
    return str(json.loads(done.stdout)["outcome"])


def test_a_second_up_is_refused(up: UpProcess) -> None:
    """A data directory has one chain: the second is told who has it and what to do, and harms nothing."""
    done = command("up", data_dir=up.place.data_dir)
    assert done.returncode == 3
    assert str(up.pid) in done.stderr
    assert "--data-dir" in done.stderr
    assert up.place.read() is not None


def test_side_by_side(up: UpProcess, second: UpProcess) -> None:
    """A second chain elsewhere has its own Kafka and its own settlements."""
    descriptor = second.start().ready()
    assert descriptor.bootstrap != up.ready().bootstrap
    assert outcome(second) == "DONE"


def test_killed_without_orphans(second: UpProcess) -> None:
    """SIGKILL of `yidi up` leaves no process: services and Kafka end by themselves."""
    if not second.started:
        second.start().ready()
    family = second.family()
    assert len(family) >= 6  # itself, four services, Kafka
    second.stop(signal.SIGKILL)
    assert second.place.read() is None
    gone = command("trace", MSGID, data_dir=second.place.data_dir)
    assert (gone.returncode, "yidi up" in gone.stderr) == (3, True)
    assert all_gone(family, GONE_S_MAX) == []


def test_up_again_on_the_same_data(second: UpProcess) -> None:
    """The next start finds what was settled before, and goes on; killed once more, it need not be waited for."""
    second.start().ready()
    assert outcome(second) == "DONE"
    second.stop(signal.SIGKILL)
    second.start().ready()
    again = command("submit", "--json", str(STAY), data_dir=second.place.data_dir)
    traced = command("trace", MSGID, "--json", data_dir=second.place.data_dir)
    legs = json.loads(traced.stdout)
    entries = {leg["content"]["journal_id"] for leg in legs if leg["kind"] == "JournalEntry"}  # said twice is one
    assert (again.returncode, len(entries)) == (0, 1)
    assert [leg["kind"] for leg in legs].count("EncounterCharges") >= 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda number: number.name)
def test_ended_leaves_nothing(second: UpProcess, number: signal.Signals) -> None:
    """Asked to end, it ends everything it started and takes its announcement away; exit code 130."""
    if second.place.read() is None:
        second.start("--fresh").ready()
        nothing = command("trace", MSGID, data_dir=second.place.data_dir)
        assert nothing.returncode == 1, "--fresh has wiped what was settled"
    family = second.family()
    assert second.stop(number) == 130
    last = second.words.rsplit("The chain is ready", 1)[1]
    assert "stopping; what was accepted is kept" in last
    assert "interrupted; nothing that was accepted is lost" in last
    assert all_gone(family, GONE_S_MAX) == []
    assert not second.place.descriptor.exists()


def test_on_another_kafka(tmp_path: Path) -> None:
    """`--bootstrap` uses a Kafka that somebody else runs, starts none of its own, and leaves it running."""
    with EmbeddedBroker(tmp_path / "foreign") as foreign:
        process = UpProcess(tmp_path / "guest", *NOBODY, "--bootstrap", foreign.bootstrap).start()
        try:
            assert process.ready().bootstrap == foreign.bootstrap
            with pytest.raises(StopIteration):
                process.broker()
            assert outcome(process) == "DONE"
        finally:
            process.stop()
        assert foreign.running


def test_no_kafka_there(tmp_path: Path) -> None:
    """A `--bootstrap` where nothing listens is said in words, at once."""
    done = command("up", "--bootstrap", "127.0.0.1:1", data_dir=tmp_path / "none")
    assert done.returncode == 3
    assert "127.0.0.1:1" in done.stderr
    assert "Traceback" not in done.stderr
