"""Which database a service keeps its state in, by name: the path of a SQLite file, or a postgresql:// URL.

A file serves one instance of a service, a schema in PostgreSQL any number. The driver is loaded only for the latter.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, unquote, urlencode, urlsplit

from yidi.runtime.lock import hold
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import Store, StoreRefused

if TYPE_CHECKING:
    from yidi.runtime.postgresql import PostgresqlStore

SESSION_TIMEOUT_MS: Final = 10_000
"""How long a silent instance keeps its partitions, unless settings say otherwise."""
_SCHEMES: Final = ("postgresql://", "postgres://")


def is_shared(name: str) -> bool:
    """Whether several instances of a service can use the store."""
    return name.startswith(_SCHEMES)


@contextmanager
def open_store(name: str, service: str, session_timeout_ms: int = SESSION_TIMEOUT_MS) -> Iterator[Store]:
    """The service's store, for the block.

    `StoreBusy` when the file is another instance's, `StoreMismatch` for a newer format, `StoreRefused` for an address
    that is none. A server that is not there is found out with the first transaction, as ever after.
    """
    if is_shared(name):
        store = _on_postgresql(name, service, session_timeout_ms)
        try:
            yield store
        finally:
            store.close()
        return
    path = Path(name)
    with hold(path):
        file = SqliteStore(path)
        try:
            yield file
        finally:
            file.close()


def check_shared(name: str, services: Iterable[str]) -> None:
    """Look at the server once: whether it is there, lets us in, and serves each service. `StoreError` in words."""
    for service in services:
        store = _on_postgresql(name, service, SESSION_TIMEOUT_MS)
        try:
            store.check()
        finally:
            store.close()


def wipe_shared(name: str, services: Iterable[str]) -> None:
    """Drop the services' schemas and everything in them; a schema that is none of ours is refused."""
    for service in services:
        store = _on_postgresql(name, service, SESSION_TIMEOUT_MS)
        try:
            store.wipe()
        finally:
            store.close()


def without_password(name: str) -> tuple[str, str | None]:
    """The name as it may be shown and passed on, and the password that was in it.

    libpq takes the password from PGPASSWORD or PGPASSFILE as well.
    """
    if not is_shared(name):
        return name, None
    parts = urlsplit(name)
    login, at, place = parts.netloc.rpartition("@")
    user, colon, password = login.partition(":")
    query = parse_qsl(parts.query, keep_blank_values=True)
    hidden = [value for key, value in query if key == "password"]
    rest = urlencode([(key, value) for key, value in query if key != "password"])
    bare = f"{parts.scheme}://{user}{at}{place}{parts.path}{rest and '?'}{rest}"
    return bare, hidden[0] if hidden else unquote(password) if colon else None


def _on_postgresql(name: str, service: str, session_timeout_ms: int) -> "PostgresqlStore":
    try:
        from yidi.runtime.postgresql import PostgresqlStore  # noqa: PLC0415 — an extra: not everybody has the driver
        from yidi.runtime.postgresql_connection import Address, Patience  # noqa: PLC0415
    except ImportError as error:
        words = f"A store on PostgreSQL needs its driver ({error})."
        raise StoreRefused(f"{words} Install it: pip install 'yidi[postgresql]'.") from None
    return PostgresqlStore(Address(name, service), Patience.below(session_timeout_ms))
