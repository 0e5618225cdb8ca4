"""Which store a name means, and who may open it."""

import sys
from pathlib import Path

import pytest

from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import StoreBusy, StoreRefused
from yidi.runtime.stores import is_shared, open_store, without_password


def test_a_path_is_a_file_for_one_instance(tmp_path: Path) -> None:
    """A second instance on the same file is refused while the first one has it."""
    path = str(tmp_path / "s.sqlite")
    with open_store(path, "agency") as store:
        assert isinstance(store, SqliteStore)
        with pytest.raises(StoreBusy), open_store(path, "agency"):
            pass
    with open_store(path, "agency"):
        pass


def test_a_store_without_its_driver_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    """The driver is an extra; its absence is no traceback."""
    for module in [name for name in sys.modules if name.startswith("yidi.runtime.postgresql")]:
        monkeypatch.delitem(sys.modules, module)
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(StoreRefused, match=r"pip install 'yidi\[postgresql\]'"), open_store("postgresql://h/d", "x"):
        pass


@pytest.mark.parametrize(
    ("name", "bare", "password"),
    [
        ("postgresql://u:p%40ss@h:5/d", "postgresql://u@h:5/d", "p@ss"),
        ("postgres://u@h/d?sslmode=require", "postgres://u@h/d?sslmode=require", None),
        ("postgresql://h/d?password=x&user=u", "postgresql://h/d?user=u", "x"),
        ("postgresql:///d", "postgresql:///d", None),
        ("postgresql://u:p@h1:1,h2:2/d", "postgresql://u@h1:1,h2:2/d", "p"),
        ("/var/lib/a:b@c.sqlite", "/var/lib/a:b@c.sqlite", None),
    ],
)
def test_passwords_are_taken_out(name: str, bare: str, password: str | None) -> None:
    """What is passed on and shown has no password, and means the same database otherwise."""
    assert without_password(name) == (bare, password)


def test_only_postgresql_is_shared() -> None:
    """A file serves one instance."""
    assert is_shared("postgresql://h/d")
    assert is_shared("postgres://h/d")
    assert not is_shared("stores/agency.sqlite")
