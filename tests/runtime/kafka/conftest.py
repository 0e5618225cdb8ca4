"""A stage for each test: with a store in a file, or with one that instances share."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.postgresql import Server
from tests.runtime.kafka.stage import Stage


@pytest.fixture
async def stage(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Topics and a store of its own on the session's broker."""
    async with Stage(kafka_bootstrap, tmp_path) as prepared:
        yield prepared


@pytest.fixture
async def shared_stage(kafka_bootstrap: str, tmp_path: Path, postgresql_server: Server) -> AsyncIterator[Stage]:
    """The same with a database of its own on the session's PostgreSQL."""
    async with Stage(kafka_bootstrap, tmp_path, postgresql_server.fresh_database()) as prepared:
        yield prepared


@pytest.fixture(params=["file", "postgresql"])
def any_stage(request: pytest.FixtureRequest) -> Stage:
    """Both of them, one after the other."""
    found: Stage = request.getfixturevalue("stage" if request.param == "file" else "shared_stage")
    return found
