"""What is asked for proof: who did what, whether the chain of it is whole, and what the topics hold."""

from typing import Final

from sqlalchemy import select

from yidi.desk.ask import Answer, Ask, Route
from yidi.desk.desk import Desk
from yidi.desk.ledger import head_of, unpublished, verify
from yidi.desk.tables import ACTIONS
from yidi.desk.unplanned import unplanned

LINKS_MAX: Final = 500


def _actions(desk: Desk, ask: Ask) -> Answer:
    """Oldest first, or newest first; `next` is what to ask with for the page after this one."""
    newest, limit = ask.yes("newest"), max(1, min(ask.number("limit", LINKS_MAX), LINKS_MAX))
    wanted = select(ACTIONS).where(ACTIONS.c.seq > ask.number("after", 0))
    if ask.text("before"):
        wanted = wanted.where(ACTIONS.c.seq < ask.number("before", 0))
    if ask.text("error"):
        wanted = wanted.where(ACTIONS.c.error_id.startswith(desk.full_id(ask.text("error")), autoescape=True))
    with desk.store.read() as connection:
        found = connection.execute(wanted.order_by(ACTIONS.c.seq.desc() if newest else ACTIONS.c.seq).limit(limit + 1))
        rows = [row._asdict() for row in found]
    more = len(rows) > limit
    return {"actions": rows[:limit], "next": rows[limit - 1]["seq"] if more else None}


def _verify(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        head, queued, past = head_of(connection), unpublished(connection), unplanned(connection)
    found = verify(desk.log.operations(), head, queued)
    return {
        "intact": found.intact,
        "links": found.links,
        "repeats": found.repeats,
        "unpublished": queued,
        "head": found.head._asdict(),
        "findings": list(found.findings),
        "unplanned": past,
    }


def _flow(desk: Desk, _ask: Ask) -> Answer:
    return desk.log.flow()


ROUTES: Final = (
    Route("GET", "/actions", _actions),
    Route("POST", "/verify", _verify),
    Route("GET", "/flow", _flow),
)
