"""A store without room: the service shows it, loses nothing, and goes on by itself once there is room."""

import asyncio
from pathlib import Path

import pytest

from tests.runtime.kafka.stage import Stage, until
from yidi.runtime.health import Health
from yidi.runtime.service import run_on
from yidi.runtime.sqlite import SqliteStore

pytestmark = pytest.mark.kafka


def limited(store: SqliteStore, pages: int) -> None:
    """A file that may have so many pages: a disk without room as SQLite sees one."""
    store._database.execute(f"PRAGMA max_page_count = {pages}")


async def test_a_full_store_is_shown_and_nothing_is_lost(stage: Stage) -> None:
    """While nothing can be written nothing is answered and health says why; with room every input is decided once."""
    store, health, stop, ready = (
        SqliteStore(Path(stage.store)),
        Health(stage.stall_ms_max),
        asyncio.Event(),
        asyncio.Event(),
    )
    serving = asyncio.create_task(run_on(store, stage.relay(), stage.settings(), stop, ready.set, health=health))
    saying = asyncio.create_task(ready.wait())
    try:
        await asyncio.wait({serving, saying}, return_when=asyncio.FIRST_COMPLETED)
        (pages,) = store._database.execute("PRAGMA page_count").fetchone()
        limited(store, pages)
        await stage.send(3_000)
        await until(lambda: "store" in health.troubles)
        assert "full" in health.troubles["store"]
        assert not health.healthy
        limited(store, 1_000_000)
        await stage.until_all_answered()
        await until(lambda: "store" not in health.troubles)
    finally:
        stop.set()
        await serving
        store.close()
    await stage.check_exactly_once()
