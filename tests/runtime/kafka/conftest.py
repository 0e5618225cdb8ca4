"""A stage for each test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.runtime.kafka.stage import Stage


@pytest.fixture
async def stage(kafka_bootstrap: str, tmp_path: Path) -> AsyncIterator[Stage]:
    """Topics and a store of its own on the session's broker."""
    async with Stage(kafka_bootstrap, tmp_path) as prepared:
        yield prepared
