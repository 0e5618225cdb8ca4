"""The format of the desk's tables: its version, and the way up from older ones.

A release that changes a table raises `FORMAT` in desk/tables.py and adds one step here. New tables need no step: they
are made when they are missing.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import Connection, Engine, insert, inspect, select, update

from yidi.desk.tables import BOUND, FORMAT, METADATA
from yidi.runtime.upgrades import upgrade

Upgrade = Callable[[Connection], None]

UPGRADES: Final[dict[int, Upgrade]] = {}
"""From each older version one step up; run in one transaction with the new version's number."""

NAME: Final = "format"


def prepare(connection: Connection, engine: Engine) -> None:
    """Create the tables of a new store, upgrade those of an older one; StoreMismatch for a newer one, left as it is.

    Within the caller's transaction: whole or not at all.
    """
    version = _version(connection)
    if version is None:
        METADATA.create_all(connection)
        connection.execute(insert(BOUND), {"name": NAME, "value": str(FORMAT)})
        return
    upgrade(connection, version, UPGRADES, FORMAT, f"The error desk's store {engine.url}")
    METADATA.create_all(connection)
    connection.execute(update(BOUND).where(BOUND.c.name == NAME).values(value=str(FORMAT)))


def _version(connection: Connection) -> int | None:
    """None for a store that is not made yet."""
    if not inspect(connection).has_table(BOUND.name):
        return None
    text = connection.execute(select(BOUND.c.value).where(BOUND.c.name == NAME)).scalar()
    return None if text is None else int(text)
