"""One case: found, shown as a row, moved from state to state. A version guards every move."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from yidi.contract.codec import ERROR_REPORT
from yidi.desk.facts import FACTS, IDS, REPORTED
from yidi.desk.refusals import BadRequest, Conflict, Unknown
from yidi.desk.states import UNSOLVED, Action, State, after
from yidi.desk.tables import CASES, EVENTS, REPORTS
from yidi.domain.faults import FAULTS
from yidi.domain.identities import masked

ID_CHARS_MIN: Final = 4
SHOWN: Final = (
    *("error_id", "state", "owner", "version", "first_failed_at"),
    *REPORTED,
    *IDS,
    *FACTS,
    *("replays", "ready", "mended_by"),
)
"""Columns of a row as people and programs get it."""


def case(connection: Connection, wanted: str) -> Row[Any]:
    """The case with this id, or the only one whose id begins so; Unknown or BadRequest in words."""
    if len(wanted) < ID_CHARS_MIN:
        raise BadRequest(f"{wanted!r} is too short for an id.", "Give at least its first four characters.")
    exact = connection.execute(select(CASES).where(CASES.c.error_id == wanted)).first()
    if exact is not None:
        return exact
    begin = CASES.c.error_id.startswith(wanted, autoescape=True)
    found = list(connection.execute(select(CASES).where(begin).limit(2))) or _by_report(connection, wanted)
    if not found:
        raise Unknown(f"The desk knows no error {wanted}.", "Take the id from `yidi errors list`.")
    if len(found) > 1:
        raise BadRequest(f"Several errors begin with {wanted}.", "Give more of the id.")
    return found[0]


def _by_report(connection: Connection, wanted: str) -> list[Row[Any]]:
    """Cases that a later report with this id, or one that begins so, has joined; two at most."""
    begin = REPORTS.c.report_id.startswith(wanted, autoescape=True)
    joined = select(REPORTS.c.error_id).where(begin)
    return list(connection.execute(select(CASES).where(CASES.c.error_id.in_(joined)).limit(2)))


def cases_of(connection: Connection, error_ids: Sequence[str]) -> dict[str, Row[Any]]:
    """Cases by their whole ids; not more ids than one IN list takes."""
    return {row.error_id: row for row in connection.execute(select(CASES).where(CASES.c.error_id.in_(error_ids)))}


def newest_reports(connection: Connection, error_ids: Sequence[str]) -> dict[str, Any]:
    """The last report of each case, decoded; not more ids than one IN list takes."""
    wanted = select(CASES.c.error_id, REPORTS.c.value).join(CASES, CASES.c.report == REPORTS.c.report_id)
    found = connection.execute(wanted.where(CASES.c.error_id.in_(error_ids)))
    return {row.error_id: ERROR_REPORT.decode(row.value) for row in found}


def newest_report(connection: Connection, error_id: str) -> Any:  # noqa: ANN401 — an ErrorReport
    """The last report of a case, decoded."""
    wanted = select(REPORTS.c.value).join(CASES, CASES.c.report == REPORTS.c.report_id)
    return ERROR_REPORT.decode(connection.execute(wanted.where(CASES.c.error_id == error_id)).scalar_one())


def shown(row: Row[Any], now_ms: int, alarm_ms: int, *, unmask: bool = False) -> dict[str, Any]:
    """The row as people and programs get it."""
    fault = FAULTS.get(row.code)
    unsolved = row.state in UNSOLVED
    age_ms = now_ms - row.first_failed_at if unsolved else 0
    return {
        **{name: getattr(row, name) for name in SHOWN},
        "attempt": max(1, row.attempt),
        "psn_no": row.psn_no if unmask or row.psn_no is None else masked(row.psn_no),
        "zh": fault.zh if fault else "",
        "en": fault.en if fault else "",
        "age_ms": age_ms,
        "alarm": row.state == State.TWICE or (unsolved and age_ms > alarm_ms),
    }


class Holding(NamedTuple):
    """Where a case stands, and who has it: all that decides whether somebody else may act on it."""

    state: str
    owner: str | None


def refuse_others(row: Row[Any] | Holding, actor: str) -> None:
    """Conflict that names the holder when somebody else has taken the case."""
    if row.owner is not None and row.owner != actor and row.state in UNSOLVED:
        raise Conflict(
            f"{row.owner} has this case.",
            f"Ask {row.owner} to hand it on: `yidi errors hand`. The role approve takes it over, with a reason.",
            holder=row.owner,
            state=row.state,
        )


def move(connection: Connection, row: Row[Any], action: Action, **changes: Any) -> State:  # noqa: ANN401 — any column
    """Carry out one step of a case's life; Conflict when it is not possible, or somebody was faster."""
    move_all(connection, [Move(row, changes)], action)
    return after(State(row.state), action)


def _moved_meanwhile(now: Row[Any]) -> Conflict:
    return Conflict(
        f"The case has moved meanwhile: it is {now.state}{', ' + now.owner + ' has it' if now.owner else ''}.",
        "Look at it again, then decide.",
        holder=now.owner,
        state=now.state,
    )


class Move(NamedTuple):
    """One step of one case's life: the case as it was read, and what else changes in its row."""

    row: Row[Any]
    changes: Mapping[str, Any]


def move_all(connection: Connection, moves: Sequence[Move], action: Action) -> None:
    """The same step for many cases, in one statement; Conflict when one of them is elsewhere: nothing may be kept then.

    Each case once, and the same columns for all. The caller's transaction began to write before it read, so that
    nobody moves a case meanwhile; the versions are checked all the same.
    """
    if not moves:
        return
    unmoved = (CASES.c.error_id == bindparam("this")) & (CASES.c.version == bindparam("known"))
    values = [_moved(one, action) for one in moves]
    if connection.execute(update(CASES).where(unmoved), values).rowcount != len(moves):
        now = cases_of(connection, [one.row.error_id for one in moves])
        elsewhere = (row for one in values if (row := now[one["this"]]).state != one["state"])
        raise _moved_meanwhile(next(elsewhere, now[moves[0].row.error_id]))


def _moved(one: Move, action: Action) -> dict[str, Any]:
    state = after(State(one.row.state), action)
    known = {"this": one.row.error_id, "known": one.row.version}
    return {**known, "state": state.value, "version": one.row.version + 1, **one.changes}


class Note(NamedTuple):
    """One event of a case's history."""

    error_id: str
    at: int
    kind: str
    actor: str
    words: str


def note_all(connection: Connection, notes: Sequence[Note]) -> None:
    """Write events of many cases, in order."""
    if notes:
        connection.execute(insert(EVENTS), [one._asdict() for one in notes])


def note(connection: Connection, error_id: str, now_ms: int, *what: str) -> None:
    """Write one event of a case's history: `what` is its kind, who did it, and words."""
    kind, actor, words = what
    note_all(connection, [Note(error_id, now_ms, kind, actor, words)])
