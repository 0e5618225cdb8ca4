"""The desk's own fixtures."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.bench import Bench


@pytest.fixture(params=["sqlite", "postgresql"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Bench]:
    """A desk on either database."""
    settings = {}
    if request.param == "postgresql":
        settings["store"] = request.getfixturevalue("postgresql_server").fresh_database()
    made = Bench(tmp_path, **settings)
    yield made
    made.desk.store.close()
