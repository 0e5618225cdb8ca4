"""What committed decisions have to send: taken in order, removed once the broker has acknowledged it."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, select

from yidi.desk.runner import unpacked
from yidi.desk.tables import OUTBOX
from yidi.runtime.decider import Outgoing

CHUNK: Final = 500


class Waiting(NamedTuple):
    """The first messages, and their rows."""

    messages: list[Outgoing]
    ids: list[int]


def waiting(connection: Connection) -> Waiting:
    """The first messages in the order they were decided."""
    rows = list(connection.execute(select(OUTBOX).order_by(OUTBOX.c.id).limit(CHUNK)))
    messages = [Outgoing(row.topic, row.key, row.value, unpacked(row.headers)) for row in rows]
    return Waiting(messages, [row.id for row in rows])


def sent(connection: Connection, ids: Sequence[int]) -> None:
    """The broker has them; a crash before this sends them again, the same bytes."""
    connection.execute(delete(OUTBOX).where(OUTBOX.c.id.in_(ids)))
