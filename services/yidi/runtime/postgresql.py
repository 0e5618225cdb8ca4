"""The shared store: a schema of its own in PostgreSQL, for any number of instances of a service (docs/stores.md).

Every transaction locks the rows of its partitions in `partitions` first, by the fence. Statements see what is committed
before they begin (READ COMMITTED): behind the fence, nobody else writes what they read.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

import psycopg

from yidi.runtime.cache import Place, RowCache
from yidi.runtime.limits import ROW_CACHE_BYTES_MAX
from yidi.runtime.message import packed, unpacked
from yidi.runtime.postgresql_connection import Address, BoundedConnection, Patience, connect, refused
from yidi.runtime.postgresql_format import check, drop, prepare
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

KEY_BYTES_MAX: Final = 1_000
"""A longer key is shortened to its beginning and its hash: an index entry has at most about 2,700 bytes."""

# One statement, not a pipeline of several: after one, the server's idle_in_transaction_session_timeout does not strike
# (seen with PostgreSQL 15 and psycopg 3.3), and a frozen owner would keep its locks for ever. The parts of the
# statement see the state before it, and touch different rows.
_WRITE: Final = """
WITH moved AS (UPDATE partitions SET position = %(position)s WHERE partition = %(partition)s),
put AS (
    INSERT INTO state
    SELECT %(partition)s, * FROM unnest(%(put_tabs)b::text[], %(put_keys)b::bytea[], %(put_values)b::bytea[])
    ON CONFLICT (partition, tab, key) DO UPDATE SET value = excluded.value
),
removed AS (
    DELETE FROM state USING unnest(%(gone_tabs)b::text[], %(gone_keys)b::bytea[]) AS gone (tab, key)
    WHERE partition = %(partition)s AND state.tab = gone.tab AND state.key = gone.key
),
acknowledged AS (DELETE FROM outbox WHERE partition = %(partition)s AND seq <= %(published)s),
queued AS (
    INSERT INTO outbox SELECT %(partition)s, * FROM unnest(%(chunk_seqs)b::bigint[], %(chunks)b::bytea[])
),
timed AS (
    INSERT INTO timers
    SELECT %(partition)s, * FROM unnest(%(timer_keys)b::bytea[], %(timer_names)b::bytea[], %(timer_dues)b::bigint[])
    ON CONFLICT (partition, key) DO UPDATE SET due_ms = excluded.due_ms
)
DELETE FROM timers WHERE partition = %(partition)s AND key = ANY(%(cleared)b::bytea[])
"""
_TAKE_OVER: Final = (
    "INSERT INTO partitions VALUES (%s, 1, '{}', 0) ON CONFLICT (partition) DO UPDATE SET epoch = partitions.epoch + 1"
)


class PostgresqlStore:
    """Everything a service knows, in one schema. Commits are as durable as the server makes them.

    Use it from one thread. It connects when it is first used, and again after a connection was lost: that transaction
    fails with `StoreError`, the next one has a new connection. A commit whose answer is lost is `CommitUnknown`; to
    read again waits until the lost transaction has ended, one way or the other.
    """

    def __init__(self, address: Address, patience: Patience) -> None:
        self.address = address
        self._patience = patience
        self._cache = RowCache(ROW_CACHE_BYTES_MAX)
        self._connection: BoundedConnection | None = None

    def bind(self, identity: LogIdentity) -> None:
        with self._statements() as connection:
            connection.execute("LOCK TABLE meta IN EXCLUSIVE MODE")
            row = connection.execute("SELECT value FROM meta WHERE name = 'log'").fetchone()
            text = bound_to(row[0] if row else None, identity, self._where)
            put = "INSERT INTO meta VALUES ('log', %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
            connection.execute(put, (text,))

    def take_over(self, partition: int) -> Snapshot:
        self._cache.clear()
        with self._statements() as connection:
            connection.execute(_TAKE_OVER, (partition,))
            check(connection, self.address.schema, self._where)
            return PostgresqlTransaction(connection, self._cache).snapshot(partition)

    def snapshot(self, partition: int) -> Snapshot:
        with self.transaction() as transaction:
            return transaction.snapshot(partition)

    @contextmanager
    def transaction(self) -> Iterator["PostgresqlTransaction"]:
        with self._statements() as connection:
            transaction = PostgresqlTransaction(connection, self._cache)
            yield transaction
        self._cache.remember(transaction.written)

    def check(self) -> None:
        """Connect, and make or find the tables."""
        self._connected()

    def wipe(self) -> None:
        """Drop the schema with everything in it, unless it is somebody else's."""
        connection = self._connection or connect(self.address, self._patience)
        try:
            drop(connection, self.address.schema, self._where)
        except psycopg.Error as error:
            raise refused(self.address, error) from error
        finally:
            connection.close()
            self.close()

    def forget(self) -> None:
        self._cache.clear()

    def close(self) -> None:
        self._cache.clear()
        connection, self._connection = self._connection, None
        if connection is not None:
            with suppress(psycopg.Error):
                connection.close()

    @property
    def _where(self) -> str:
        return f"{self.address}, schema {self.address.schema}"

    @contextmanager
    def _statements(self) -> Iterator[BoundedConnection]:
        """One transaction on the connection."""
        connection = self._connected()
        try:
            connection.execute("BEGIN ISOLATION LEVEL READ COMMITTED", prepare=False)
            yield connection
        except BaseException as error:
            self._rollback(connection)
            if isinstance(error, psycopg.Error):
                raise refused(self.address, error) from error
            raise
        self._commit(connection)

    def _connected(self) -> BoundedConnection:
        if self._connection is None:
            connection = connect(self.address, self._patience)
            try:
                prepare(connection, self.address.schema, self._where)
            except BaseException as error:
                connection.close()
                if isinstance(error, psycopg.Error):
                    raise refused(self.address, error) from error
                raise
            self._connection = connection
        return self._connection

    def _commit(self, connection: BoundedConnection) -> None:
        try:
            done = connection.execute("COMMIT", prepare=False).statusmessage
        except psycopg.Error as error:
            lost = connection.closed
            self._rollback(connection)
            words = refused(self.address, error)
            raise (CommitUnknown(str(words)) if lost else words) from error
        if done != "COMMIT":
            self._cache.clear()
            raise StoreError(f"The store {self._where}: the server answered the commit with {done}.")

    def _rollback(self, connection: BoundedConnection) -> None:
        self._cache.clear()
        with suppress(psycopg.Error):
            connection.execute("ROLLBACK", prepare=False)
            return
        self.close()


class PostgresqlTransaction:
    """Reads and writes of one transaction that is open on the connection."""

    def __init__(self, connection: BoundedConnection, cache: RowCache) -> None:
        # One cursor for all of it: a new one for each statement costs as much client time as the statement.
        self._execute = connection.cursor(binary=True).execute
        self._cache = cache
        self.written: list[tuple[int, Changes]] = []

    def snapshot(self, partition: int) -> Snapshot:
        """Waits for a transaction that still holds the partition: what it does is seen."""
        select = "SELECT epoch, position, now_ms FROM partitions WHERE partition = %s FOR UPDATE"
        epoch, position, now_ms = self._execute(select, (partition,)).fetchone() or (0, "{}", 0)
        rows = self._execute("SELECT seq, content FROM outbox WHERE partition = %s ORDER BY seq", (partition,))
        chunks = tuple(unpacked(seq, content) for seq, content in rows)
        return Snapshot(epoch, positions_of(position), now_ms, chunks, self._due_ms(partition))

    def fence(self, partition: int, epoch: int, positions: Positions, now_ms: int) -> None:
        claim = "UPDATE partitions SET now_ms = %s WHERE partition = %s AND epoch = %s AND position = %s"
        if self._execute(claim, (now_ms, partition, epoch, text_of(positions))).rowcount != 1:
            raise Fenced(partition)

    def get(self, partition: int, table: str, key: str) -> bytes | None:
        return self._cache.find((partition, table, key), self._row)

    def due(self, partition: int, until_ms: int, limit: int) -> list[tuple[int, str]]:
        select = "SELECT due_ms, name FROM timers WHERE partition = %s AND due_ms <= %s ORDER BY due_ms, key LIMIT %s"
        rows = self._execute(select, (partition, until_ms, limit))
        return [(due_ms, bytes(name).decode()) for due_ms, name in rows]

    def write(self, partition: int, changes: Changes) -> int | None:
        self.written.append((partition, changes))
        self._execute(_WRITE, {"partition": partition, **_rows(changes), **_outbox(changes), **_timers(changes)})
        return self._due_ms(partition)

    def _row(self, place: Place) -> bytes | None:
        partition, table, key = place
        select = "SELECT value FROM state WHERE partition = %s AND tab = %s AND key = %s"
        row = self._execute(select, (partition, table, key_of(key))).fetchone()
        return bytes(row[0]) if row else None

    def _due_ms(self, partition: int) -> int | None:
        row = self._execute("SELECT min(due_ms) FROM timers WHERE partition = %s", (partition,)).fetchone()
        due_ms: int | None = row[0] if row else None
        return due_ms


def _rows(changes: Changes) -> dict[str, Any]:
    rows = sorted(changes.rows.items())  # in the order of the index: neighbours share a page
    puts = [(table, key, value) for (table, key), value in rows if value is not None]
    gone = [place for place, value in rows if value is None]
    return {
        "position": text_of(changes.positions),
        "put_tabs": [table for table, _, _ in puts],
        "put_keys": [key_of(key) for _, key, _ in puts],
        "put_values": [value for _, _, value in puts],
        "gone_tabs": [table for table, _ in gone],
        "gone_keys": [key_of(key) for _, key in gone],
    }


def _outbox(changes: Changes) -> dict[str, Any]:
    chunks = [changes.chunk] if changes.chunk else []
    return {
        "published": changes.published_seq,
        "chunk_seqs": [chunk.seq for chunk in chunks],
        "chunks": [packed(chunk) for chunk in chunks],
    }


def _timers(changes: Changes) -> dict[str, Any]:
    sets = [(name, due_ms) for name, due_ms in changes.timers.items() if due_ms is not None]
    return {
        "timer_keys": [key_of(name) for name, _ in sets],
        "timer_names": [name.encode() for name, _ in sets],
        "timer_dues": [due_ms for _, due_ms in sets],
        "cleared": [key_of(name) for name, due_ms in changes.timers.items() if due_ms is None],
    }


def key_of(key: str) -> bytes:
    """A key as the tables have it; different keys stay different."""
    whole = key.encode()
    if len(whole) <= KEY_BYTES_MAX:
        return whole
    return whole[:KEY_BYTES_MAX] + hashlib.sha256(whole).digest()
