"""A back-up is told from a folder, a whole one from a damaged one, an old one from one that is too new."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from yidi.broker.data import DataDirectory, Memory
from yidi.broker.filelock import FileLock
from yidi.chain.backup import back_up_whole
from yidi.chain.errors import ChainBusy
from yidi.chain.manifest import FORMAT, MANIFEST, BackupRefused, Manifest, NothingThere, WrongFolder, read, sealed
from yidi.chain.place import Place
from yidi.chain.restore import restore
from yidi.runtime.sqlite import SqliteStore


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    """A small back-up of stores."""
    folder = tmp_path / "backup"
    SqliteStore(folder / "stores" / "agency.sqlite").close()
    write(folder)
    return folder


def write(folder: Path, **other: object) -> None:
    """Its manifest, true but for what is given."""
    files = sealed(folder)
    fields = {"kind": "stores", "version": "0.1.0", "made_at": datetime.now(UTC), "cluster": "C", "files": files}
    fields |= {"published": {"agency": {"agency.default.results/0": 1}}, "partitions": 1, "inboxes": ("default",)}
    (folder / MANIFEST).write_text(Manifest.model_validate(fields | other).model_dump_json(), encoding="utf-8")


def place_of(tmp_path: Path, cluster: str = "C") -> Place:
    """A stopped chain's place, as far as a refusal needs it."""
    place = Place(tmp_path / "chain")
    data = DataDirectory(place.broker)
    data.claim()
    data.remember(Memory("4.4.0", cluster))
    data.lock.release()
    return place


def test_a_whole_back_up_is_read(backup: Path) -> None:
    """What was sealed is read again."""
    assert read(backup).files.keys() == {"stores/agency.sqlite"}


def test_a_changed_byte_is_noticed(backup: Path) -> None:
    """One byte of one file is enough to refuse all of it."""
    store = backup / "stores" / "agency.sqlite"
    content = bytearray(store.read_bytes())
    content[100] ^= 1
    store.write_bytes(content)
    with pytest.raises(BackupRefused, match=r"is damaged: its checksum differs\. Nothing was restored"):
        read(backup)


def test_a_missing_file_is_named(backup: Path) -> None:
    """A file that the manifest names and the folder lacks is refused by name."""
    (backup / "stores" / "agency.sqlite").unlink()
    with pytest.raises(BackupRefused, match=r"agency\.sqlite is missing"):
        read(backup)


def test_what_is_no_back_up_is_refused(tmp_path: Path, backup: Path) -> None:
    """A folder without a manifest, or with one cut short, is no back-up."""
    with pytest.raises(BackupRefused, match="is no back-up"):
        read(tmp_path)
    (backup / MANIFEST).write_text('{"kind": "sto', encoding="utf-8")
    with pytest.raises(BackupRefused, match="cannot be read: it is damaged"):
        read(backup)


async def test_newer_formats_are_refused(tmp_path: Path, backup: Path) -> None:
    """Neither a back-up nor a store of a newer program is put back by an older one."""
    write(backup, format=FORMAT + 1, version="9.0")
    with pytest.raises(BackupRefused, match=r"made by yidi 9.0, in a newer format"):
        read(backup)
    store = SqliteStore(backup / "stores" / "agency.sqlite")
    store._database.execute("UPDATE meta SET value = '99' WHERE name = 'format'")
    store.close()
    write(backup)
    with pytest.raises(BackupRefused, match="has format 99, this program knows up to 1"):
        await restore(place_of(tmp_path), backup, (), None, print)


async def test_another_chains_back_up_is_refused(tmp_path: Path, backup: Path) -> None:
    """Stores, and whole chains, go back only to the Kafka cluster that they came from."""
    place = place_of(tmp_path, cluster="D")
    with pytest.raises(BackupRefused, match=r"belongs to Kafka cluster C, in .* is that of cluster D"):
        await restore(place, backup, (), None, print)
    write(backup, kind="whole")
    with pytest.raises(BackupRefused, match="holds another chain: Kafka cluster D, not C"):
        await restore(place, backup, (), None, print)


async def test_a_running_chain_is_left_alone(tmp_path: Path, backup: Path) -> None:
    """Nothing is taken or put back whole while somebody runs the chain."""
    place = place_of(tmp_path)
    running = FileLock(place.claim)
    assert running.acquire(wait_s=0)
    try:
        for kind in ("whole", "stores"):
            write(backup, kind=kind)
            with pytest.raises(ChainBusy, match="Stop it first"):
                await restore(place, backup, (), None, print)
        with pytest.raises(ChainBusy, match="Stop it first"):
            back_up_whole(place, tmp_path / "new", print)
    finally:
        running.release()
    assert not (tmp_path / "new").exists()


async def test_restores_within_a_second_keep_everything(tmp_path: Path) -> None:
    """What each of them moves aside has a folder of its own, however soon they follow each other."""
    place = place_of(tmp_path)
    back_up_whole(place, tmp_path / "good", print)
    for _ in range(3):
        await restore(place, tmp_path / "good", (), None, print)
    assert len(list(place.data_dir.glob("before-restore-*"))) == 3


def test_a_back_up_takes_a_new_folder(tmp_path: Path, backup: Path) -> None:
    """No back-up is written over another, nor into what it backs up."""
    place = place_of(tmp_path)
    with pytest.raises(BackupRefused, match="exists already"):
        back_up_whole(place, backup, print)
    with pytest.raises(BackupRefused, match="within the chain's data"):
        back_up_whole(place, place.data_dir / "backup", print)
    back_up_whole(place, tmp_path / "good", print)
    assert json.loads((tmp_path / "good" / MANIFEST).read_bytes())["kind"] == "whole"


@pytest.mark.parametrize("wrong", ["nowhere", "empty", "file"])
def test_a_wrong_folder_is_bad_input(tmp_path: Path, wrong: str) -> None:
    """What is no back-up at all is the caller's mistake, and told apart from a back-up that is damaged."""
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").touch()
    with pytest.raises(WrongFolder, match="is no back-up") as refused:
        read(tmp_path / wrong)
    assert refused.value.exit_code == 2


def test_a_place_without_a_chain_has_nothing_to_back_up(tmp_path: Path) -> None:
    """That there is no chain is told as everywhere, with 3, and leaves nothing behind."""
    with pytest.raises(NothingThere, match="There is no Kafka in") as refused:
        back_up_whole(Place(tmp_path / "none"), tmp_path / "new", print)
    assert refused.value.exit_code == 3
    assert not list(tmp_path.iterdir())


async def test_nothing_there_nothing_moved_aside(tmp_path: Path, backup: Path) -> None:
    """Put back where nothing was, nothing is moved aside, and no folder for it is made or named."""
    said: list[str] = []
    write(backup, kind="whole")
    place = Place(tmp_path / "anew")
    await restore(place, backup, (), None, said.append)
    assert not any("what was there" in words for words in said)
    assert sorted(path.name for path in place.data_dir.iterdir()) == ["chain.lock", "stores"]
    await restore(place, backup, (), None, said.append)
    (aside,) = place.data_dir.glob("before-restore-*")
    assert any(str(aside) in words for words in said)
