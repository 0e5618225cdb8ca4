"""Executing plans, step by step: canaries first, then at the plan's rate, stopping where it is told to.

Every step is one transaction over the desk's tables: the case is marked, the message lies in the outbox, the action is
in the chain. A desk that dies between two steps goes on from what is written; a message that is sent twice is the same
bytes under the same attempt, which services answer from their stores.
"""

import json
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Row, func, insert, select, update

from yidi.desk import ledger
from yidi.desk.cases import case, move, newest_report, note
from yidi.desk.ledger import Deed
from yidi.desk.refusals import DeskRefusal
from yidi.desk.resending import headers_of, hopeless, resend_of
from yidi.desk.states import Action, State
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
    sent = 0
    for item in _next_items(connection, row, _room(connection, row, counts, now_ms)):
        sent += _send(connection, row, item, now_ms, after_of)
    return sent


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


def _send(connection: Connection, plan: Row[Any], item: Row[Any], now_ms: int, after_of: AfterOf) -> int:
    """Queue one replay; a case that has moved, or cannot be helped so, is skipped and the plan says why."""
    row = case(connection, item.error_id)
    report = newest_report(connection, item.error_id)
    why = hopeless(report) or ("" if row.version == item.version else f"it has moved: it is {row.state}")
    attempt = 1 + max(row.attempt, _attempted(connection, item.error_id))
    try:
        if not why:
            owner = row.owner or plan.executed_by
            move(connection, row, Action.REPLAY, replays=row.replays + 1, owner=owner)
    except DeskRefusal as refusal:
        why = refusal.what
    if why:
        _set_item(connection, item, outcome="skipped", actual=json.dumps({"why": why}))
        return 0
    message = resend_of(report)
    headers = headers_of(report, attempt, after_of(message.topic, message.key))
    connection.execute(insert(OUTBOX).values(**message._asdict(), headers=packed(headers)))
    _set_item(connection, item, outcome="sent", attempt=attempt, sent_at=now_ms)
    words = f"attempt {attempt} of plan {plan.plan_id}"
    if plan.approved_by:
        words += f", approved by {plan.approved_by}"
    note(connection, item.error_id, now_ms, "replayed", plan.executed_by, words)
    deed = Deed(plan.executed_by, plan.by_token, "replay", item.error_id, plan.reason, words)
    ledger.append(connection, deed, now_ms)
    return 1


def _attempted(connection: Connection, error_id: str) -> int:
    """The highest attempt that any plan has sent for the case."""
    wanted = select(func.max(ITEMS.c.attempt)).where(ITEMS.c.error_id == error_id)
    return int(connection.execute(wanted).scalar_one() or 0)


def _set_item(connection: Connection, item: Row[Any], **values: Any) -> None:  # noqa: ANN401 — any column
    this = (ITEMS.c.plan_id == item.plan_id) & (ITEMS.c.nr == item.nr)
    connection.execute(update(ITEMS).where(this).values(**values))


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
        _set_item(connection, item, outcome="waiting")


def packed(headers: Headers) -> str:
    """Headers as the outbox keeps them."""
    return json.dumps([[name, value.hex()] for name, value in headers])


def unpacked(text: str) -> Headers:
    """The same, back."""
    return tuple((name, bytes.fromhex(value)) for name, value in json.loads(text))
