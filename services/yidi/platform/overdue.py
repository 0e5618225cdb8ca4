"""No answer in time: *unknown* once, then asking again with growing pauses; the request stays open (domain §7)."""

from yidi.contract import topics
from yidi.contract.codec import FORWARDED_REQUEST, SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.platform import lifecycle, messages, outcomes
from yidi.platform.deadlines import Deadlines, timer_name
from yidi.platform.lifecycle import Pending, Request
from yidi.platform.routing import Routes
from yidi.platform.state import REQUESTS
from yidi.runtime.decider import NOTHING, Decision, Failure, Outgoing, Record, Timer, View


def decide(view: View, msgid: str, now_ms: int, routes: Routes, deadlines: Deadlines) -> Decision:
    """A deadline has passed: the first one of an attempt is reported; the hospital is told once, over all attempts."""
    row = REQUESTS.get(view, msgid)
    if row is None or row.pending is None:
        return NOTHING
    first, pending = row.pending.asks == 1, row.pending
    refusal = Refusal("NO_ANSWER", f"inbox {row.inbox} has not answered attempt {row.attempt} in time")
    after = lifecycle.asked_again(row)
    told: tuple[Outgoing, ...] = ()
    if not row.unknown:
        after = lifecycle.announced(after)
        result = outcomes.unknown(msgid, row, refusal, now_ms)
        told = (messages.answer(routes, row, SETTLEMENT_RESULT.encode(result)),)
    pause_ms = deadlines.pause_ms(pending.asks + 1)
    return Decision(
        (REQUESTS.put(msgid, after),),
        (*told, messages.request(routes, row, pending.forwarded)),
        (Timer(timer_name(msgid), None if pause_ms is None else now_ms + pause_ms),),
        _report(msgid, row, pending, refusal) if first else None,
    )


def _report(msgid: str, row: Request, pending: Pending, refusal: Refusal) -> Failure:
    """About the request as it came: its record is rebuilt from what the row keeps."""
    source = pending.source
    record = Record(
        topics.SETTLEMENT_REQUESTS,
        source.partition,
        source.offset,
        source.timestamp_ms,
        row.subject.psn_no.encode(),
        FORWARDED_REQUEST.decode(pending.forwarded)["request"],
        source.headers,
    )
    return Failure(refusal, messages.about(msgid, row), record, row.attempt)
