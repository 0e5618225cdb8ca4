"""Executing plans, step by step: canaries first, then at the plan's rate, stopping where it is told to.

Every step is one transaction over the desk's tables: the case is marked, the message lies in the outbox, the action is
in the chain. A desk that dies between two steps goes on from what is written; a message that is sent twice is the same
bytes under the same attempt, which services answer from their stores.
"""

import json
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, func, insert, select, update

from yidi.contract.records import ErrorReport
from yidi.desk import ledger
from yidi.desk.cases import Move, Note, case, cases_of, move, move_all, newest_reports, note, note_all
from yidi.desk.ledger import Deed
from yidi.desk.refusals import DeskRefusal
from yidi.desk.resending import headers_of, hopeless, resend_of
from yidi.desk.states import Action, State, after
from yidi.desk.tables import ITEMS, OUTBOX, PLANS
from yidi.runtime.decider import Headers

IN_FLIGHT_MAX: Final = 200
"""Replays of one plan without an outcome at once."""
SECOND_MS: Final = 1_000
AfterOf = Callable[[str, bytes], str]
"""What has to have been read before a message to this topic with this key: the header `after`."""


def step(connection: Connection, now_ms: int, wait_ms: int, after_of: AfterOf) -> int:
    """One step of every running plan; returns how many replays it queued."""
    _give_up_waiting(connection, now_ms - wait_ms, now_ms)
    running = list(connection.execute(select(PLANS).where(PLANS.c.state == "running")))
    return sum(_step(connection, row, now_ms, after_of) for row in running)


def anything_to_do(connection: Connection) -> bool:
    """Whether a plan is running, or one of its replays is still followed."""
    running = select(PLANS.c.plan_id).where(PLANS.c.state == "running").limit(1)
    followed = select(ITEMS.c.nr).where(ITEMS.c.outcome == "sent").limit(1)
    return connection.execute(running).first() is not None or connection.execute(followed).first() is not None


def _step(connection: Connection, row: Row[Any], now_ms: int, after_of: AfterOf) -> int:
    counts = counts_of(connection, row.plan_id)
    if row.stop and failed(counts) > row.forgiven:
        _end(
            connection,
            row.plan_id,
            "stopped",
            "a replay was refused again, or has no answer; what is left was not sent",
        )
        return 0
    if not counts.get("planned", 0):
        if not counts.get("sent", 0):
            _end(connection, row.plan_id, "done", "")
        return 0
    return _send(
        connection, row, _next_items(connection, row, _room(connection, row, counts, now_ms)), now_ms, after_of
    )


def failed(counts: dict[str, int]) -> int:
    """Items that stop a plan which stops on failure."""
    return counts.get("refused", 0) + counts.get("waiting", 0)


def _room(connection: Connection, row: Row[Any], counts: dict[str, int], now_ms: int) -> int:
    """How many may go now: the canaries, and nothing else before they have settled; then so many in any second."""
    tried = sum(counts.get(outcome, 0) for outcome in ("sent", "settled", "refused", "waiting"))
    if tried < row.canary:
        return int(row.canary - tried)
    if row.canary and tried == row.canary and counts.get("sent", 0):
        return 0
    lately = (ITEMS.c.plan_id == row.plan_id) & (ITEMS.c.sent_at > now_ms - SECOND_MS)
    gone = connection.execute(select(func.count()).select_from(ITEMS).where(lately)).scalar_one()
    return min(int(row.rate) - gone, IN_FLIGHT_MAX - counts.get("sent", 0))


def counts_of(connection: Connection, plan_id: str) -> dict[str, int]:
    wanted = select(ITEMS.c.outcome, func.count().label("n")).where(ITEMS.c.plan_id == plan_id)
    return {row.outcome: row.n for row in connection.execute(wanted.group_by(ITEMS.c.outcome))}


def _next_items(connection: Connection, row: Row[Any], most: int) -> list[Row[Any]]:
    if most < 1:
        return []
    planned = (ITEMS.c.plan_id == row.plan_id) & (ITEMS.c.outcome == "planned")
    return list(connection.execute(select(ITEMS).where(planned).order_by(ITEMS.c.nr).limit(most)))


class _Replay(NamedTuple):
    """An item that goes out now: its case, what is sent, and under which attempt."""

    item: Row[Any]
    row: Row[Any]
    report: ErrorReport
    attempt: int


def _send(connection: Connection, plan: Row[Any], items: Sequence[Row[Any]], now_ms: int, after_of: AfterOf) -> int:
    """Queue a chunk of replays, a statement for each table; returns how many.

    A case that has moved, or cannot be helped so, is skipped and the plan says why.
    """
    replays, skipped = _judged(connection, items)
    move_all(connection, [Move(one.row, _replayed(one.row, plan)) for one in replays], Action.REPLAY)
    _queue(connection, replays, after_of)
    left_out = [{**_this(item), "outcome": "skipped", "actual": json.dumps({"why": why})} for item, why in skipped]
    _set_items(connection, left_out)
    sent = {"outcome": "sent", "sent_at": now_ms}
    _set_items(connection, [{**_this(one.item), **sent, "attempt": one.attempt} for one in replays])
    words = {one.row.error_id: _words(plan, one.attempt) for one in replays}
    by, reason = plan.executed_by, plan.reason
    note_all(connection, [Note(error_id, now_ms, "replayed", by, said) for error_id, said in words.items()])
    deeds = [Deed(by, plan.by_token, "replay", error_id, reason, said) for error_id, said in words.items()]
    ledger.append_all(connection, deeds, now_ms)
    return len(replays)


def _judged(connection: Connection, items: Sequence[Row[Any]]) -> tuple[list[_Replay], list[tuple[Row[Any], str]]]:
    """Which items go, and which are left out and why; an item whose case an earlier one has sent is left out."""
    ids = [item.error_id for item in items]
    rows, reports = cases_of(connection, ids), newest_reports(connection, ids)
    attempted = _attempted(connection, ids)
    replays, skipped = dict[str, _Replay](), list[tuple[Row[Any], str]]()
    for item in items:
        row, report = rows[item.error_id], reports[item.error_id]
        state = State.REPLAYING if row.error_id in replays else State(row.state)
        why = hopeless(report) or _moved(item, row, state)
        if why:
            skipped.append((item, why))
        else:
            attempt = 1 + max(row.attempt, attempted.get(row.error_id, 0))
            replays[row.error_id] = _Replay(item, row, report, attempt)
    return list(replays.values()), skipped


def _moved(item: Row[Any], row: Row[Any], state: State) -> str:
    """Why the case as it stands is no longer the one that was planned; empty when it is."""
    if row.version != item.version or state != row.state:
        return f"it has moved: it is {state}"
    try:
        after(state, Action.REPLAY)
    except DeskRefusal as refusal:
        return refusal.what
    return ""


def _replayed(row: Row[Any], plan: Row[Any]) -> dict[str, Any]:
    return {"replays": row.replays + 1, "owner": row.owner or plan.executed_by}


def _queue(connection: Connection, replays: Sequence[_Replay], after_of: AfterOf) -> None:
    messages = [(resend_of(one.report), one) for one in replays]
    rows = [
        {**message._asdict(), "headers": packed(headers_of(one.report, one.attempt, after_of(*message[:2])))}
        for message, one in messages
    ]
    if rows:
        connection.execute(insert(OUTBOX), rows)


def _words(plan: Row[Any], attempt: int) -> str:
    words = f"attempt {attempt} of plan {plan.plan_id}"
    return f"{words}, approved by {plan.approved_by}" if plan.approved_by else words


def _attempted(connection: Connection, error_ids: Sequence[str]) -> dict[str, int]:
    """The highest attempt that any plan has sent, for each case that one has."""
    wanted = select(ITEMS.c.error_id, func.max(ITEMS.c.attempt).label("attempt"))
    sent = wanted.where(ITEMS.c.error_id.in_(error_ids), ITEMS.c.attempt.is_not(None))
    return {row.error_id: row.attempt for row in connection.execute(sent.group_by(ITEMS.c.error_id))}


def _this(item: Row[Any]) -> dict[str, Any]:
    return {"this_plan": item.plan_id, "this_nr": item.nr}


def _set_items(connection: Connection, values: Sequence[dict[str, Any]]) -> None:
    """Change items, each named by `_this`, the same columns for all."""
    if values:
        these = (ITEMS.c.plan_id == bindparam("this_plan")) & (ITEMS.c.nr == bindparam("this_nr"))
        connection.execute(update(ITEMS).where(these), values)


def _end(connection: Connection, plan_id: str, state: str, why: str) -> None:
    connection.execute(update(PLANS).where(PLANS.c.plan_id == plan_id).values(state=state, why=why))


def _give_up_waiting(connection: Connection, before_ms: int, now_ms: int) -> None:
    """Replays without an answer for so long are waiting: still followed, but no longer counted as on their way."""
    late = (ITEMS.c.outcome == "sent") & (ITEMS.c.sent_at < before_ms)
    for item in list(connection.execute(select(ITEMS).where(late))):
        row = case(connection, item.error_id)
        if row.state == State.REPLAYING:
            move(connection, row, Action.WAIT)
            note(connection, item.error_id, now_ms, "waiting", "desk", "no answer in time; it is still followed")
        _set_items(connection, [{**_this(item), "outcome": "waiting"}])


def packed(headers: Headers) -> str:
    """Headers as the outbox keeps them."""
    return json.dumps([[name, value.hex()] for name, value in headers])


def unpacked(text: str) -> Headers:
    """The same, back."""
    return tuple((name, bytes.fromhex(value)) for name, value in json.loads(text))
