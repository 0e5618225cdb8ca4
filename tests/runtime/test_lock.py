"""One instance on an embedded store."""

import os
from pathlib import Path

import pytest

from yidi.runtime.lock import hold, is_held
from yidi.runtime.store import StoreBusy


def test_second_holder_is_refused_in_words(tmp_path: Path) -> None:
    """The words name the store, the process that holds it, and what to do."""
    with hold(tmp_path / "s.db"), pytest.raises(StoreBusy) as refused, hold(tmp_path / "s.db"):
        pass
    assert f"in use by process {os.getpid()}" in str(refused.value)
    assert "Stop that process" in str(refused.value)


def test_lock_ends_with_its_holder(tmp_path: Path) -> None:
    """After the block the store is free again."""
    for _ in range(2):
        with hold(tmp_path / "s.db"):
            pass


def test_whether_somebody_holds_it(tmp_path: Path) -> None:
    """Asking harms neither the holder nor who comes next; a store that never was is held by nobody."""
    store = tmp_path / "s.db"
    assert not is_held(store)
    with hold(store):
        assert is_held(store)
        assert is_held(store)
    assert not is_held(store)
