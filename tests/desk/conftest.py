"""The desk's own fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.bench import Bench
from yidi.desk import store

PATIENCE_S = 120


@pytest.fixture(params=["sqlite", "postgresql"])
def bench(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """A desk on either database, which waits for a busy machine longer than operators would."""
    monkeypatch.setattr(store, "BUSY_MS", PATIENCE_S * 1_000)
    monkeypatch.setattr(store, "CONNECT_S", PATIENCE_S)
    settings = {}
    if request.param == "postgresql":
        settings["store"] = request.getfixturevalue("postgresql_server").fresh_database()
    made = Bench(tmp_path, **settings)
    yield made
    made.desk.store.close()
