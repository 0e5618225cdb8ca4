"""What one person may do with one case, plan, batch or list now, so that nobody is offered what would be refused.

No rule stands here: each command's own guards are asked, with nothing done. The commands ask them again.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from sqlalchemy import Connection, Row

from yidi.desk import amending, claiming, plans
from yidi.desk.cases import refuse_others
from yidi.desk.desk import Desk
from yidi.desk.handling import may_take_over, refuse_solved
from yidi.desk.healing import kind_for
from yidi.desk.mends import READY
from yidi.desk.people import ROLES, People, Person
from yidi.desk.plans import refuse_same
from yidi.desk.refusals import DeskRefusal
from yidi.desk.states import Action, State, after

Answer = dict[str, Any]
Guard = Callable[[Desk, Connection, Row[Any], Person], None]
"""Raises the refusal that the command would raise."""


def commands(desk: Desk, connection: Connection, row: Row[Any], person: Person) -> list[str]:
    """Names of the commands that the desk would take from this person for this case as it stands."""
    about = (desk, connection, row, person)
    return [name for name, guard in _GUARDS.items() if _has_role(person, name) and _passes(partial(guard, *about))]


def of_plan(person: Person, told: Mapping[str, Any]) -> list[str]:
    """The same for a plan as `yidi.desk.plans.view` tells it."""
    name = _STEPS.get(told["state"])
    if name == "approve":
        return of_proposal(person, told["made_by"])
    return [name] if name and _has_role(person, name) else []


def of_batch(person: Person, told: Mapping[str, Any]) -> list[str]:
    """The same for a batch as `yidi.desk.bulk.view` tells it; `undo` makes the batch that takes it back."""
    return [name for name in _of_batch(told) if _has_role(person, _ROLE_OF.get(name, name))]


def _of_batch(told: Mapping[str, Any]) -> list[str]:
    """What a batch waits for, by its state, whoever asks."""
    if told["state"] == "running":
        return ["stop"]
    left = told["state"] in ("ready", "stopped") and told["planned"]
    return [*(["execute"] if left else []), *(["undo"] if told["undo"] else [])]


def of_list(person: Person) -> list[str]:
    """What may be done with many cases at once; each case is judged by the dry run."""
    return [name for name in OF_LISTS if _has_role(person, name)]


def denial(people: People, person: Person, name: str, made_by: str | None = None) -> Answer | None:
    """Why the person may not give this command, and who may, as a refusal says it; None when they may."""
    try:
        person.need(ROLES[name])
        if made_by is not None:
            refuse_same(made_by, person)
    except DeskRefusal as refusal:
        others = sorted(people.having(ROLES[name]) - {made_by, person.name})
        named = f"Who may: {', '.join(others)}."
        return {"what": refusal.what, "todo": named if others else _NOBODY.format(ROLES[name])}
    return None


def of_plan_and_why(people: People, person: Person, told: Mapping[str, Any]) -> Answer:
    """`commands` of a plan, and `denied`: what keeps this person from what it waits for."""
    name = _STEPS.get(told["state"])
    by = told["made_by"] if name == "approve" else None
    return {"commands": of_plan(person, told), "denied": denial(people, person, name, by) if name else None}


def of_batch_and_why(people: People, person: Person, told: Mapping[str, Any]) -> Answer:
    """The same of a batch."""
    denied = denial(people, person, "execute") if _of_batch(told) else None
    return {"commands": of_batch(person, told), "denied": denied}


def of_list_and_why(people: People, person: Person) -> Answer:
    """The same of a list of cases."""
    return {"commands": of_list(person), "denied": denial(people, person, "replay")}


OF_LISTS: Final = ("replay", "take", "hand", "discard", "claim")
_ROLE_OF: Final = {"undo": "restore"}
_NOBODY: Final = "Nobody else may yet; a token makes somebody: `yidi errors token NAME --role {}`."


def of_proposal(person: Person, made_by: str) -> list[str]:
    """Whether the person may approve what somebody proposed."""
    free = _has_role(person, "approve") and _passes(partial(refuse_same, made_by, person))
    return ["approve"] if free else []


_STEPS: Final = {"ready": "execute", "stopped": "execute", "running": "stop", "needs_approval": "approve"}
"""What a plan waits for, by its state."""


class _NotOffered(DeskRefusal):
    """It could be asked for, and nothing would come of it."""


def _has_role(person: Person, name: str) -> bool:
    return _passes(partial(person.need, ROLES[name]))


def _passes(guard: Callable[[], None]) -> bool:
    try:
        guard()
    except DeskRefusal:
        return False
    return True


def _take(_desk: Desk, _connection: Connection, row: Row[Any], person: Person) -> None:
    after(State(row.state), Action.TAKE)
    if row.owner == person.name:
        raise _NotOffered("taken already")
    if not may_take_over(person):
        refuse_others(row, person.name)


def _step(action: Action) -> Guard:
    def guard(_desk: Desk, _connection: Connection, row: Row[Any], person: Person) -> None:
        refuse_others(row, person.name)
        after(State(row.state), action)

    return guard


def _claim(desk: Desk, connection: Connection, row: Row[Any], person: Person) -> None:
    _step(Action.CLAIM)(desk, connection, row, person)
    claiming.refuse_open(connection, row)


def _amend(desk: Desk, connection: Connection, row: Row[Any], person: Person) -> None:
    amending.refuse_off(desk)
    _step(Action.AMEND)(desk, connection, row, person)
    amending.encounter_of(connection, row.error_id)


def _mend(_desk: Desk, _connection: Connection, row: Row[Any], person: Person) -> None:
    refuse_solved(row)
    refuse_others(row, person.name)
    if State(row.state) not in READY or kind_for(row.code, row.med_type) is None:
        raise _NotOffered("no mend would help")


def _replay(_desk: Desk, _connection: Connection, row: Row[Any], person: Person) -> None:
    why = plans.why_not(person.name, row.code, row.state, row.owner)
    if why:
        raise _NotOffered(why)


_GUARDS: Final[Mapping[str, Guard]] = {
    "take": _take,
    "hand": _step(Action.HAND),
    "discard": _step(Action.DISCARD),
    "restore": _step(Action.RESTORE),
    "park": _step(Action.PARK),
    "claim": _claim,
    "recover": _step(Action.RECOVER),
    "amend": _amend,
    "mend": _mend,
    "replay": _replay,
}
