"""What an operator does with one case by hand: take, hand on, discard, restore, park.

Each deed is a function over one transaction, so that it can be done to one case or to many (`yidi.desk.bulk`).
"""

import getpass
from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from yidi.desk.cases import case, move, note, refuse_others, shown
from yidi.desk.desk import Desk, need_reason
from yidi.desk.people import ROLES, People, Person, Role
from yidi.desk.refusals import BadRequest, Conflict
from yidi.desk.states import UNSOLVED, Action
from yidi.desk.tables import ACTIONS

Answer = dict[str, Any]
Deed = Callable[[Connection, Row[Any], str, str, int], str]
"""Done to a case, by whom, why, when (UTC ms): its result in words; refuses before it has written anything."""


def take(desk: Desk, person: Person, error_id: str, reason: str = "") -> Answer:
    """Whoever takes a case first keeps it, until it is solved or handed on; a second one is told who has it.

    Who may approve takes it over from anybody, with a reason: an owner may be gone.
    """
    over = may_take_over(person) and bool(reason.strip())
    return _do(desk, person, error_id, reason, "take", taken_over if over else taken)


def may_take_over(person: Person) -> bool:
    """Whether somebody may take a case from its owner."""
    return Role.APPROVE in person.roles


def hand(desk: Desk, person: Person, error_id: str, to: str, reason: str = "") -> Answer:
    """Hand a case on to somebody whom the desk knows. Its owner does it; for a case that nobody has, anybody."""
    checked = desk.look(lambda connection, _now_ms: refuse_strangers(connection, desk.people, person, to))

    def handed(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
        checked()
        return handed_to(to)(connection, row, actor, reason, now_ms)

    return _do(desk, person, error_id, reason, "hand", handed)


def discard(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """Nobody has to do anything about it any more. Its bytes stay; it can be restored."""
    return _do(desk, person, error_id, reason, "discard", discarded)


def restore(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """Back to open, from discarded or parked. A parked case may then be replayed as often again."""
    return _do(desk, person, error_id, reason, "restore", restored)


def park(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """To be solved by hand; no plan replays it."""
    return _do(desk, person, error_id, reason, "park", parked)


def recover(desk: Desk, person: Person, error_id: str, reason: str) -> Answer:
    """One of two payments has come back, or was stopped; the reason says which, and how one knows."""
    return _do(desk, person, error_id, reason, "recover", recovered)


def taken(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
    refuse_others(row, actor)
    move(connection, row, Action.TAKE, owner=actor)
    note(connection, row.error_id, now_ms, "taken", actor, reason)
    return f"taken by {actor}"


def taken_over(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
    """Taken even from somebody else, whose name the history keeps."""
    if row.owner in (None, actor):
        return taken(connection, row, actor, reason, now_ms)
    move(connection, row, Action.TAKE, owner=actor)
    note(connection, row.error_id, now_ms, "taken", actor, f"taken over from {row.owner}: {reason}")
    return f"taken over from {row.owner} by {actor}"


def refuse_strangers(connection: Connection, people: People, person: Person, to: str) -> None:
    """BadRequest for a name that nobody has: its case would be locked for good.

    Known is who has a token, the system's user of the desk, who asks, and whoever has acted here before.
    """
    name, named = to.strip(), people.names()
    if not name or name in named | {person.name, _system_user()}:
        return
    acted = select(ACTIONS.c.seq).where(ACTIONS.c.actor == name, ACTIONS.c.action.not_like("%/%")).limit(1)
    if connection.execute(acted).first() is None:
        raise BadRequest(
            f"The desk knows nobody called {name!r}.",
            f"It knows {', '.join(sorted(named)) or 'no name yet'}. Make one: `yidi errors token NAME`.",
        )


def _system_user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user may have no name
        return ""


def handed_to(to: str) -> Deed:
    """Handing on to this person; BadRequest when it is nobody."""
    name = to.strip()

    def handed(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
        if not name:
            raise BadRequest("To whom?", "Name the person with --to.")
        refuse_others(row, actor)
        move(connection, row, Action.HAND, owner=name)
        note(connection, row.error_id, now_ms, "handed", actor, f"to {name}: {reason}")
        return f"handed to {name}"

    return handed


def discarded(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
    return _step(connection, row, (actor, reason), Action.DISCARD, now_ms)


def restored(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
    return _step(connection, row, (actor, reason), Action.RESTORE, now_ms)


def parked(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
    return _step(connection, row, (actor, reason), Action.PARK, now_ms)


def recovered(connection: Connection, row: Row[Any], actor: str, reason: str, now_ms: int) -> str:
    return _step(connection, row, (actor, reason), Action.RECOVER, now_ms)


FREED: Final = {"owner": None, "replays": 0}
"""A restored case is nobody's, and may be replayed as often again."""


def _step(connection: Connection, row: Row[Any], who: tuple[str, str], action: Action, now_ms: int) -> str:
    actor, reason = who
    need_reason(reason)
    refuse_others(row, actor)
    state = move(connection, row, action, **(FREED if action is Action.RESTORE else {}))
    note(connection, row.error_id, now_ms, state.value, actor, reason)
    return state.value


def _do(desk: Desk, person: Person, error_id: str, reason: str, name: str, deed: Deed) -> Answer:  # noqa: PLR0917 — as Desk.act
    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row = case(connection, error_id)
        words = deed(connection, row, person.name, reason, now_ms)
        return shown(case(connection, row.error_id), now_ms, desk.alarm_ms), words

    return desk.act(person, ROLES[name], name, error_id, reason, work)


def refuse_solved(row: Any) -> None:  # noqa: ANN401 — a row of CASES
    """Conflict for a case that is done with."""
    if row.state not in UNSOLVED:
        raise Conflict(f"The case is {row.state}.", "Look at it with `yidi errors show`.", state=row.state)
