"""Plans of replays: made as a dry run, foretold, approved, executed. Nothing is sent before `execute`.

A plan remembers the version of every case; executing it refuses when one has moved. `yidi.desk.runner` sends.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, func, insert, select, update

from yidi.desk import selection
from yidi.desk.cases import Holding, case, refuse_others
from yidi.desk.desk import Desk, need_reason
from yidi.desk.masking import query
from yidi.desk.people import ROLES, Person
from yidi.desk.query import parse
from yidi.desk.refusals import BadRequest, Conflict, DeskRefusal, Unknown
from yidi.desk.resending import HOPELESS
from yidi.desk.states import Action, State, after
from yidi.desk.tables import CASES, ITEMS, PLANS
from yidi.domain.counting import counted
from yidi.domain.faults import FAULTS

ITEMS_MAX: Final = 200_000
FORETOLD_MS_MAX: Final = 20_000
"""A probe without an answer for so long foretells nothing."""
RATE_MAX: Final = 1_000
SHOWN_MAX: Final = 500
Answer = dict[str, Any]


class Wish(NamedTuple):
    """A plan as it is asked for: a query or ids; canaries, replays a second, and whether a failure stops it."""

    q: str = ""
    ids: Sequence[str] = ()
    reason: str = ""
    canary: int = 1
    rate: int = 10
    stop: bool = True
    predict: bool = True


def make(desk: Desk, person: Person, wish: Wish) -> Answer:
    """Write the plan: what would be replayed, what not and why, and probes that foretell the money."""
    plan_id = desk.fresh_id()

    def read(connection: Connection, now_ms: int) -> list[dict[str, Any]]:
        rows = _rows(connection, wish, now_ms)
        refused = cache(partial(why_not, person.name))
        return [_item(plan_id, nr, row, refused, predict=wish.predict) for nr, row in enumerate(rows)]

    found = desk.look(read)

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        _check(wish)
        items = found()
        if not items:
            raise BadRequest("Nothing is found to replay.", "Look with `yidi errors list` and the same query.")
        values = {name: getattr(wish, name) for name in ("q", "reason", "canary", "rate", "stop")}
        connection.execute(
            insert(PLANS).values(plan_id=plan_id, state="planned", made_by=person.name, made_at=now_ms, **values)
        )
        connection.execute(insert(ITEMS), items)
        planned = sum(item["outcome"] == "planned" for item in items)
        return view(desk, connection, plan_id, now_ms, with_items=True), f"{planned} of {len(items)} would be replayed"

    return desk.act(person, ROLES["replay"], "plan", plan_id, wish.reason, work)


def _check(wish: Wish) -> None:
    if bool(wish.q) == bool(wish.ids):
        raise BadRequest("A plan is made of a query or of ids.", "Give one of the two.")
    if not wish.canary >= 0 or not 1 <= wish.rate <= RATE_MAX:
        raise BadRequest("canary or rate is out of range.", f"canary is 0 or more, rate is 1 to {RATE_MAX} a second.")


def _rows(connection: Connection, wish: Wish, now_ms: int) -> list[Row[Any]]:
    if wish.ids:
        return [case(connection, error_id) for error_id in dict.fromkeys(wish.ids)]
    wanted = select(*_PLANNED_BY).where(selection.where(parse(wish.q, now_ms)))
    ordered = wanted.order_by(CASES.c.first_failed_at, CASES.c.error_id).limit(ITEMS_MAX)
    return list(connection.execute(ordered))


_PLANNED_BY: Final = (CASES.c.error_id, CASES.c.version, CASES.c.code, CASES.c.state, CASES.c.owner)
"""All that a plan asks of a case: a plan may be made of a hundred thousand."""
_AS_ASKED: Final = json.dumps({"outcome": "NOT_PREDICTED", "why": "as asked"})


def _item(
    plan_id: str, nr: int, row: Row[Any], refused: Callable[[str, str, str | None], str], *, predict: bool
) -> dict[str, Any]:
    why = refused(row.code, row.state, row.owner)
    return {
        "plan_id": plan_id,
        "nr": nr,
        "error_id": row.error_id,
        "version": row.version,
        "probe": None,
        "predicted": None if predict else _AS_ASKED,
        "outcome": "skipped" if why else "planned",
        "actual": json.dumps({"why": why}) if why else None,
    }


def why_not(actor: str, code: str, state: str, owner: str | None) -> str:
    """Why a case of this code, in this state, of this owner would not be replayed by the actor; empty when it would."""
    fault = FAULTS.get(code)
    if fault is not None and fault.replayable in HOPELESS:
        return f"{code}: {fault.todo}"
    try:
        refuse_others(Holding(state, owner), actor)
        after(State(state), Action.REPLAY)
    except DeskRefusal as refusal:
        return refusal.what
    return ""


def plan(connection: Connection, plan_id: str) -> Row[Any]:
    """The plan, or Unknown."""
    row = connection.execute(select(PLANS).where(PLANS.c.plan_id == plan_id)).first()
    if row is None:
        raise Unknown(f"There is no plan {plan_id}.", "See `yidi errors plan` for those there are.")
    return row


def execute(desk: Desk, person: Person, plan_id: str, reason: str = "") -> Answer:
    """Begin to send, unless something has moved since the plan was made, or a second person has to approve first.

    A stopped plan goes on with what is left, if nothing of that has moved.
    """

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row = plan(connection, plan_id)
        if row.state not in ("planned", "stopped"):
            raise Conflict(f"The plan is {row.state}.", "Make another one for what is left.")
        told = view(desk, connection, plan_id, now_ms)
        if told["state"] == "predicting":
            raise Conflict("The plan is still being foretold.", "Look at it in a moment: `yidi errors plan`.")
        if told["state"] == "needs_approval":
            raise Conflict(
                f"{told['planned']} records (above {desk.settings.four_eyes_above}) need a second person's approval.",
                f"Ask somebody with the role approve: `yidi errors approve {plan_id}`.",
            )
        _refuse_moved(connection, plan_id)
        forgiven = told["counts"].get("refused", 0) + told["counts"].get("waiting", 0)
        values = {
            "state": "running",
            "why": "",
            "executed_by": person.name,
            "by_token": person.authenticated,
            "forgiven": forgiven,
        }
        connection.execute(update(PLANS).where(PLANS.c.plan_id == plan_id).values(values))
        return view(desk, connection, plan_id, now_ms), f"executing {counted(told['planned'], 'replay')}"

    return desk.act(person, ROLES["execute"], "execute", plan_id, reason, work)


def _refuse_moved(connection: Connection, plan_id: str) -> None:
    left = (ITEMS.c.plan_id == plan_id) & (ITEMS.c.outcome == "planned") & (CASES.c.version != ITEMS.c.version)
    wanted = select(ITEMS.c.error_id, CASES.c.state, CASES.c.owner).join(CASES, CASES.c.error_id == ITEMS.c.error_id)
    moved = list(connection.execute(wanted.where(left)))
    if moved:
        first = moved[0]
        raise Conflict(
            f"{len(moved)} of the plan's cases have moved since it was made; {first.error_id[:8]} is {first.state}"
            f"{' and ' + first.owner + ' has it' if first.owner else ''}.",
            "Make the plan again and look at what it says now.",
            moved=[row.error_id for row in moved[:SHOWN_MAX]],
        )


def stop(desk: Desk, person: Person, plan_id: str, reason: str = "") -> Answer:
    """Send no more of it. What is on its way is followed to its end."""

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row = plan(connection, plan_id)
        if row.state != "running":
            raise Conflict(f"The plan is {row.state}.", "Only a running plan is stopped.")
        values = {"state": "stopped", "why": f"stopped by {person.name}"}
        connection.execute(update(PLANS).where(PLANS.c.plan_id == plan_id).values(values))
        return view(desk, connection, plan_id, now_ms), "stopped"

    return desk.act(person, ROLES["stop"], "stop", plan_id, reason, work)


def approve(desk: Desk, person: Person, plan_id: str, reason: str = "") -> Answer:
    """The second pair of eyes: somebody else than who made the plan, known by token, with the role for it."""

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        need_reason(reason)
        row = plan(connection, plan_id)
        refuse_same(row.made_by, person)
        connection.execute(update(PLANS).where(PLANS.c.plan_id == plan_id).values(approved_by=person.name))
        return view(desk, connection, plan_id, now_ms), "approved"

    return desk.act(person, ROLES["approve"], "approve", plan_id, reason, work)


def refuse_same(made_by: str, person: Person) -> None:
    """Conflict when the one who asks is the one who approves."""
    if made_by == person.name:
        raise Conflict("Who asks cannot approve.", "Four eyes are needed: ask somebody else.", holder=made_by)


def listed(desk: Desk, connection: Connection, now_ms: int, most: int = 50) -> list[Answer]:
    """The newest plans."""
    rows = connection.execute(select(PLANS.c.plan_id).order_by(PLANS.c.made_at.desc()).limit(most))
    return [view(desk, connection, row.plan_id, now_ms) for row in list(rows)]


def view(desk: Desk, connection: Connection, plan_id: str, now_ms: int, *, with_items: bool = False) -> Answer:
    """The plan as it stands: its state, counts, money foretold and moved, and its first items."""
    row = plan(connection, plan_id)
    counted = select(ITEMS.c.outcome, func.count().label("n")).where(ITEMS.c.plan_id == plan_id)
    counts = {r.outcome: r.n for r in connection.execute(counted.group_by(ITEMS.c.outcome))}
    answer = {**row._asdict(), "q": query(row.q), "counts": counts, "planned": counts.get("planned", 0)}
    answer["state"] = _state(desk, connection, row, answer["planned"], now_ms)
    answer["money"] = _money(connection, plan_id)
    if with_items:
        answer["items"] = _items(connection, plan_id)
    return answer


def _state(desk: Desk, connection: Connection, row: Row[Any], planned: int, now_ms: int) -> str:
    if row.state != "planned":
        return str(row.state)
    open_probe = (ITEMS.c.plan_id == row.plan_id) & (ITEMS.c.outcome == "planned") & ITEMS.c.predicted.is_(None)
    open_probes = connection.execute(select(func.count()).select_from(ITEMS).where(open_probe)).scalar_one()
    if open_probes and now_ms < row.made_at + FORETOLD_MS_MAX:
        return "predicting"
    return "needs_approval" if planned > desk.settings.four_eyes_above and row.approved_by is None else "ready"


_SUMS: Final = ("medfee_sumamt", "fund_pay_sumamt", "acct_pay", "psn_cash_pay")


def _money(connection: Connection, plan_id: str) -> Answer:
    """Sums in fen over what was foretold and over what has settled, and how many differ."""
    wanted = select(ITEMS.c.predicted, ITEMS.c.actual).where(ITEMS.c.plan_id == plan_id, ITEMS.c.probe.is_not(None))
    rows = [(json.loads(r.predicted or "{}"), json.loads(r.actual or "{}")) for r in connection.execute(wanted)]
    return {
        "predicted": _sums([predicted for predicted, _ in rows]),
        "actual": _sums([actual for _, actual in rows]),
        "differing": sum(differs(predicted, actual) is True for predicted, actual in rows),
    }


def _sums(told: Sequence[Mapping[str, Any]]) -> dict[str, int]:
    amounts = [t["amounts"] for t in told if t.get("amounts") and t["outcome"] == "DONE"]
    return {"records": len(amounts), **{name: sum(a[name] for a in amounts) for name in _SUMS}}


def differs(predicted: Mapping[str, Any], actual: Mapping[str, Any]) -> bool | None:
    """Whether what happened is other than what was foretold; None while one of the two is missing."""
    if predicted.get("outcome") not in ("DONE", "REFUSED") or actual.get("outcome") not in ("DONE", "REFUSED"):
        return None
    return any(predicted.get(name) != actual.get(name) for name in ("outcome", "code", "amounts"))


def _items(connection: Connection, plan_id: str) -> list[Answer]:
    wanted = select(ITEMS).where(ITEMS.c.plan_id == plan_id).order_by(ITEMS.c.nr).limit(SHOWN_MAX)
    return [_shown(row) for row in connection.execute(wanted)]


def _shown(row: Row[Any]) -> Answer:
    predicted, actual = json.loads(row.predicted or "{}"), json.loads(row.actual or "{}")
    return {
        **{name: getattr(row, name) for name in ("nr", "error_id", "version", "outcome", "attempt", "sent_at")},
        "predicted": predicted,
        "actual": {} if "why" in actual else actual,
        "skip": actual.get("why", ""),
        "differs": differs(predicted, actual),
    }
