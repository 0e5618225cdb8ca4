"""The format of a store on PostgreSQL: a schema's tables, their version, and the way up from older versions."""

from collections.abc import Callable
from typing import Final

from yidi.runtime.postgresql_connection import BoundedConnection as Connection
from yidi.runtime.store import StoreRefused
from yidi.runtime.upgrades import foreign, upgrade

FORMAT: Final = 1

UPGRADE_S_MAX: Final = 3_600
"""What an upgrade of a large store may take; instances that wait for it try again until it is done."""
FORMAT_LOCK: Final = 0x7964_6966
"""Instances that start together bring the tables up one after the other."""

# Keys are bytes: PostgreSQL's text knows no NUL, and what comes from outside may have one in an id. Long ones are
# shortened by `postgresql.key_of`, since an index entry has at most about 2,700 bytes.
# `partitions` has one row a partition, written twice a transaction: with room on its page, that touches no index.
SCHEMA: Final = """
CREATE TABLE meta (name text PRIMARY KEY, value text NOT NULL);
CREATE TABLE partitions (
    partition integer PRIMARY KEY, epoch bigint NOT NULL, position text COLLATE "C" NOT NULL, now_ms bigint NOT NULL
) WITH (fillfactor = 20);
CREATE TABLE state (
    partition integer NOT NULL, tab text COLLATE "C" NOT NULL, key bytea NOT NULL, value bytea NOT NULL,
    PRIMARY KEY (partition, tab, key)
);
CREATE TABLE outbox (
    partition integer NOT NULL, seq bigint NOT NULL, content bytea NOT NULL, PRIMARY KEY (partition, seq)
);
CREATE TABLE timers (
    partition integer NOT NULL, key bytea NOT NULL, name bytea NOT NULL, due_ms bigint NOT NULL,
    PRIMARY KEY (partition, key)
);
CREATE INDEX timers_due ON timers (partition, due_ms, key);
"""

Upgrade = Callable[[Connection], object]

UPGRADES: Final[dict[int, Upgrade]] = {}
"""From each older version one step up; run in one transaction with the new version's number."""


def prepare(connection: Connection, schema: str, where: str) -> None:
    """Create the schema and its tables, upgrade older ones, refuse newer ones; whole or not at all."""
    if _version(connection, schema) == FORMAT:
        return
    # Not the transaction's own lock: what another instance made while we waited is seen by a transaction begun later.
    connection.execute("SELECT pg_advisory_lock(%s)", (FORMAT_LOCK,))
    answer_s_max = connection.answer_s_max
    try:
        with connection.transaction():
            _bring_up(connection, schema, where)
    finally:
        connection.answer_s_max = answer_s_max
        connection.execute("SELECT pg_advisory_unlock(%s)", (FORMAT_LOCK,))


def check(connection: Connection, schema: str, where: str) -> None:
    """Refuse a format that is not ours (any more): a newer program may have upgraded it beside us."""
    version = _version(connection, schema)
    if version != FORMAT:
        raise foreign(version, FORMAT, f"The store {where}")


def drop(connection: Connection, schema: str, where: str) -> None:
    """Drop the schema and everything in it; one without our table `meta` (the desk: `bound`) is somebody else's."""
    exists = connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = %s", (schema,)).fetchone()
    marks = "SELECT coalesce(to_regclass(%s), to_regclass(%s))"
    (ours,) = connection.execute(marks, (f"{schema}.meta", f"{schema}.bound")).fetchone() or (None,)
    if exists and ours is None:
        raise StoreRefused(f"The schema in {where} is not one of ours: it is not wiped. Name another database.")
    connection.execute(f"DROP SCHEMA IF EXISTS {schema} CASCADE")


def _bring_up(connection: Connection, schema: str, where: str) -> None:
    version = _version(connection, schema)
    if version is None:
        connection.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
        connection.execute(SCHEMA, prepare=False)
        version = FORMAT
    elif version in UPGRADES:
        # Whoever works on the old tables finishes first, and is fenced ever after: `check` is part of a take-over.
        connection.execute("SET LOCAL statement_timeout = 0")  # as long as it takes: nobody works meanwhile
        connection.answer_s_max = UPGRADE_S_MAX
        connection.execute("LOCK TABLE partitions IN EXCLUSIVE MODE")
        connection.execute("UPDATE partitions SET epoch = epoch + 1")
    upgrade(connection, version, UPGRADES, FORMAT, f"The store {where}")
    put = "INSERT INTO meta VALUES ('format', %s) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    connection.execute(put, (str(FORMAT),))


def _version(connection: Connection, schema: str) -> int | None:
    (known,) = connection.execute("SELECT to_regclass(%s)", (f"{schema}.meta",)).fetchone() or (None,)
    if known is None:
        return None
    row = connection.execute("SELECT value FROM meta WHERE name = 'format'").fetchone()
    return int(row[0]) if row else None
