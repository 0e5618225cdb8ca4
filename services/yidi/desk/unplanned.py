"""Replays that no plan sent: somebody wrote a later attempt to the topics, past the desk.

Only the desk raises an attempt (design: one writer), so that an answer under an attempt that no item of a plan has is
an act without a name and a reason. The hash chain is as intact as before; `yidi errors verify` names it besides.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, or_, select

from yidi.desk.cases import note
from yidi.desk.tables import CASES, EVENTS, ITEMS

KIND: Final = "unplanned"
"""Of an event."""
SHOWN_MAX: Final = 50
CHUNK: Final = 500
"""Values in one IN list: below every database's limit."""


def note_unplanned(connection: Connection, row: Row[Any], attempt: int, now_ms: int) -> None:
    """Write it into the case's history, once an attempt, unless a plan sent the attempt."""
    if attempt <= 1 or _planned(connection, row, attempt):
        return
    words = f"attempt {attempt} was sent past the desk: no plan and no action explains it"
    told = select(EVENTS.c.id).where(EVENTS.c.error_id == row.error_id, EVENTS.c.kind == KIND, EVENTS.c.words == words)
    if connection.execute(told).first() is None:
        note(connection, row.error_id, now_ms, KIND, "desk", words)


def note_all_unplanned(connection: Connection, answered: Sequence[tuple[Row[Any], int]], now_ms: int) -> None:
    """The same for many cases and attempts; what plans sent, nearly all of it, is looked up at once."""
    wanted = select(ITEMS.c.error_id, ITEMS.c.attempt)
    sent: set[tuple[str, int]] = set()
    for at in range(0, len(answered), CHUNK):
        these = ITEMS.c.error_id.in_([row.error_id for row, _ in answered[at : at + CHUNK]])
        sent |= {(item.error_id, item.attempt) for item in connection.execute(wanted.where(these))}
    for row, attempt in answered:
        if (row.error_id, attempt) not in sent:
            note_unplanned(connection, row, attempt, now_ms)


def _planned(connection: Connection, row: Row[Any], attempt: int) -> bool:
    """Whether a plan sent this attempt, of this case or of another one about the same message."""
    same = select(CASES.c.error_id).where(or_(CASES.c.error_id == row.error_id, CASES.c.msgid == row.msgid))
    wanted = select(ITEMS.c.nr).where(ITEMS.c.error_id.in_(same), ITEMS.c.attempt == attempt)
    return connection.execute(wanted.limit(1)).first() is not None


def unplanned(connection: Connection) -> list[dict[str, Any]]:
    """The newest ones: which case, when it was seen, and words."""
    wanted = select(EVENTS).where(EVENTS.c.kind == KIND).order_by(EVENTS.c.id.desc()).limit(SHOWN_MAX)
    names = ("error_id", "at", "words")
    return [{name: getattr(row, name) for name in names} for row in connection.execute(wanted)]
