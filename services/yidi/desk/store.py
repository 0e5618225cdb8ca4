"""The desk's database: opened, checked, and used in transactions that are whole or nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection, Engine, create_engine, event, insert, make_url, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.schema import CreateSchema

from yidi.desk.format import prepare
from yidi.desk.refusals import Ending
from yidi.desk.tables import BOUND
from yidi.runtime.stops import AFRESH
from yidi.runtime.store import StoreError

READ: Final[Mapping[str, Any]] = {"desk_read": True}
WRITER_KEY: Final = 0x7964_6573
"""Name of the lock that PostgreSQL gives to one writer; SQLite has one writer anyway."""
BUSY_MS: Final = 10_000
"""How long one transaction waits for another's write: longer than any of ours takes."""
IDLE_MS: Final = 60_000
"""After this PostgreSQL takes its locks from a transaction whose desk is frozen: a desk in its place can write."""
CONNECT_S: Final = 3


class Store:
    """Transactions over the desk's tables. On SQLite a writer takes the lock at once, so two never deadlock."""

    def __init__(self, url: str, schema: str | None = None) -> None:
        """Opens the store, and makes or upgrades its tables; StoreError when it cannot."""
        options = {} if schema is None else {"connect_args": _as_we_want_postgresql(schema)}
        self._ended = False
        try:
            self.engine = create_engine(url, pool_pre_ping=not url.startswith("sqlite"), **options)
            event.listen(self.engine, "before_cursor_execute", self._still_open)
            if self.engine.dialect.name == "sqlite":
                _as_we_want_sqlite(self.engine)
            if schema is not None:
                with self.engine.begin() as connection:
                    connection.execute(CreateSchema(schema, if_not_exists=True))
            with self.write() as connection:
                prepare(connection, self.engine)
        except (SQLAlchemyError, ImportError) as error:
            raise StoreError(_words(url, error)) from error

    @property
    def _shared(self) -> bool:
        return self.engine.dialect.name == "postgresql"

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction; rolled back when the block raises. One writer at a time: the ledger is one chain."""
        with self.engine.begin() as connection:
            if self._shared:
                connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": WRITER_KEY})
            yield connection

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One consistent view; writers are not held up."""
        options = {**READ} | ({"isolation_level": "REPEATABLE READ"} if self._shared else {})
        with self.engine.connect().execution_options(**options) as connection:
            yield connection

    def bind(self, log: Mapping[str, str]) -> None:
        """Belong to this log (cluster and topics) from now on; StoreError when it belongs to another one."""
        with self.write() as connection:
            rows = connection.execute(select(BOUND.c.name, BOUND.c.value))
            bound = {row.name: row.value for row in rows}
            differing = sorted(name for name in bound.keys() & log.keys() if bound[name] != log[name])
            if differing:
                raise StoreError(
                    f"The error desk's store {self.engine.url} belongs to another log ({', '.join(differing)}). "
                    f"Positions would not fit. Name another store, or {AFRESH}."
                )
            new = [{"name": name, "value": value} for name, value in log.items() if name not in bound]
            if new:
                connection.execute(insert(BOUND), new)

    def end(self) -> None:
        """No further statement begins: a transaction that is under way is rolled back, unless it was at its commit."""
        self._ended = True

    def _still_open(self, *_: object) -> None:
        if self._ended:
            raise Ending

    def close(self) -> None:
        self.engine.dispose()


def _words(url: str, error: Exception) -> str:
    """One line, without a password."""
    bare = make_url(url).render_as_string(hide_password=True)
    reason = str(getattr(error, "orig", None) or error).partition("\n")[0]
    return f"The error desk's store {bare} cannot be used ({reason}). Check its address, and whether it runs."


def _as_we_want_postgresql(schema: str) -> dict[str, Any]:
    """Settings of libpq: our own schema, and no wait without an end."""
    limits = {"search_path": schema, "lock_timeout": BUSY_MS, "idle_in_transaction_session_timeout": IDLE_MS}
    said = " ".join(f"-c {name}={value}" for name, value in limits.items())
    return {"options": said, "connect_timeout": CONNECT_S, "tcp_user_timeout": BUSY_MS}


def _as_we_want_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connected(connection: Any, _record: Any) -> None:  # noqa: ANN401 — the driver's own types
        connection.isolation_level = None  # the driver must not begin transactions by itself
        for pragma in ("journal_mode=WAL", "synchronous=FULL", f"busy_timeout={BUSY_MS}"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        reading = connection.get_execution_options().get("desk_read", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")
