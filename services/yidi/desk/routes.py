"""What can be asked of the desk over HTTP, as one table: method, path, and what answers. See docs/desk.md."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from sqlalchemy import func, select

from yidi.desk import amending, bulk, claiming, fault_pages, foretelling, handling, mending, plans, showing
from yidi.desk.desk import Desk
from yidi.desk.ledger import head_of, unpublished, verify
from yidi.desk.masking import query
from yidi.desk.people import Person, Role
from yidi.desk.plans import Wish
from yidi.desk.refusals import BadRequest
from yidi.desk.states import UNSOLVED
from yidi.desk.tables import ACTIONS, CASES

LIMIT: Final = 50
LINKS_MAX: Final = 500
WAIT_S_MAX: Final = 30.0
LOOK_AGAIN_S: Final = 0.3
CSV: Final = "csv"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: who asks, which one is meant, and what else was said (query or body)."""

    person: Person
    path: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.path.get("id", "")

    def text(self, name: str, default: str = "") -> str:
        value = self.said.get(name, default)
        if not isinstance(value, str):
            raise BadRequest(f"{name} is no text.", "Send it as a string.")
        return value

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.said.get(name, default))
        except (TypeError, ValueError):
            raise BadRequest(f"{name} is no number.", "Send a whole number.") from None

    def ids(self) -> tuple[str, ...]:
        given = self.said.get("ids") or ()
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            raise BadRequest("ids is no list of ids.", "Send a list of strings.")
        return tuple(given)

    def changes(self) -> dict[str, Any]:
        given = self.said.get("changes") or {}
        if not isinstance(given, dict):
            raise BadRequest("changes is no object.", "Send field names with their new values.")
        return given

    def yes(self, name: str, *, default: bool = False) -> bool:
        value = self.said.get(name, default)
        return value if isinstance(value, bool) else str(value) in ("1", "true", "yes")


Answer = Any
Handler = Callable[[Desk, Ask], Answer]


class Route(NamedTuple):
    method: str
    path: str
    handler: Handler


def _unmasked(desk: Desk, ask: Ask, about: str) -> bool:
    """Whether persons are shown in full; that somebody looked is recorded first."""
    if not ask.yes("unmask"):
        return False
    desk.record(ask.person, "unmask", query(desk.full_id(about)), ask.text("reason"), "shown in full")
    return True


def _health(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        cases = connection.execute(select(func.count()).select_from(CASES)).scalar_one()
        unsolved = connection.execute(
            select(func.count()).select_from(CASES).where(CASES.c.state.in_(UNSOLVED))
        ).scalar_one()
        last = showing.last_event(connection)
    troubles = dict(desk.troubles)
    return {"healthy": not troubles, "cases": cases, "unsolved": unsolved, "troubles": troubles, "last_event": last}


def _groups(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return showing.groups(desk, connection, ask.text("q"), ask.text("by", "cause"))


def _cases(desk: Desk, ask: Ask) -> Answer:
    unmask = _unmasked(desk, ask, ask.text("q") or "list")
    limit, after = ask.number("limit", LIMIT), ask.text("after") or None
    with desk.store.read() as connection:
        return showing.page(desk, connection, ask.text("q"), limit, after, unmask=unmask)


def _case(desk: Desk, ask: Ask) -> Answer:
    unmask = _unmasked(desk, ask, ask.id)
    with desk.store.read() as connection:
        return showing.whole(desk, connection, ask.id, unmask=unmask)


def _slip(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"text": showing.slip(desk, connection, ask.id, ask.text("lang", "both"))}


def _form(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return amending.form(desk, connection, ask.id)


def _codes(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"codes": fault_pages.all_pages(connection, desk.places)}


def _code(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        found = showing.groups(desk, connection, f"code:{ask.id}")
    return fault_pages.fault_page(ask.id, desk.places, ask.text("region") or None, unsolved=found["total"])


def _take(desk: Desk, ask: Ask) -> Answer:
    return handling.take(desk, ask.person, ask.id, ask.text("reason"))


def _hand(desk: Desk, ask: Ask) -> Answer:
    return handling.hand(desk, ask.person, ask.id, ask.text("to"), ask.text("reason"))


def _discard(desk: Desk, ask: Ask) -> Answer:
    return handling.discard(desk, ask.person, ask.id, ask.text("reason"))


def _restore(desk: Desk, ask: Ask) -> Answer:
    return handling.restore(desk, ask.person, ask.id, ask.text("reason"))


def _park(desk: Desk, ask: Ask) -> Answer:
    return handling.park(desk, ask.person, ask.id, ask.text("reason"))


def _claim(desk: Desk, ask: Ask) -> Answer:
    return claiming.claim(desk, ask.person, ask.id, ask.text("reason"))


def _claim_preview(desk: Desk, ask: Ask) -> Answer:
    return claiming.preview(desk, ask.id)


def _amend(desk: Desk, ask: Ask) -> Answer:
    dry_run = ask.yes("dry_run", default=True)
    return amending.amend(desk, ask.person, ask.id, ask.changes(), ask.text("reason"), dry_run=dry_run)


def _check_amendment(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return amending.check(connection, ask.id, ask.changes())


def _check_mend(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return mending.check(desk, connection, ask.text("kind"), ask.text("case"), ask.said)


def _make_plan(desk: Desk, ask: Ask) -> Answer:
    wish = Wish(
        q=ask.text("q"),
        ids=ask.ids(),
        reason=ask.text("reason"),
        canary=ask.number("canary", 1),
        rate=ask.number("rate", 10),
        stop=ask.yes("stop", default=True),
        predict=ask.yes("predict", default=True),
    )
    made = plans.make(desk, ask.person, wish)
    if not wish.predict:
        return made
    foretelling.foretell(desk, made["plan_id"])
    with desk.store.read() as connection:
        return plans.view(desk, connection, made["plan_id"], desk.clock(), with_items=True)


def _plans(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"plans": plans.listed(desk, connection, desk.clock())}


def _plan(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return plans.view(desk, connection, ask.id, desk.clock(), with_items=ask.yes("items"))


def _execute(desk: Desk, ask: Ask) -> Answer:
    return plans.execute(desk, ask.person, ask.id, ask.text("reason"))


def _stop(desk: Desk, ask: Ask) -> Answer:
    return plans.stop(desk, ask.person, ask.id, ask.text("reason"))


def _approve_plan(desk: Desk, ask: Ask) -> Answer:
    return plans.approve(desk, ask.person, ask.id, ask.text("reason"))


def _approve_amendment(desk: Desk, ask: Ask) -> Answer:
    return amending.approve(desk, ask.person, ask.id, ask.text("reason"))


def _approvals(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        listed = plans.listed(desk, connection, desk.clock())
        amendments = amending.waiting(connection)
    return {"plans": [plan for plan in listed if plan["state"] == "needs_approval"], "amendments": amendments}


def _make_batch(desk: Desk, ask: Ask) -> Answer:
    asked = {name: ask.text(name) for name in ("action", "q", "reason", "to", "undoes")}
    return bulk.make(desk, ask.person, bulk.Wish(ids=ask.ids(), **asked))


def _batches(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"batches": bulk.listed(connection)}


def _batch(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return bulk.view(connection, ask.id, with_items=ask.yes("items"))


def _execute_batch(desk: Desk, ask: Ask) -> Answer:
    return bulk.execute(desk, ask.person, ask.id)


def _stop_batch(desk: Desk, ask: Ask) -> Answer:
    return bulk.stop(desk, ask.person, ask.id)


def _mend(desk: Desk, ask: Ask) -> Answer:
    return mending.mend(desk, ask.person, ask.text("kind"), ask.text("case"), ask.said)


def _mends(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"mends": mending.listed(desk, connection, desk.clock())}


def _one_mend(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return mending.listed(desk, connection, desk.clock(), ask.id)[0]


def _actions(desk: Desk, ask: Ask) -> Answer:
    """Oldest first, or newest first; `next` is what to ask with for the page after this one."""
    newest, limit = ask.yes("newest"), max(1, min(ask.number("limit", LINKS_MAX), LINKS_MAX))
    wanted = select(ACTIONS).where(ACTIONS.c.seq > ask.number("after", 0))
    if ask.text("before"):
        wanted = wanted.where(ACTIONS.c.seq < ask.number("before", 0))
    if ask.text("error"):
        wanted = wanted.where(ACTIONS.c.error_id.startswith(ask.text("error"), autoescape=True))
    with desk.store.read() as connection:
        found = connection.execute(wanted.order_by(ACTIONS.c.seq.desc() if newest else ACTIONS.c.seq).limit(limit + 1))
        rows = [row._asdict() for row in found]
    more = len(rows) > limit
    return {"actions": rows[:limit], "next": rows[limit - 1]["seq"] if more else None}


def _verify(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        head, queued = head_of(connection), unpublished(connection)
    found = verify(desk.log.operations(), head, queued)
    return {
        "intact": found.intact,
        "links": found.links,
        "repeats": found.repeats,
        "unpublished": queued,
        "head": found.head._asdict(),
        "findings": list(found.findings),
    }


def _flow(desk: Desk, _ask: Ask) -> Answer:
    return desk.log.flow()


def _export(desk: Desk, ask: Ask) -> Answer:
    unmask = _unmasked(desk, ask, ask.text("q") or "export")
    with desk.store.read() as connection:
        return {CSV: showing.table(desk, connection, ask.text("q"), unmask=unmask)}


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
    Route("GET", "/groups", _groups),
    Route("GET", "/cases", _cases),
    Route("GET", "/cases/{id}", _case),
    Route("GET", "/cases/{id}/slip", _slip),
    Route("GET", "/cases/{id}/form", _form),
    Route("POST", "/cases/{id}/take", _take),
    Route("POST", "/cases/{id}/hand", _hand),
    Route("POST", "/cases/{id}/discard", _discard),
    Route("POST", "/cases/{id}/restore", _restore),
    Route("POST", "/cases/{id}/park", _park),
    Route("POST", "/cases/{id}/claim", _claim),
    Route("GET", "/cases/{id}/claim", _claim_preview),
    Route("POST", "/cases/{id}/amend", _amend),
    Route("POST", "/cases/{id}/check", _check_amendment),
    Route("GET", "/codes", _codes),
    Route("GET", "/codes/{id}", _code),
    Route("POST", "/plans", _make_plan),
    Route("GET", "/plans", _plans),
    Route("GET", "/plans/{id}", _plan),
    Route("POST", "/plans/{id}/execute", _execute),
    Route("POST", "/plans/{id}/stop", _stop),
    Route("POST", "/plans/{id}/approve", _approve_plan),
    Route("POST", "/batches", _make_batch),
    Route("GET", "/batches", _batches),
    Route("GET", "/batches/{id}", _batch),
    Route("POST", "/batches/{id}/execute", _execute_batch),
    Route("POST", "/batches/{id}/stop", _stop_batch),
    Route("POST", "/amendments/{id}/approve", _approve_amendment),
    Route("GET", "/approvals", _approvals),
    Route("POST", "/mends", _mend),
    Route("POST", "/mends/check", _check_mend),
    Route("GET", "/mends", _mends),
    Route("GET", "/mends/{id}", _one_mend),
    Route("GET", "/actions", _actions),
    Route("POST", "/verify", _verify),
    Route("GET", "/flow", _flow),
    Route("GET", "/export", _export),
)
READ_BY_POST: Final = frozenset({"/verify", "/cases/{id}/check", "/mends/check"})
"""Nothing is changed by these: the role view is enough."""


def role_for(route: Route) -> Role | None:
    """The role that a request needs at least; commands check their own besides, in their transaction."""
    return Role.VIEW if route.method == "GET" or route.path in READ_BY_POST else None
