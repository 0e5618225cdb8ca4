"""Converting a case to a manual claim. Claimed once is never replayed: it would be paid twice."""

import json
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from yidi.desk.cases import case, move, newest_report, note, refuse_others
from yidi.desk.desk import Desk, need_reason
from yidi.desk.facts import content_of
from yidi.desk.papers import claim_of
from yidi.desk.people import ROLES, Person
from yidi.desk.reckoning import calculation
from yidi.desk.refusals import Conflict
from yidi.desk.states import Action
from yidi.desk.tables import CLAIMS, ITEMS
from yidi.domain.instants import business_date

Answer = dict[str, Any]


def preview(desk: Desk, error_id: str) -> Answer:
    """What a claim would be, nothing done: papers, deadline, doubts, and both calculations."""
    calculated = calculation(desk, error_id)
    with desk.store.read() as connection:
        row = case(connection, error_id)
        return {"error_id": row.error_id, **_content(connection, row, desk.clock()), **_advised(calculated)}


def claim(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """Convert; refused while the outcome is unknown or a replay has no final answer: it may still settle.

    The calculation is kept with the claim as it was then.
    """
    calculated = calculation(desk, error_id) if ROLES["claim"] in person.roles else None

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row = case(connection, error_id)
        content = _content(connection, row, now_ms) | (_advised(calculated) if calculated else {})
        words = _convert(connection, row, (person.name, reason), now_ms, content)
        return {"error_id": row.error_id, **content}, words

    return desk.act(person, ROLES["claim"], "claim", error_id, reason, work)


def converted(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
    """The same as one of many: papers and deadline; its amounts are worked out when somebody looks at it."""
    return _convert(connection, row, (actor, reason), now_ms, _content(connection, row, now_ms))


def _convert(connection: Connection, row: Row[Any], who: tuple[str, str], now_ms: int, content: Answer) -> str:
    actor, reason = who
    need_reason(reason)
    refuse_others(row, actor)
    refuse_open(connection, row)
    move(connection, row, Action.CLAIM, owner=row.owner or actor, ready=False)
    values = {"error_id": row.error_id, "made_by": actor, "made_at": now_ms, "content": json.dumps(content)}
    connection.execute(insert(CLAIMS).values(values))
    note(connection, row.error_id, now_ms, "claimed", actor, f"{reason}; until {content['deadline']}")
    return f"claimed, until {content['deadline']}"


def _content(connection: Connection, row: Row[Any], now_ms: int) -> Answer:
    bill = content_of(newest_report(connection, row.error_id)["value"]).bill
    return claim_of(row, business_date(now_ms), account=bool(bill.get("acct_used_flag")))


def _advised(calculated: Answer) -> Answer:
    """The calculation and, beside it, the payment advice."""
    return {"calculation": calculated, "advice": calculated.get("advice")}


def refuse_open(connection: Connection, row: Row[Any]) -> None:
    """Conflict while the case may still settle directly."""
    waiting = select(ITEMS.c.nr).where(ITEMS.c.error_id == row.error_id, ITEMS.c.outcome.in_(("sent", "waiting")))
    if row.fault_class == "UNKNOWN" or connection.execute(waiting).first() is not None:
        raise Conflict(
            "The settlement's outcome is not known yet: it may still be paid directly.",
            "Ask or reverse it first (`yidi query`, `yidi reverse`), then claim.",
            state=row.state,
        )


def claimed(connection: Connection, error_id: str) -> Answer | None:
    """The claim that a case was converted to, or None."""
    row = connection.execute(select(CLAIMS).where(CLAIMS.c.error_id == error_id)).first()
    return None if row is None else {**json.loads(row.content), "made_by": row.made_by, "made_at": row.made_at}
