"""The embedded store: one SQLite file a service, WAL, synchronous=FULL (design §5)."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from yidi.runtime.cache import Place, RowCache
from yidi.runtime.limits import ROW_CACHE_BYTES_MAX
from yidi.runtime.message import packed, unpacked
from yidi.runtime.sqlite_format import prepare
from yidi.runtime.stops import AFRESH
from yidi.runtime.store import (
    Changes,
    CommitUnknown,
    Fenced,
    LogIdentity,
    Positions,
    Snapshot,
    StoreError,
    bound_to,
    positions_of,
    text_of,
)

BUSY_TIMEOUT_MS: Final = 2_000
"""How long a transaction waits for another process's; only a stale instance on the same file can cause it."""

_PUT: Final = (
    "INSERT INTO state VALUES (?, ?, ?, ?) ON CONFLICT (partition, tab, key) DO UPDATE SET value = excluded.value"
)


class SqliteStore:
    """Everything a service knows, in one file. Commits are on disk when they return (WAL, synchronous=FULL).

    Use it from one thread. A second instance is kept away by `lock.hold`, which the composition root calls; the
    fence holds even without it.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._cache = RowCache(ROW_CACHE_BYTES_MAX)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._database = sqlite3.connect(path, isolation_level=None, cached_statements=64)
            prepare(self._database, path, BUSY_TIMEOUT_MS)
        except (sqlite3.Error, OSError) as error:
            words = f"Restore the file, or {AFRESH}."
            raise StoreError(f"The store {path} cannot be opened: {error}. {words}") from error

    def bind(self, identity: LogIdentity) -> None:
        row = self._database.execute("SELECT value FROM meta WHERE name = 'log'").fetchone()
        text = bound_to(row[0] if row else None, identity, str(self.path))
        self._database.execute("INSERT OR REPLACE INTO meta VALUES ('log', ?)", (text,))

    def take_over(self, partition: int) -> Snapshot:
        with self.transaction() as transaction:
            transaction.raise_epoch(partition)
            return transaction.snapshot(partition)

    def snapshot(self, partition: int) -> Snapshot:
        with self.transaction() as transaction:
            return transaction.snapshot(partition)

    @contextmanager
    def transaction(self) -> Iterator["SqliteTransaction"]:
        transaction = SqliteTransaction(self._database, self._cache)
        try:
            self._database.execute("BEGIN IMMEDIATE")
            yield transaction
        except BaseException as error:
            self._rollback()
            if isinstance(error, sqlite3.Error):
                raise StoreError(f"{self.path}: {error}") from error
            raise
        self._commit()
        self._cache.remember(transaction.written)

    def forget(self) -> None:
        self._cache.clear()

    def close(self) -> None:
        self._database.close()

    def _commit(self) -> None:
        try:
            self._database.execute("COMMIT")
        except sqlite3.Error as error:
            self._rollback()
            raise CommitUnknown(f"{self.path}: {error}") from error

    def _rollback(self) -> None:
        self._cache.clear()
        with suppress(sqlite3.Error):
            self._database.execute("ROLLBACK")


class SqliteTransaction:
    """Reads and writes of one transaction that is open on the connection."""

    def __init__(self, database: sqlite3.Connection, cache: RowCache) -> None:
        self._execute = database.execute
        self._executemany = database.executemany
        self._cache = cache
        self.written: list[tuple[int, Changes]] = []

    def raise_epoch(self, partition: int) -> None:
        self._execute("INSERT OR IGNORE INTO partitions VALUES (?, 0, '{}', 0)", (partition,))
        self._execute("UPDATE partitions SET epoch = epoch + 1 WHERE partition = ?", (partition,))

    def snapshot(self, partition: int) -> Snapshot:
        one = self._execute("SELECT epoch, position, now_ms FROM partitions WHERE partition = ?", (partition,))
        epoch, position, now_ms = one.fetchone() or (0, "{}", 0)
        rows = self._execute("SELECT seq, content FROM outbox WHERE partition = ? ORDER BY seq", (partition,))
        chunks = tuple(unpacked(seq, content) for seq, content in rows)
        return Snapshot(epoch, positions_of(position), now_ms, chunks, self._due_ms(partition))

    def fence(self, partition: int, epoch: int, positions: Positions, now_ms: int) -> None:
        claim = "UPDATE partitions SET now_ms = ? WHERE partition = ? AND epoch = ? AND position = ?"
        if self._execute(claim, (now_ms, partition, epoch, text_of(positions))).rowcount != 1:
            raise Fenced(partition)

    def get(self, partition: int, table: str, key: str) -> bytes | None:
        return self._cache.find((partition, table, key), self._row)

    def due(self, partition: int, until_ms: int, limit: int) -> list[tuple[int, str]]:
        select = "SELECT due_ms, name FROM timers WHERE partition = ? AND due_ms <= ? ORDER BY due_ms, name LIMIT ?"
        return self._execute(select, (partition, until_ms, limit)).fetchall()

    def write(self, partition: int, changes: Changes) -> int | None:
        self.written.append((partition, changes))
        self._execute("UPDATE partitions SET position = ? WHERE partition = ?", (text_of(changes.positions), partition))
        self._write_rows(partition, changes)
        self._write_outbox(partition, changes)
        self._write_timers(partition, changes)
        return self._due_ms(partition)

    def _row(self, place: Place) -> bytes | None:
        row = self._execute("SELECT value FROM state WHERE partition = ? AND tab = ? AND key = ?", place).fetchone()
        return row[0] if row else None

    def _write_rows(self, partition: int, changes: Changes) -> None:
        rows = sorted(changes.rows.items())  # in the order of the tree: neighbours share a page
        puts = [(partition, table, key, value) for (table, key), value in rows if value is not None]
        gone = [(partition, table, key) for (table, key), value in rows if value is None]
        if puts:
            self._executemany(_PUT, puts)
        if gone:
            self._executemany("DELETE FROM state WHERE partition = ? AND tab = ? AND key = ?", gone)

    def _write_outbox(self, partition: int, changes: Changes) -> None:
        if changes.published_seq:
            self._execute("DELETE FROM outbox WHERE partition = ? AND seq <= ?", (partition, changes.published_seq))
        if changes.chunk:
            content = packed(changes.chunk)
            self._execute("INSERT INTO outbox VALUES (?, ?, ?)", (partition, changes.chunk.seq, content))

    def _write_timers(self, partition: int, changes: Changes) -> None:
        timers = changes.timers.items()
        sets = [(partition, name, due_ms) for name, due_ms in timers if due_ms is not None]
        gone = [(partition, name) for name, due_ms in timers if due_ms is None]
        if sets:
            self._executemany("INSERT OR REPLACE INTO timers VALUES (?, ?, ?)", sets)
        if gone:
            self._executemany("DELETE FROM timers WHERE partition = ? AND name = ?", gone)

    def _due_ms(self, partition: int) -> int | None:
        row = self._execute("SELECT min(due_ms) FROM timers WHERE partition = ?", (partition,)).fetchone()
        due_ms: int | None = row[0]
        return due_ms
