"""What can be asked of the desk over HTTP, as one table: method, path, and what answers. See docs/desk.md."""

import asyncio
import time
from typing import Any, Final

from sqlalchemy import func, select

from yidi.desk import case_routes, mend_routes, plan_routes, proof_routes, showing
from yidi.desk.ask import Answer, Ask, Route
from yidi.desk.desk import Desk
from yidi.desk.people import Role
from yidi.desk.states import UNSOLVED
from yidi.desk.tables import CASES

WAIT_S_MAX: Final = 30.0
LOOK_AGAIN_S: Final = 0.3


def _health(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        cases = connection.execute(select(func.count()).select_from(CASES)).scalar_one()
        unsolved = connection.execute(
            select(func.count()).select_from(CASES).where(CASES.c.state.in_(UNSOLVED))
        ).scalar_one()
        last = showing.last_event(connection)
    troubles = dict(desk.troubles)
    return {"healthy": not troubles, "cases": cases, "unsolved": unsolved, "troubles": troubles, "last_event": last}


async def events(desk: Desk, ask: Ask) -> Answer:
    """News since `after`, as soon as there is some, at the latest after `wait` seconds. Holds no thread meanwhile."""
    after, limit = ask.number("after", 0), min(ask.number("limit", 500), 1000)
    until = time.monotonic() + min(float(ask.number("wait", 0)), WAIT_S_MAX)
    while True:
        found = await asyncio.to_thread(_events, desk, after, limit)
        if found["events"] or desk.ending or time.monotonic() >= until:
            return found
        await asyncio.sleep(LOOK_AGAIN_S)


def _events(desk: Desk, after: int, limit: int) -> dict[str, Any]:
    with desk.store.read() as connection:
        return showing.events(connection, after, limit)


ROUTES: Final = (
    Route("GET", "/health", _health),
    *case_routes.ROUTES,
    *plan_routes.ROUTES,
    *mend_routes.ROUTES,
    *proof_routes.ROUTES,
)
READ_BY_POST: Final = frozenset({"/verify", "/cases/{id}/check", "/mends/check"})
"""Nothing is changed by these: the role view is enough."""


def role_for(route: Route) -> Role | None:
    """The role that a request needs at least; commands check their own besides, in their transaction."""
    return Role.VIEW if route.method == "GET" or route.path in READ_BY_POST else None
