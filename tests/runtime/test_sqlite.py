"""What only the SQLite store promises: durability, its format, its memory."""

import sqlite3
from pathlib import Path

import pytest

from yidi.runtime import sqlite_format
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import Changes, CommitUnknown, Fenced, StoreError, StoreMismatch


def test_commits_are_on_disk_when_they_return(tmp_path: Path) -> None:
    """WAL with synchronous=FULL (2): a commit survives the death of the process, and of the machine's power."""
    store = SqliteStore(tmp_path / "s.db")
    assert store._database.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._database.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()


def test_newer_format_is_refused(tmp_path: Path) -> None:
    """A file of a newer program is not touched; the words say so."""
    path = tmp_path / "s.db"
    SqliteStore(path).close()
    with sqlite3.connect(path) as database:
        database.execute("UPDATE meta SET value = '99' WHERE name = 'format'")
    database.close()
    with pytest.raises(StoreMismatch, match="format 99, this program knows up to 1"):
        SqliteStore(path)


def test_older_format_is_upgraded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each older version has one step up, run once."""
    path = tmp_path / "s.db"
    SqliteStore(path).close()
    steps = {1: lambda database: database.execute("CREATE TABLE grown (x)")}
    monkeypatch.setattr(sqlite_format, "UPGRADES", steps)
    monkeypatch.setattr(sqlite_format, "FORMAT", 2)
    for _ in range(2):
        store = SqliteStore(path)
        assert store._database.execute("SELECT count(*) FROM grown").fetchone() == (0,)
        store.close()


def test_failed_upgrade_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade happens whole or not at all."""
    path = tmp_path / "s.db"
    SqliteStore(path).close()

    def breaks(database: sqlite3.Connection) -> None:
        database.execute("CREATE TABLE half (x)")
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(sqlite_format, "UPGRADES", {1: breaks})
        patched.setattr(sqlite_format, "FORMAT", 2)
        with pytest.raises(ZeroDivisionError):
            SqliteStore(path)
    store = SqliteStore(path)
    assert store._database.execute("SELECT count(*) FROM sqlite_master WHERE name = 'half'").fetchone() == (0,)
    store.close()


def test_memory_is_forgotten_after_a_rollback(tmp_path: Path) -> None:
    """A fenced owner must not read its own rows from memory afterwards."""
    mine, theirs = SqliteStore(tmp_path / "s.db"), SqliteStore(tmp_path / "s.db")
    mine.take_over(0)
    _put(mine, 1, b"mine")
    theirs.take_over(0)
    _put(theirs, 2, b"theirs")
    with pytest.raises(Fenced):
        _put(mine, 1, b"zombie")
    with mine.transaction() as transaction:
        assert transaction.get(0, "t", "a") == b"theirs"
    mine.close()
    theirs.close()


class BrokenCommit:
    """A connection whose COMMIT gets no answer; it happened, or not."""

    def __init__(self, real: sqlite3.Connection, *, happened: bool) -> None:
        self._real, self._happened = real, happened
        self.executemany = real.executemany
        self.close = real.close

    def execute(self, statement: str, *arguments: object) -> sqlite3.Cursor:
        if statement == "COMMIT":
            if self._happened:
                self._real.execute(statement)
            raise sqlite3.OperationalError("disk I/O error")
        return self._real.execute(statement, *arguments)  # type: ignore[arg-type]


@pytest.mark.parametrize("happened", [True, False])
def test_commit_without_an_answer_is_unknown(tmp_path: Path, *, happened: bool) -> None:
    """The store says that it does not know; reading again tells."""
    store = SqliteStore(tmp_path / "s.db")
    store.take_over(0)
    real = store._database
    store._database = BrokenCommit(real, happened=happened)  # type: ignore[assignment]
    with pytest.raises(CommitUnknown), store.transaction() as transaction:
        transaction.write(0, Changes({"t": 3}))
    store._database = real
    assert store.snapshot(0).positions == ({"t": 3} if happened else {})
    store.close()


def test_file_that_is_no_store_is_refused_in_words(tmp_path: Path) -> None:
    """A damaged file is named, with what to do."""
    (tmp_path / "s.db").write_bytes(b"no database" * 1_000)
    with pytest.raises(StoreError, match="cannot be opened: file is not a database"):
        SqliteStore(tmp_path / "s.db")


def test_store_that_fails_names_its_file(tmp_path: Path) -> None:
    """A database error becomes a StoreError that says which file."""
    store = SqliteStore(tmp_path / "s.db")
    store._database.execute("DROP TABLE outbox")
    with pytest.raises(StoreError, match=r"s\.db: no such table"):
        store.snapshot(0)
    store.close()


def _put(store: SqliteStore, epoch: int, value: bytes) -> None:
    with store.transaction() as transaction:
        transaction.fence(0, epoch, {}, 1)
        transaction.write(0, Changes({}, {("t", "a"): value}))
