"""The desk's tables grow with the program: an older store is upgraded, a newer one left alone."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from yidi.desk import format as desk_format
from yidi.desk.store import Store
from yidi.runtime.store import StoreError, StoreMismatch

LOG = {"cluster": "C", "topic encounters": "1"}


def opened(path: Path) -> Store:
    return Store(f"sqlite:///{path}")


def older(path: Path) -> Path:
    """A store of format 1 with one row in it."""
    store = opened(path)
    store.bind(LOG)
    with store.write() as connection:
        connection.execute(text("INSERT INTO positions VALUES ('errors.agency', 3, 17)"))
    store.close()
    return path


def next_format(monkeypatch: pytest.MonkeyPatch, step: Callable[[Connection], object]) -> None:
    monkeypatch.setattr(desk_format, "UPGRADES", {1: step})
    monkeypatch.setattr(desk_format, "FORMAT", 2)


def read(store: Store, statement: str) -> list[tuple[object, ...]]:
    with store.read() as connection:
        return [tuple(row) for row in connection.execute(text(statement))]


def test_an_older_store_is_upgraded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows of the older format are there after the upgrade, with what is new; a second start finds nothing to do."""
    path = older(tmp_path / "desk.sqlite")
    grow = text("ALTER TABLE positions ADD COLUMN seen INTEGER NOT NULL DEFAULT 5")
    next_format(monkeypatch, lambda connection: connection.execute(grow))
    for _ in range(2):
        store = opened(path)
        store.bind(LOG)
        assert read(store, "SELECT * FROM positions") == [("errors.agency", 3, 17, 5)]
        assert read(store, "SELECT value FROM bound WHERE name = 'format'") == [("2",)]
        store.close()


def test_a_failed_upgrade_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade that breaks in the middle leaves the older store whole."""
    path = older(tmp_path / "desk.sqlite")

    def breaks(connection: Connection) -> None:
        connection.execute(text("ALTER TABLE positions ADD COLUMN seen INTEGER"))
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        next_format(patched, breaks)
        with pytest.raises(ZeroDivisionError):
            opened(path)
    store = opened(path)
    assert read(store, "SELECT * FROM positions") == [("errors.agency", 3, 17)]
    store.close()


def test_a_newer_store_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A store of a newer program is refused in words, and not changed."""
    path = older(tmp_path / "desk.sqlite")
    with monkeypatch.context() as patched:
        next_format(patched, lambda _connection: None)
        opened(path).close()
    before = path.read_bytes()
    with pytest.raises(StoreMismatch, match="has format 2, this program knows up to 1"):
        opened(path)
    assert path.read_bytes() == before


def test_another_log_is_refused_and_new_topics_are_noted(tmp_path: Path) -> None:
    """A topic that came with a newer plan is bound from then on; another cluster is refused."""
    store = opened(older(tmp_path / "desk.sqlite"))
    store.bind({**LOG, "topic new": "2"})
    with pytest.raises(StoreError, match="belongs to another log"):
        store.bind({**LOG, "topic new": "3"})
    store.close()
