"""A connection to PostgreSQL on which nothing waits without end, and words for what it refuses (docs/stores.md).

A wait is bounded on both sides: the server gives up a statement or a lock, and drops a transaction whose owner is
frozen; the client gives up on a server that is silent. All of it is below the Kafka session time-out, so that an
instance that waits for its database is not taken for dead, and one that is frozen keeps no lock beyond its session.
"""

import re
import time
from collections.abc import Generator
from dataclasses import dataclass
from typing import Any, Final, Self, TypeVar

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from yidi.runtime.store import StoreError, StoreRefused

CONNECT_S_MAX: Final = 3
"""libpq's smallest sensible value is 2."""
SERVER_MIN: Final = 130_000
"""PostgreSQL 13; nobody mends what is older."""

Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a store waits, in milliseconds; every figure is a share of the session time-out."""

    statement_ms: int
    lock_ms: int
    idle_ms: int
    """A transaction that its owner does not go on with: after this the server takes its locks away."""
    answer_ms: int
    """What the client waits for one answer, when the server does not even say that it gave up."""

    @classmethod
    def below(cls, session_timeout_ms: int) -> Self:
        return cls(
            statement_ms=session_timeout_ms * 4 // 10,
            lock_ms=session_timeout_ms * 2 // 10,
            idle_ms=session_timeout_ms * 5 // 10,
            answer_ms=session_timeout_ms * 6 // 10,
        )


class Address:
    """A `postgresql://` URL and a schema in its database. `str` shows no password."""

    def __init__(self, url: str, schema: str) -> None:
        if not re.fullmatch(r"[a-z_][a-z0-9_]{0,40}", schema):
            raise StoreRefused(f"{schema!r} is no name for a schema: small letters, digits and _ are.")
        self.parts = _parts(url)
        self.schema = schema

    def conninfo(self, patience: Patience) -> str:
        """What libpq is told; what the URL says itself goes before."""
        limits = {
            "statement_timeout": patience.statement_ms,
            "lock_timeout": patience.lock_ms,
            "idle_in_transaction_session_timeout": patience.idle_ms,
            "search_path": self.schema,
        }
        ours: dict[str, Any] = {
            "application_name": f"yidi {self.schema}",
            "connect_timeout": CONNECT_S_MAX,
            "client_encoding": "UTF8",
            "tcp_user_timeout": patience.answer_ms,
            **self.parts,
        }
        said = self.parts.get("options") or ""
        ours["options"] = " ".join(f"-c {name}={value}" for name, value in limits.items()) + f" {said}"
        return make_conninfo("", **ours)

    def __str__(self) -> str:
        user, database = self.parts.get("user"), self.parts.get("dbname") or ""
        place = ":".join(str(self.parts[name]) for name in ("host", "port") if self.parts.get(name))
        return f"postgresql://{f'{user}@' if user else ''}{place}/{database}"


def _parts(url: str) -> dict[str, Any]:
    """The URL taken apart; its own text is not repeated in words, since a password may stand where none belongs."""
    words = "The store's address is not understood. Write postgresql://USER@HOST:PORT/DATABASE."
    try:
        parts = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        raise StoreRefused(words) from None
    if not re.fullmatch(r"[0-9,]*", str(parts.get("port") or "")):
        raise StoreRefused(words)
    return dict(parts)


class BoundedConnection(psycopg.Connection[tuple[Any, ...]]):
    """Gives up on a server that does not answer: the connection is closed then, and the outcome unknown."""

    answer_s_max: float = CONNECT_S_MAX

    def wait(self, gen: Any, *args: Any, **more: Any) -> Any:  # noqa: ANN401 — the driver's own generator
        return super().wait(self._bounded(gen), *args, **more)

    def _bounded(self, gen: Generator[Any, Any, Answer]) -> Generator[Any, Any, Answer]:
        until = time.monotonic() + self.answer_s_max
        try:
            wanted = next(gen)
            while True:
                ready = yield wanted
                if not ready and time.monotonic() > until:
                    gen.close()
                    self.pgconn.finish()
                    raise psycopg.OperationalError(f"no answer within {self.answer_s_max:g} s")
                wanted = gen.send(ready)
        except StopIteration as answer:
            result: Answer = answer.value
            return result


def connect(address: Address, patience: Patience) -> BoundedConnection:
    """A connection that can serve. `StoreRefused` when people must mend something, else `StoreError`."""
    try:
        connection = BoundedConnection.connect(address.conninfo(patience), autocommit=True, prepare_threshold=0)
    except psycopg.Error as error:
        raise refused(address, error) from error
    connection.answer_s_max = patience.answer_ms / 1000
    try:
        _check(connection, address)
    except BaseException:
        connection.close()
        raise
    return connection


def _check(connection: BoundedConnection, address: Address) -> None:
    info = connection.info
    if info.server_version < SERVER_MIN:
        found = info.server_version // 10_000
        raise StoreRefused(f"{address} is PostgreSQL {found}; version {SERVER_MIN // 10_000} or newer is needed.")
    encoding = info.parameter_status("server_encoding")
    if encoding != "UTF8":
        words = f"The database {address} is encoded in {encoding}."
        raise StoreRefused(f"{words} Make one for UTF8: createdb --encoding UTF8 --template template0 NAME.")


_MEND: Final = {
    "08001": "Write postgresql://USER@HOST:PORT/DATABASE.",
    "28P01": "Set the right password, by PGPASSWORD or PGPASSFILE.",
    "28000": "Name a user that the server's pg_hba.conf lets in from here.",
    "3D000": "Create it: createdb --encoding UTF8 NAME.",
    "42501": "Grant it: GRANT CREATE ON DATABASE … TO …, or name a user who owns the schema.",
}
"""By SQLSTATE, where waiting does not help."""
_BY_WORDS: Final = (
    (re.compile(r"invalid (integer value|port number|\S+ value)"), "08001"),
    (re.compile(r"password authentication failed|no password supplied"), "28P01"),
    (re.compile(r'no pg_hba\.conf entry|role ".*" does not exist'), "28000"),
    (re.compile(r'database ".*" does not exist'), "3D000"),
)
"""The driver gives no SQLSTATE for a connection that was refused: the server's words tell."""


def refused(address: Address, error: psycopg.Error) -> StoreError:
    """The same in our tree and in one line."""
    words = f"The store {address}, schema {address.schema}: {_one_line(error)}."
    state = error.sqlstate or _state_of(str(error))
    return StoreRefused(f"{words} {_MEND[state]}") if state in _MEND else StoreError(words)


def _state_of(words: str) -> str | None:
    return next((state for pattern, state in _BY_WORDS if pattern.search(words)), None)


def _one_line(error: BaseException) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return (lines[0] if lines else type(error).__name__).rstrip(".")
