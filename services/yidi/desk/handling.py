"""What an operator does with one case by hand: take, hand on, discard, restore, park."""

from typing import Any

from sqlalchemy import Connection

from yidi.desk.cases import case, move, note, refuse_others, shown
from yidi.desk.desk import Desk, need_reason
from yidi.desk.people import Person, Role
from yidi.desk.refusals import BadRequest, Conflict
from yidi.desk.states import UNSOLVED, Action

Answer = dict[str, Any]


def take(desk: Desk, person: Person, error_id: str, reason: str = "") -> Answer:
    """Whoever takes a case first keeps it, until it is solved or handed on; a second one is told who has it."""

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row = case(connection, error_id)
        refuse_others(row, person.name)
        move(connection, row, Action.TAKE, owner=person.name)
        note(connection, row.error_id, now_ms, "taken", person.name, reason)
        return _answer(desk, connection, row.error_id, now_ms), f"taken by {person.name}"

    return desk.act(person, Role.REPLAY, "take", error_id, reason, work)


def hand(desk: Desk, person: Person, error_id: str, to: str, reason: str = "") -> Answer:
    """Hand a case on. Its owner does it; for a case that nobody has, anybody."""

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        if not to.strip():
            raise BadRequest("To whom?", "Name the person with --to.")
        row = case(connection, error_id)
        refuse_others(row, person.name)
        move(connection, row, Action.HAND, owner=to.strip())
        note(connection, row.error_id, now_ms, "handed", person.name, f"to {to.strip()}: {reason}")
        return _answer(desk, connection, row.error_id, now_ms), f"handed to {to.strip()}"

    return desk.act(person, Role.REPLAY, "hand", error_id, reason, work)


def discard(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """Nobody has to do anything about it any more. Its bytes stay; it can be restored."""
    return _step(desk, person, error_id, reason, Action.DISCARD)


def restore(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """Back to open, from discarded or parked. A parked case may then be replayed as often again."""
    return _step(desk, person, error_id, reason, Action.RESTORE)


def park(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """To be solved by hand; no plan replays it."""
    return _step(desk, person, error_id, reason, Action.PARK)


def _step(desk: Desk, person: Person, error_id: str, reason: str, action: Action) -> Answer:
    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        need_reason(reason)
        row = case(connection, error_id)
        refuse_others(row, person.name)
        freed = {"owner": None, "replays": 0} if action is Action.RESTORE else {}
        state = move(connection, row, action, **freed)
        note(connection, row.error_id, now_ms, state.value, person.name, reason)
        return _answer(desk, connection, row.error_id, now_ms), state.value

    return desk.act(person, Role.REPLAY, action.value, error_id, reason, work)


def _answer(desk: Desk, connection: Connection, error_id: str, now_ms: int) -> Answer:
    return shown(case(connection, error_id), now_ms, desk.alarm_ms)


def refuse_solved(row: Any) -> None:  # noqa: ANN401 — a row of CASES
    """Conflict for a case that is done with."""
    if row.state not in UNSOLVED:
        raise Conflict(f"The case is {row.state}.", "Look at it with `yidi errors show`.", state=row.state)
