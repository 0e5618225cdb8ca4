"""Where a chain lives, and how commands find it."""

import os
from datetime import UTC, date, datetime
from pathlib import Path

import psutil
import pytest

from yidi.chain.errors import NoChain
from yidi.chain.place import DATA_DIR_VARIABLE, Descriptor, Place, default_data_dir

PID_MAX = 2**22 + 1
"""Above what Linux gives out."""


def descriptor(pid: int | None = None, created: float | None = None) -> Descriptor:
    return Descriptor(
        bootstrap="127.0.0.1:1",
        partitions=8,
        inboxes=("default",),
        seed=1,
        persons=0,
        today=date(2026, 1, 1),
        pid=pid or os.getpid(),
        pid_created=psutil.Process().create_time() if created is None else created,
        started_at=datetime(2026, 1, 1, tzinfo=UTC),
        version="0",
    )


def test_a_running_chain_is_found(tmp_path: Path) -> None:
    """What was announced by a process that runs is found as it was announced."""
    place = Place(tmp_path)
    place.write(descriptor())
    assert place.read() == place.running() == descriptor()
    assert list(tmp_path.iterdir()) == [place.descriptor]


@pytest.mark.parametrize("gone", [descriptor(pid=PID_MAX), descriptor(created=1.0)], ids=["dead", "pid used again"])
def test_a_dead_chain_is_not(tmp_path: Path, gone: Descriptor) -> None:
    """A file left behind by a process that died is no chain, even if its pid belongs to another one now."""
    place = Place(tmp_path)
    place.write(gone)
    assert place.read() is None
    with pytest.raises(NoChain) as caught:
        place.running()
    assert str(tmp_path) in caught.value.what
    assert "yidi up" in caught.value.todo


@pytest.mark.parametrize("text", ["", "{", "{}", '{"pid": "x"}'])
def test_a_broken_file_is_no_chain(tmp_path: Path, text: str) -> None:
    """Whatever stands in the file, it never raises."""
    place = Place(tmp_path)
    place.descriptor.write_text(text, encoding="utf-8")
    assert place.read() is None


def test_the_default_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable names it, else the user's data folder, the same from every working directory."""
    monkeypatch.setenv(DATA_DIR_VARIABLE, "~/elsewhere")
    assert default_data_dir() == Path.home() / "elsewhere"
    monkeypatch.delenv(DATA_DIR_VARIABLE)
    monkeypatch.setenv("XDG_DATA_HOME", "/data")
    assert default_data_dir() == Path("/data/yidi")


def test_two_places_share_nothing(tmp_path: Path) -> None:
    """Every path of a place lies in its own directory."""
    one = Place(tmp_path / "one")
    paths = [one.broker, one.descriptor, one.claim, one.seeded, one.store("hospital"), one.log("hospital")]
    assert all(path.is_relative_to(one.data_dir) for path in paths)
    assert len(set(paths)) == len(paths)
