"""Many cases at once: take, hand on, discard, claim, and what undoes a discard. A dry run first, then step by step.

Each step is one transaction: cases, their links of the hash chain, and how far the batch is. A desk that dies goes on
from what is written, and does nothing twice. A case that has moved since the dry run is left alone, and why is said.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from yidi.desk import claiming, handling, ledger, selection
from yidi.desk.cases import Holding, case, refuse_others
from yidi.desk.desk import Desk, need_reason
from yidi.desk.handling import Deed
from yidi.desk.masking import query
from yidi.desk.people import Person, Role
from yidi.desk.query import parse
from yidi.desk.refusals import BadRequest, Conflict, DeskRefusal, Unknown
from yidi.desk.states import Action, State, after
from yidi.desk.tables import BATCH_ITEMS, BATCHES, CASES
from yidi.domain.counting import counted

Answer = dict[str, Any]
ITEMS_MAX: Final = 200_000
STEP: Final = 200
"""Cases of one transaction: a step lasts a fraction of a second, and the rest of the desk gets its turn."""
SHOWN_MAX: Final = 200
DEEDS: Final[Mapping[str, Callable[[str], Deed]]] = {
    "take": lambda _to: handling.taken,
    "hand": handling.handed_to,
    "discard": lambda _to: handling.discarded,
    "restore": lambda _to: handling.restored,
    "claim": lambda _to: claiming.converted,
}
UNDONE_BY: Final = {"discard": "restore"}
"""Actions that can be taken back, and by which one."""
REASONED: Final = frozenset({"discard", "restore", "claim"})


class Wish(NamedTuple):
    """A batch as it is asked for: an action, and a query or ids; or the batch that it undoes."""

    action: str = ""
    q: str = ""
    ids: Sequence[str] = ()
    reason: str = ""
    to: str = ""
    undoes: str = ""


def make(desk: Desk, person: Person, wish: Wish) -> Answer:
    """The dry run: which cases would be done, which not and why. Nothing is done."""
    batch_id = desk.fresh_id()

    def read(connection: Connection, now_ms: int) -> tuple[str, list[Answer]]:
        action = _action(connection, wish)
        _check(wish, action)
        if action == "hand":
            handling.refuse_strangers(connection, desk.people, person, wish.to)
        rows = _rows(connection, wish, now_ms)
        why_not = cache(partial(_why_not, person.name, action))
        return action, [_item(batch_id, nr, row, why_not) for nr, row in enumerate(rows)]

    found = desk.look(read)

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        action, items = found()
        if not items:
            raise BadRequest("Nothing is found.", "Look with `yidi errors list` and the same query.")
        values = {"batch_id": batch_id, "action": action, "recipient": wish.to.strip(), "q": wish.q}
        made = {"reason": wish.reason, "made_by": person.name, "made_at": now_ms, "undoes": wish.undoes or None}
        connection.execute(insert(BATCHES).values(**values, **made, state="ready"))
        connection.execute(insert(BATCH_ITEMS), items)
        told = view(connection, batch_id, with_items=True)
        return told, f"{action}: {told['planned']} of {len(items)} would be done"

    return desk.act(person, Role.REPLAY, "batch", batch_id, wish.reason, work)


def execute(desk: Desk, person: Person, batch_id: str) -> Answer:
    """Let it run; a stopped one goes on with what is left."""

    def work(connection: Connection, _now_ms: int) -> tuple[Answer, str]:
        row = _batch(connection, batch_id)
        if row.state not in ("ready", "stopped"):
            raise Conflict(f"The batch is {row.state}.", "Make another one for what is left.")
        who = {"executed_by": person.name, "by_token": person.authenticated}
        _set(connection, batch_id, state="running", **who)
        told = view(connection, batch_id)
        return told, f"{row.action} of {counted(told['planned'], 'case')}"

    return desk.act(person, Role.REPLAY, "execute batch", batch_id, "", work)


def stop(desk: Desk, person: Person, batch_id: str) -> Answer:
    """Do no more of it; what is done stays done."""

    def work(connection: Connection, _now_ms: int) -> tuple[Answer, str]:
        row = _batch(connection, batch_id)
        if row.state != "running":
            raise Conflict(f"The batch is {row.state}.", "Only a running batch is stopped.")
        _set(connection, batch_id, state="stopped")
        return view(connection, batch_id), "stopped"

    return desk.act(person, Role.REPLAY, "stop batch", batch_id, "", work)


def step(connection: Connection, now_ms: int) -> int:
    """One step of every running batch; returns how many cases it went through."""
    running = list(connection.execute(select(BATCHES).where(BATCHES.c.state == "running")))
    return sum(_step(connection, row, now_ms) for row in running)


def anything_to_do(connection: Connection) -> bool:
    """Whether a batch is running."""
    running = select(BATCHES.c.batch_id).where(BATCHES.c.state == "running").limit(1)
    return connection.execute(running).first() is not None


def listed(connection: Connection, most: int = 50) -> list[Answer]:
    """The newest batches."""
    rows = connection.execute(select(BATCHES.c.batch_id).order_by(BATCHES.c.made_at.desc()).limit(most))
    return [view(connection, row.batch_id) for row in list(rows)]


def view(connection: Connection, batch_id: str, *, with_items: bool = False) -> Answer:
    """The batch as it stands; its first items when asked for, what was skipped before what was done."""
    row = _batch(connection, batch_id)
    counted = select(BATCH_ITEMS.c.outcome, func.count().label("n")).where(BATCH_ITEMS.c.batch_id == batch_id)
    counts = {r.outcome: r.n for r in connection.execute(counted.group_by(BATCH_ITEMS.c.outcome))}
    undo = UNDONE_BY.get(row.action) if counts.get("done") else None
    told = {**row._asdict(), "q": query(row.q), "counts": counts, "planned": counts.get("planned", 0), "undo": undo}
    return {**told, "items": _items(connection, batch_id)} if with_items else told


def _items(connection: Connection, batch_id: str) -> list[Answer]:
    wanted = select(BATCH_ITEMS).where(BATCH_ITEMS.c.batch_id == batch_id)
    ordered = wanted.order_by(BATCH_ITEMS.c.outcome.desc(), BATCH_ITEMS.c.nr).limit(SHOWN_MAX)
    names = ("nr", "error_id", "outcome", "why")
    return [{name: getattr(row, name) for name in names} for row in connection.execute(ordered)]


def _action(connection: Connection, wish: Wish) -> str:
    """What is asked for; for an undo what takes that batch back."""
    if not wish.undoes:
        return wish.action
    undone = UNDONE_BY.get(_batch(connection, wish.undoes).action)
    if undone is None:
        raise BadRequest("This cannot be undone.", f"Only {', '.join(UNDONE_BY)} can.")
    return undone


def _check(wish: Wish, action: str) -> None:
    if action not in DEEDS:
        raise BadRequest(f"There is no bulk {action!r}.", f"Use one of {', '.join(DEEDS)}.")
    if sum(map(bool, (wish.q, wish.ids, wish.undoes))) != 1:
        raise BadRequest("A batch is made of a query, of ids, or of a batch that it undoes.", "Give one of them.")
    if action == "hand" and not wish.to.strip():
        raise BadRequest("To whom?", "Name the person with --to.")
    if action in REASONED:
        need_reason(wish.reason)


def _rows(connection: Connection, wish: Wish, now_ms: int) -> list[Row[Any]]:
    if wish.ids:
        return [case(connection, error_id) for error_id in dict.fromkeys(wish.ids)]
    if wish.undoes:
        done = (BATCH_ITEMS.c.batch_id == wish.undoes) & (BATCH_ITEMS.c.outcome == "done")
        joined = select(*_MADE_OF).join(BATCH_ITEMS, BATCH_ITEMS.c.error_id == CASES.c.error_id)
        return list(connection.execute(joined.where(done).order_by(BATCH_ITEMS.c.nr)))
    wanted = select(*_MADE_OF).where(selection.where(parse(wish.q, now_ms)))
    return list(connection.execute(wanted.order_by(CASES.c.first_failed_at, CASES.c.error_id).limit(ITEMS_MAX)))


_MADE_OF: Final = (CASES.c.error_id, CASES.c.version, CASES.c.state, CASES.c.owner)
"""All that a batch asks of a case beforehand."""


def _item(batch_id: str, nr: int, row: Row[Any], why_not: Callable[[str, str | None], str]) -> Answer:
    why = why_not(row.state, row.owner)
    outcome = "skipped" if why else "planned"
    return {
        "batch_id": batch_id,
        "nr": nr,
        "error_id": row.error_id,
        "version": row.version,
        "outcome": outcome,
        "why": why,
    }


def _why_not(actor: str, action: str, state: str, owner: str | None) -> str:
    """What can be seen beforehand; the step itself decides."""
    if action == "take" and owner == actor:
        return "it is yours already"
    try:
        refuse_others(Holding(state, owner), actor)
        after(State(state), Action(action))
    except DeskRefusal as refusal:
        return refusal.what
    return ""


def _step(connection: Connection, batch: Row[Any], now_ms: int) -> int:
    wanted = select(BATCH_ITEMS).where(BATCH_ITEMS.c.batch_id == batch.batch_id, BATCH_ITEMS.c.outcome == "planned")
    items = list(connection.execute(wanted.order_by(BATCH_ITEMS.c.nr).limit(STEP)))
    deed = DEEDS[batch.action](batch.recipient)
    ended: dict[tuple[str, str], list[int]] = {}
    links = []
    for item in items:
        outcome, words = _done(connection, batch, item, deed, now_ms)
        ended.setdefault((outcome, words), []).append(item.nr)
        if outcome == "done":
            about = (batch.action, item.error_id, batch.reason, f"{words} (batch {batch.batch_id})")
            links.append(ledger.Deed(batch.executed_by, batch.by_token, *about))
    for (outcome, words), numbers in ended.items():
        these = (BATCH_ITEMS.c.batch_id == batch.batch_id) & BATCH_ITEMS.c.nr.in_(numbers)
        connection.execute(update(BATCH_ITEMS).where(these).values(outcome=outcome, why=words))
    ledger.append_all(connection, links, now_ms)
    if len(items) < STEP:
        _set(connection, batch.batch_id, state="done")
    return len(items)


def _done(connection: Connection, batch: Row[Any], item: Row[Any], deed: Deed, now_ms: int) -> tuple[str, str]:
    """Do it to one case; a refusal has written nothing, and says why."""
    row = case(connection, item.error_id)
    if row.version != item.version:
        return "skipped", f"it has moved: it is {row.state}{', ' + row.owner + ' has it' if row.owner else ''}"
    try:
        return "done", deed(connection, row, batch.executed_by, batch.reason, now_ms)
    except DeskRefusal as refusal:
        return "skipped", refusal.what


def _batch(connection: Connection, batch_id: str) -> Row[Any]:
    row = connection.execute(select(BATCHES).where(BATCHES.c.batch_id == batch_id)).first()
    if row is None:
        raise Unknown(f"There is no batch {batch_id}.", "See `yidi errors bulk` for those there are.")
    return row


def _set(connection: Connection, batch_id: str, **values: Any) -> None:  # noqa: ANN401 — any column
    connection.execute(update(BATCHES).where(BATCHES.c.batch_id == batch_id).values(**values))
