"""The format of the embedded store's file: its tables, its version, and the way up from older versions."""

import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Final

from yidi.runtime.upgrades import upgrade

FORMAT: Final = 1

PAGE_BYTES: Final = 4096
WAL_PAGES_MAX: Final = 4_000
"""About 16 MB of log before it is folded into the file: a fold takes a few milliseconds, once in some thousand rows."""
PAGE_CACHE_KIB: Final = 16 << 10

# `state` is an ordinary table with an index: measured with keys in random order, a row of 150 bytes costs 5 µs to
# write and one of 1,200 bytes 7 µs; WITHOUT ROWID it is 9 and 43 µs, since a long row does not fit into an index page.
SCHEMA: Final = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE partitions (
    partition INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, position TEXT NOT NULL, now_ms INTEGER NOT NULL
);
CREATE TABLE state (
    partition INTEGER NOT NULL, tab TEXT NOT NULL, key TEXT NOT NULL, value BLOB NOT NULL,
    PRIMARY KEY (partition, tab, key)
);
CREATE TABLE outbox (
    partition INTEGER NOT NULL, seq INTEGER NOT NULL, content BLOB NOT NULL, PRIMARY KEY (partition, seq)
);
CREATE TABLE timers (
    partition INTEGER NOT NULL, name TEXT NOT NULL, due_ms INTEGER NOT NULL, PRIMARY KEY (partition, name)
) WITHOUT ROWID;
CREATE INDEX timers_due ON timers (partition, due_ms);
"""

Upgrade = Callable[[sqlite3.Connection], None]

UPGRADES: Final[dict[int, Upgrade]] = {}
"""From each older version one step up; run in one transaction with the new version's number."""


def prepare(database: sqlite3.Connection, path: Path, busy_timeout_ms: int) -> None:
    """Set the connection, create the tables in a new file, upgrade an older one, refuse a newer one."""
    for name, value in _PRAGMAS.items():
        database.execute(f"PRAGMA {name} = {value}")
    database.execute(f"PRAGMA busy_timeout = {busy_timeout_ms}")
    database.execute("BEGIN IMMEDIATE")
    try:
        _bring_up(database, path)
    except BaseException:
        database.execute("ROLLBACK")
        raise
    database.execute("COMMIT")


_PRAGMAS: Final = {
    "page_size": PAGE_BYTES,
    "journal_mode": "WAL",
    "synchronous": "FULL",
    "wal_autocheckpoint": WAL_PAGES_MAX,
    "cache_size": -PAGE_CACHE_KIB,
    "temp_store": "MEMORY",
}


def _bring_up(database: sqlite3.Connection, path: Path) -> None:
    version = _version(database)
    if version is None:
        for statement in SCHEMA.split(";"):
            database.execute(statement)
        version = FORMAT
    upgrade(database, version, UPGRADES, FORMAT, f"The store {path}")
    database.execute("INSERT OR REPLACE INTO meta VALUES ('format', ?)", (str(FORMAT),))


def _version(database: sqlite3.Connection) -> int | None:
    known = database.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'meta'").fetchone()
    if not known:
        return None
    (text,) = database.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    return int(text)
