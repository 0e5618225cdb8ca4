"""What an answer of the platform does to the encounter it is about (design §3).

Final: done, refused, reversed. Unknown is provisional and keeps the encounter open. done(n+1) supersedes refused(n),
never the reverse. A stay that is done sends its details; a reversal that is confirmed frees the visit.
"""

from typing import Final

from msgspec.structs import replace

from yidi.contract import records, topics
from yidi.contract.codec import SETTLEMENT_RESULT
from yidi.domain.faults import Refusal, Stage
from yidi.hospital.answers import SERVICE
from yidi.hospital.fields import STAY_TYPES
from yidi.hospital.ledger import (
    DONE,
    LIVE,
    MESSAGES,
    OPEN,
    REFUSED,
    REVERSED,
    SETTLEMENTS,
    UNKNOWN,
    VISITS,
    HolderRow,
    MessageRow,
    lines_timer,
    without_lines,
)
from yidi.hospital.limits import LINES_KEPT_MS
from yidi.hospital.repeats import attempt_headers
from yidi.hospital.request import details_at
from yidi.runtime.decider import NOTHING, About, Decision, Failure, Outgoing, Put, Timer, View

PLATFORM: Final = "platform"


def decide_result(view: View, result: records.SettlementResult, value: bytes, now_ms: int) -> Decision:
    """What a settlement result brings about. RESULT_UNEXPECTED when nobody here asked, or it contradicts a final."""
    fault = result["fault"]
    if fault is not None and fault["service"] == SERVICE:
        return NOTHING  # our own refusal, read back: its row was written with it
    row = MESSAGES.get(view, result["msgid"])
    if row is None:
        raise _unexpected(f"msgid {result['msgid']} is none of this hospital's")
    if row.setl_id != result["setl_id"] or row.operation != result["operation"]:
        raise _unexpected(f"setl_id or operation is not that of msgid {result['msgid']}")
    if value == row.answer or _is_stale(row, result):
        return NOTHING
    return _adopted(view, result, replace(row, answer=value, attempt=max(row.attempt, result["attempt"])), row, now_ms)


def about_result(result: records.SettlementResult) -> About:
    return About(
        msgid=result["msgid"],
        setl_id=result["setl_id"],
        psn_no=result["psn_no"],
        mdtrt_id=result["mdtrt_id"],
        insuplc_admdvs=result["insuplc_admdvs"],
        mdtrtarea_admvs=result["mdtrtarea_admvs"],
        fixmedins_code=result["fixmedins_code"],
    )


def _is_stale(row: MessageRow, result: records.SettlementResult) -> bool:
    """An answer that came too late to matter: of an earlier attempt, or to what is reversed, or provisional by now.

    Done is never too late for what is still open or refused: the platform adopts a late done, and so must its hospital.
    """
    if row.state == REVERSED:
        return True
    if result["attempt"] < row.attempt:
        return row.state == DONE or result["outcome"] != "DONE"
    final = row.state not in (OPEN, UNKNOWN)
    return final and result["outcome"] == "UNKNOWN" and result["attempt"] == row.attempt


def _adopted(
    view: View, result: records.SettlementResult, row: MessageRow, before: MessageRow, now_ms: int
) -> Decision:
    _check_supersedes(result, before)
    if row.operation == "REVERSE":
        return _reversal(view, result, row)
    if row.operation == "QUERY":
        state = REFUSED if result["outcome"] == "REFUSED" else DONE
        return Decision(changes=(_put(result, row, state),))
    match result["outcome"]:
        case "DONE":
            return _done(view, result, row, before)
        case "REFUSED":
            timer = Timer(lines_timer(result["msgid"]), now_ms + LINES_KEPT_MS)
            return Decision(changes=(_put(result, row, REFUSED),), timers=(timer,))
        case "UNKNOWN":
            return Decision(changes=(_put(result, row, UNKNOWN),))
        case outcome:
            raise _unexpected(f"outcome {outcome} is none of {row.operation}")


def _check_supersedes(result: records.SettlementResult, before: MessageRow) -> None:
    """Done supersedes refused, never the reverse; nothing else follows a final outcome.

    Mostly it is done(n+1) after refused(n). A platform that refused by itself while the agency was settling the same
    attempt passes the agency's done on: money moved, and the hospital must not stay behind.
    """
    if before.state == DONE:
        raise _unexpected(f"outcome {result['outcome']} after DONE: a done settlement stays done")
    if before.state == REFUSED and result["attempt"] <= before.attempt and not _adopted_late(result, before):
        raise _unexpected(f"outcome {result['outcome']} after REFUSED of the same attempt {before.attempt}")


def _adopted_late(result: records.SettlementResult, before: MessageRow) -> bool:
    """The agency's done, passed on after a refusal that was the platform's own."""
    refused = SETTLEMENT_RESULT.decode(before.answer)["fault"] if before.answer else None
    return result["outcome"] == "DONE" and refused is not None and refused["service"] == PLATFORM


def _done(view: View, result: records.SettlementResult, row: MessageRow, before: MessageRow) -> Decision:
    changes = (_put(result, without_lines(row), DONE), *_taken_back(view, result, before))
    timers = (Timer(lines_timer(result["msgid"]), None),) if before.state == REFUSED else ()
    if row.operation != "SETTLE" or result["med_type"] not in STAY_TYPES:
        return Decision(changes=changes, timers=timers)
    if not row.details:
        refusal = Refusal("DETAILS_DIFFER", "lines: they were dropped after their time; send the details by hand")
        return Decision(changes=changes, timers=timers, failure=Failure(refusal, about_result(result)))
    return Decision(changes=changes, timers=timers, messages=(_details(result, row),))


def _taken_back(view: View, result: records.SettlementResult, before: MessageRow) -> tuple[Put, ...]:
    """A refused settlement that is done after all holds its visit, and its settlement id, again."""
    if before.state != REFUSED or before.operation != "SETTLE":
        return ()
    holder = HolderRow(result["msgid"])
    visit = VISITS.put(f"{result['fixmedins_code']}/{result['mdtrt_id']}", holder)
    if SETTLEMENTS.get(view, result["setl_id"]) is None:
        return (visit,)
    return visit, SETTLEMENTS.put(result["setl_id"], holder)


def _details(result: records.SettlementResult, row: MessageRow) -> Outgoing:
    attempt = result["attempt"]
    details = row.details if attempt == 1 else details_at(row.details, attempt)
    return Outgoing(topics.SETTLEMENT_REQUESTS, result["psn_no"].encode(), details, attempt_headers(attempt))


def _reversal(view: View, result: records.SettlementResult, row: MessageRow) -> Decision:
    """A confirmed reversal reverses the original too, whether that was open or done, and frees its visit."""
    if result["outcome"] != "REVERSED":
        state = {"REFUSED": REFUSED, "UNKNOWN": UNKNOWN}.get(result["outcome"])
        if state is None:
            raise _unexpected(f"outcome {result['outcome']} is none of REVERSE")
        return Decision(changes=(_put(result, row, state),))
    changes = [_put(result, row, DONE)]
    original = MESSAGES.get(view, row.refers or "")
    if original is not None and original.state in LIVE:
        changes.append(MESSAGES.put(row.refers or "", replace(without_lines(original), state=REVERSED)))
    return Decision(changes=changes)


def _put(result: records.SettlementResult, row: MessageRow, state: str) -> Put:
    return MESSAGES.put(result["msgid"], replace(row, state=state))


def _unexpected(detail: str) -> Refusal:
    return Refusal("RESULT_UNEXPECTED", detail, stage=Stage.VALIDATE)
