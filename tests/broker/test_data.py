"""The broker's data directory, without a broker."""

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from yidi.broker.data import CHECKPOINT, DataDirectory, Memory
from yidi.broker.errors import DataDirectoryBusyError, DataDirectoryForeignError


@pytest.fixture
def data(tmp_path: Path) -> Iterator[DataDirectory]:
    directory = DataDirectory(tmp_path / "data")
    directory.claim()
    yield directory
    directory.lock.release()


def test_new_directory_is_formatted_with_ids_of_its_own(tmp_path: Path, data: DataDirectory):
    """Two new directories never share a cluster id, and hold what Kafka's format tool makes."""
    other = DataDirectory(tmp_path / "other")
    other.claim()
    ours, theirs = data.settle_in("4.4.0", b"features"), other.settle_in("4.4.0", b"features")
    other.lock.release()
    assert ours.cluster_id != theirs.cluster_id
    assert (data.kafka / CHECKPOINT).read_bytes() == b"features"
    assert f"cluster.id={ours.cluster_id}\n" in (data.kafka / "meta.properties").read_text()


def test_known_directory_keeps_its_cluster(data: DataDirectory):
    """A second run finds the first one's cluster, and its files untouched."""
    first = data.settle_in("4.4.0", b"features")
    (data.kafka / "topic").mkdir()
    assert data.settle_in("4.4.1", b"others") == Memory("4.4.1", first.cluster_id)
    assert (data.kafka / "topic").is_dir()
    assert (data.kafka / CHECKPOINT).read_bytes() == b"features"


def test_format_that_was_cut_short_is_begun_again(data: DataDirectory):
    """What a death while formatting left behind does not pass for a cluster."""
    half = data.root / "kafka.new" / "leavings"
    half.mkdir(parents=True)
    data.settle_in("4.4.0", b"features")
    assert not (data.kafka / "leavings").exists()


def test_wipe_forgets_everything_of_ours(data: DataDirectory):
    """After a wipe a new cluster is founded; the claim stays."""
    first = data.settle_in("4.4.0", b"features")
    data.configure(20_001, 20_002, {})
    data.wipe()
    assert [path.name for path in data.root.iterdir()] == ["broker.lock"]
    assert data.lock.held
    assert data.settle_in("4.4.0", b"features").cluster_id != first.cluster_id


def test_newer_data_is_refused(data: DataDirectory):
    """Data of a newer Kafka is not opened, and the words say so."""
    data.settle_in("4.10.0", b"features")
    with pytest.raises(DataDirectoryForeignError, match=r"written by Kafka 4\.10\.0, this one is 4\.4\.0"):
        data.settle_in("4.4.0", b"features")


@pytest.mark.parametrize("damage", ["", "{}", "[1]", '{"kafka": "4.4.0", "cluster_id": "x", "odd": 1}'])
def test_data_without_its_memory_is_not_overwritten(data: DataDirectory, damage: str):
    """Existing data is never formatted over because the notes beside it are damaged."""
    data.settle_in("4.4.0", b"features")
    (data.root / "broker.json").write_text(damage)
    with pytest.raises(DataDirectoryForeignError, match="missing or damaged"):
        data.settle_in("4.4.0", b"features")
    assert (data.kafka / CHECKPOINT).exists()


def test_directory_of_others_is_refused_and_left_alone(tmp_path: Path):
    """A directory with other files is never taken, let alone wiped."""
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(DataDirectoryForeignError, match="no embedded broker wrote"):
        DataDirectory(tmp_path).claim()
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_file_in_place_of_the_directory_is_refused(tmp_path: Path):
    """A file cannot be a data directory."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryForeignError, match="is a file"):
        DataDirectory(tmp_path / "file").claim()


def test_directory_in_use_is_refused_with_its_owner(data: DataDirectory):
    """Whoever comes second hears who has the directory, at once if that process lives."""
    data.remember(Memory("4.4.0", "id", port=20_001, owner_pid=os.getpid()))
    with pytest.raises(DataDirectoryBusyError, match=rf"process {os.getpid()}, port 20001"):
        DataDirectory(data.root).claim()
    assert json.loads((data.root / "broker.json").read_text())["port"] == 20_001
