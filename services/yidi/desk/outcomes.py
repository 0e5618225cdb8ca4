"""What later news does to a case: refused again, settled, unknown; and what a plan's probes foretold."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, bindparam, or_, select, update

from yidi.contract.records import ErrorReport, SettlementResult
from yidi.desk.cases import Move, Note, case, move, move_all, note, note_all
from yidi.desk.facts import REPORTED, content_of, facts_of
from yidi.desk.joining import CONFLICT
from yidi.desk.states import Action, State
from yidi.desk.tables import CASES, ITEMS
from yidi.desk.unplanned import note_all_unplanned, note_unplanned
from yidi.domain.counting import counted

CHUNK: Final = 500
PROBE: Final = "probe-"
"""Begin of the msgid of a pre-settlement that the desk sends to foretell what a replay would do. It has no effect."""
UNDER_WAY: Final = (State.REPLAYING, State.WAITING)
QUESTIONS_ANSWER: Final = "SETTLEMENT_NOT_FOUND"
"""To a query this is an answer, not a failure: nobody has anything to do about it."""
PROVISIONAL: Final = frozenset(
    {"NO_ANSWER", "RESULT_INVALID", "RESULT_UNEXPECTED", "STORE_UNREACHABLE", "BROKER_UNREACHABLE"}
)
"""Codes after which the same attempt may still be answered."""


def verdict(row: Any, result: SettlementResult) -> Action | None:  # noqa: ANN401 — a row of CASES, or a test's double
    """What a result means for a case; None when it is not about it, or is no news.

    A final answer settles what failed under an earlier attempt; an answer of the same attempt settles only what was
    open (no answer in time) or is being replayed: done is answered again as it was. An amended record has another msgid
    and the same settlement.
    """
    if row.code == CONFLICT or result["operation"] == "QUERY":
        return None
    outcome = result["outcome"]
    if outcome == "REVERSED" and row.msgid in (result["refers"], result["msgid"]):
        return Action.SETTLE
    if result["msgid"] != row.msgid:
        amended = outcome == "DONE" and result["operation"] == row.operation == "SETTLE"
        return Action.SETTLE if amended and result["setl_id"] == row.setl_id else None
    return _of_same_message(row, result)


def _of_same_message(row: Any, result: SettlementResult) -> Action | None:  # noqa: ANN401 — a row of CASES
    later, outcome = result["attempt"] > row.attempt, result["outcome"]
    if outcome == "DONE":
        return Action.SETTLE if later or row.state in UNDER_WAY or row.code in PROVISIONAL else None
    if outcome == "REFUSED":
        return Action.REFUSE if later and row.state in UNDER_WAY else None
    return Action.WAIT if outcome == "UNKNOWN" and later and row.state == State.REPLAYING else None


def anything_awaited(connection: Connection) -> bool:
    """Whether any result could be news: a chain without failures costs the desk next to nothing."""
    unsettled = [state.value for state in State if state is not State.SETTLED]
    open_case = select(CASES.c.error_id).where(CASES.c.state.in_(unsettled)).limit(1)
    open_probe = select(ITEMS.c.nr).where(ITEMS.c.probe.is_not(None), ITEMS.c.predicted.is_(None)).limit(1)
    return connection.execute(open_case).first() is not None or connection.execute(open_probe).first() is not None


def take_results(connection: Connection, results: Sequence[SettlementResult], now_ms: int, replays_max: int) -> None:
    """Apply results, in order, to the cases that they are about."""
    if not results:
        return
    _take_probes(connection, [result for result in results if result["msgid"].startswith(PROBE)])
    touches = _touches(connection, results)
    often = Counter(row.error_id for row, _ in touches)
    plain = [touch for touch in touches if often[touch.row.error_id] == 1 and _is_plain(*touch)]
    _settle_all(connection, plain, now_ms)
    done = {touch.row.error_id for touch in plain}
    for row, result in touches:
        if row.error_id not in done:
            _take(connection, case(connection, row.error_id), result, now_ms, replays_max)


class _Touch(NamedTuple):
    """A case and a result that may be about it."""

    row: Row[Any]
    result: SettlementResult


def _is_plain(row: Row[Any], result: SettlementResult) -> bool:
    """What nearly every result of a bulk replay is: the final answer to what is under way."""
    return row.state in UNDER_WAY and verdict(row, result) is Action.SETTLE


def _take(connection: Connection, row: Row[Any], result: SettlementResult, now_ms: int, replays_max: int) -> None:
    if result["msgid"] == row.msgid:
        note_unplanned(connection, row, result["attempt"], now_ms)
    action = verdict(row, result)
    paid_twice = row.state == State.TWICE and result["outcome"] == "DONE"  # told already
    if action is not None and row.state != State.SETTLED and not paid_twice:
        _apply(connection, row, action, result, now_ms=now_ms, replays_max=replays_max)


def _settle_all(connection: Connection, touches: Sequence[_Touch], now_ms: int) -> None:
    """Settle cases that are under way, each named once, with a statement for each table."""
    own = [touch for touch in touches if touch.result["msgid"] == touch.row.msgid]
    note_all_unplanned(connection, [(touch.row, touch.result["attempt"]) for touch in own], now_ms)
    move_all(connection, [Move(touch.row, {"ready": False}) for touch in touches], Action.SETTLE)
    note_all(
        connection,
        [Note(row.error_id, now_ms, "settled", result_from(result), _settled_by(result)) for row, result in touches],
    )
    _close_all(connection, [(row.error_id, "settled", foretold(result)) for row, result in touches])


def _touches(connection: Connection, results: Sequence[SettlementResult]) -> list[_Touch]:
    """In the order of the results; a case is as it stands before the first of them."""
    about = _cases_about(connection, results)
    return [
        _Touch(row, result)
        for result in results
        for row in {row.error_id: row for name in _names(result) for row in about.get(name, ())}.values()
    ]


def _names(result: SettlementResult) -> list[str]:
    """Ids that a case may have in common with a result."""
    return [name for name in (result["msgid"], result["setl_id"], result["refers"]) if name]


def _cases_about(connection: Connection, results: Sequence[SettlementResult]) -> dict[str, list[Row[Any]]]:
    """Cases that are not settled, by each of the ids."""
    names = sorted({name for result in results for name in _names(result)})
    found: dict[str, list[Row[Any]]] = {}
    for at in range(0, len(names), CHUNK):
        some = names[at : at + CHUNK]
        wanted = select(CASES).where(
            or_(CASES.c.msgid.in_(some), CASES.c.setl_id.in_(some)), CASES.c.state != State.SETTLED.value
        )
        for row in connection.execute(wanted):
            for name in {row.msgid, row.setl_id} & set(some):
                found.setdefault(name, []).append(row)
    return found


def _apply(
    connection: Connection, row: Row[Any], action: Action, result: SettlementResult, *, now_ms: int, replays_max: int
) -> None:
    actual = foretold(result)
    if action is Action.SETTLE:
        _settled(connection, row, result, now_ms)
        _close_items(connection, row.error_id, "settled", actual)
    elif action is Action.REFUSE:
        _refused(connection, row, {}, now_ms, replays_max)
        _close_items(connection, row.error_id, "refused", actual)
    else:
        move(connection, row, action)
        note(connection, row.error_id, now_ms, "waiting", result_from(result), "no answer in time; it may still settle")
        _close_items(connection, row.error_id, "waiting", actual)


def _settled(connection: Connection, row: Row[Any], result: SettlementResult, now_ms: int) -> None:
    """Closed, unless it was claimed by hand: then it is paid twice and stays unsolved until somebody has recovered it.

    A reversal of what was claimed pays nothing: it is noted only.
    """
    by_hand = row.state in (State.CLAIMED, State.TWICE)
    if not (by_hand and result["outcome"] == "REVERSED"):
        reached = move(connection, row, Action.SETTLE, ready=False)
        by_hand = reached is State.TWICE
    note(
        connection,
        row.error_id,
        now_ms,
        result["outcome"].lower() if by_hand else "settled",
        result_from(result),
        _settled_by(result),
    )
    if by_hand and result["outcome"] == "DONE":
        note(connection, row.error_id, now_ms, "alarm", "desk", TWICE)


def _settled_by(result: SettlementResult) -> str:
    return f"{result['outcome']} under attempt {result['attempt']}"


TWICE: Final = "It was settled though it was claimed by hand: recover one of the two payments."


def result_from(result: SettlementResult) -> str:
    return result["inbox"] or "platform"


def refused_again(connection: Connection, error_id: str, report: ErrorReport, *, now_ms: int, replays_max: int) -> None:
    """A report of a later attempt: the case shows it from now on, and is parked when it was tried too often."""
    row = case(connection, error_id)
    words = f"{report['code']} at {report['stage']} (attempt {report['attempt']}): {report['detail']}"
    note(connection, error_id, report["last_failed_at"], "refused", report["service"], words)
    note_unplanned(connection, row, report["attempt"], now_ms)
    fields: Mapping[str, Any] = report
    newest = {name: fields[name] for name in REPORTED} | {k: v for k, v in facts_of(report).items() if v is not None}
    newest["report"] = report["error_id"]
    if report["code"] in PROVISIONAL:
        _unanswered(connection, row, newest)
        _close_items(connection, error_id, "waiting", {"outcome": "UNKNOWN", "code": report["code"]})
        return
    _refused(connection, row, newest, now_ms, replays_max)
    _close_items(connection, error_id, "refused", {"outcome": "REFUSED", "code": report["code"]})


def _unanswered(connection: Connection, row: Row[Any], newest: dict[str, Any]) -> None:
    """No answer is no refusal: the case waits, and the answer that comes late settles it."""
    if row.state == State.REPLAYING:
        move(connection, row, Action.WAIT, **newest)
    elif row.state != State.SETTLED:
        connection.execute(update(CASES).where(CASES.c.error_id == row.error_id).values(newest))


def _refused(connection: Connection, row: Row[Any], newest: dict[str, Any], now_ms: int, replays_max: int) -> None:
    if row.state == State.SETTLED:
        return
    state = move(connection, row, Action.REFUSE, ready=False, mended_by=None, **newest)
    if state is State.REFUSED and row.replays >= replays_max:
        move(connection, case(connection, row.error_id), Action.PARK)
        words = f"parked: refused after {counted(row.replays, 'replay')}"
        note(connection, row.error_id, now_ms, "parked", "desk", words)


def _close_items(connection: Connection, error_id: str, outcome: str, actual: Mapping[str, Any]) -> None:
    """The items of running plans that wait for this case."""
    _close_all(connection, [(error_id, outcome, actual)])


def _close_all(connection: Connection, closed: Sequence[tuple[str, str, Mapping[str, Any]]]) -> None:
    """Likewise for many cases: each with its outcome, and what it is in full."""
    followed = or_(ITEMS.c.outcome == "sent", ITEMS.c.outcome == "waiting")
    sent = (ITEMS.c.error_id == bindparam("this")) & followed
    values = [
        {"this": error_id, "outcome": outcome, "actual": json.dumps(actual, default=_text)}
        for error_id, outcome, actual in closed
    ]
    if values:
        connection.execute(update(ITEMS).where(sent), values)


def foretold(result: SettlementResult) -> dict[str, Any]:
    """A result as a plan keeps it: outcome, code, and who pays what in fen."""
    amounts, fault = result["amounts"], result["fault"]
    return {
        "outcome": result["outcome"],
        **({"code": fault["code"], "detail": fault["detail"]} if fault else {}),
        **({"amounts": dict(amounts)} if amounts else {}),
    }


def _take_probes(connection: Connection, results: Iterable[SettlementResult]) -> None:
    for result in results:
        if result["outcome"] != "UNKNOWN":
            _foretell(connection, result["msgid"], foretold(result))


def take_refused_probe(connection: Connection, report: ErrorReport) -> bool:
    """Whether the report is about a probe of ours: then it foretells, and makes no case.

    A probe of a request is answered to a hospital that never asked: its report of that says nothing.
    """
    msgid = report["msgid"] or ""
    if not msgid.startswith(PROBE):
        return False
    if report["code"] != "RESULT_UNEXPECTED":
        told = {"outcome": "REFUSED", "code": report["code"], "detail": report["detail"]}
        _foretell(connection, msgid, told)
    return True


def is_answered_question(report: ErrorReport) -> bool:
    """Whether the report only says that what somebody asked for is not there."""
    return report["code"] == QUESTIONS_ANSWER and content_of(report["value"]).bill.get("operation") == "QUERY"


def _foretell(connection: Connection, msgid: str, told: Mapping[str, Any]) -> None:
    """The first answer to a probe counts."""
    probe = (ITEMS.c.probe == msgid) & ITEMS.c.predicted.is_(None)
    connection.execute(update(ITEMS).where(probe).values(predicted=json.dumps(told, default=_text)))


def _text(value: object) -> str:
    return value.hex() if isinstance(value, bytes) else str(value)
