"""Results of insured places: checked, passed on byte for byte, written to the journal."""

import msgspec

from yidi.contract import records
from yidi.contract.codec import SETTLEMENT_RESULT
from yidi.domain.faults import Refusal
from yidi.platform import acceptance, arithmetic, journal, knowledge, lifecycle, messages
from yidi.platform.deadlines import timer_name
from yidi.platform.lifecycle import DONE, REFUSED, REVERSED, Request
from yidi.platform.routing import Routes
from yidi.platform.state import REQUESTS, VISITS
from yidi.runtime.decider import NOTHING, Decision, Outgoing, Put, Record, Timer, View


def decide(view: View, record: Record, value: bytes, routes: Routes) -> Decision:
    """A result adopted, or nothing for one that is known. What is unexpected or invalid raises and changes nothing."""
    result = SETTLEMENT_RESULT.decode(value)
    knowledge.check_key(record, result["psn_no"])
    row = REQUESTS.get(view, result["msgid"])
    if acceptance.is_repeat(row, result, value, routes.inbox_of_results[record.topic]) or row is None:
        return NOTHING
    acceptance.check_fits(row, result)
    if result["outcome"] == REFUSED:
        return _adopted(routes, row, result, value)
    if result["outcome"] == REVERSED:
        return _reversed(view, routes, row, result, value)
    return _done(view, routes, row, result, value)


def _done(view: View, routes: Routes, row: Request, result: records.SettlementResult, value: bytes) -> Decision:
    amounts = _amounts(result)
    arithmetic.check_settled(amounts, row.subject.medfee_sumamt)
    arithmetic.check_balance(result, amounts["acct_pay"])
    if not row.is_settlement:
        return _adopted(routes, row, result, value)
    changes = _encounter(view, row, result["msgid"]) if row.state == REFUSED or row.rival else ()
    return _adopted(routes, row, result, value, changes, messages.entry(journal.entry_of(row, result)))


def _reversed(view: View, routes: Routes, row: Request, result: records.SettlementResult, value: bytes) -> Decision:
    """Closes the original too. Only what was done has a twin: an original without effect has nothing to negate."""
    refers = row.refers or ""
    original = REQUESTS.get(view, refers)
    if original is None or original.state == REVERSED:
        raise Refusal("RESULT_INVALID", f"msgid {refers} was reversed before, by {original and original.reversed_by}")
    amounts, effect = _amounts(result), _effect(original)
    arithmetic.check_twin(amounts, effect)
    arithmetic.check_balance(result, amounts["acct_pay"])
    entries = () if effect is None else (messages.entry(journal.twin_of(original, result)),)
    changes = (REQUESTS.put(refers, lifecycle.reversed_by(original, result["msgid"])),)
    decision = _adopted(routes, row, result, value, changes, *entries)
    timers = (*decision.timers, Timer(timer_name(refers), None))
    return Decision(decision.changes, decision.messages, timers)


def _adopted(
    routes: Routes,
    row: Request,
    result: records.SettlementResult,
    value: bytes,
    changes: tuple[Put, ...] = (),
    *entries: Outgoing,
) -> Decision:
    """The request is closed, the hospital gets the same bytes, and nobody is asked again."""
    msgid = result["msgid"]
    after = lifecycle.closed(row, result["outcome"], result["attempt"], value)
    return Decision(
        (REQUESTS.put(msgid, after), *changes),
        (messages.answer(routes, after, value), *entries),
        (Timer(timer_name(msgid), None),),
    )


def _encounter(view: View, row: Request, msgid: str) -> tuple[Put, ...]:
    """A refused settlement that is done after all takes its encounter back, unless another one is done there.

    One that is only open is told of its rival: should it come back done as well, this is asked again, and refused.
    """
    place, number = row.subject.fixmedins_code, row.subject.mdtrt_id
    mine = VISITS.put(place, number, msgid)
    other = VISITS.get(view, place, number)
    holder = None if other is None or other == msgid else REQUESTS.get(view, other)
    if other is None or holder is None or not holder.is_live:
        return (mine,)
    if holder.state == DONE:
        raise Refusal("ALREADY_SETTLED", f"mdtrt_id {number} was settled by msgid {other} meanwhile")
    return (mine, REQUESTS.put(other, msgspec.structs.replace(holder, rival=msgid)))


def _effect(original: Request) -> records.SettlementAmounts | None:
    if original.state != DONE:
        return None
    return _amounts(SETTLEMENT_RESULT.decode(original.answer))


def _amounts(result: records.SettlementResult) -> records.SettlementAmounts:
    amounts = result["amounts"]
    if amounts is None:
        raise Refusal("RESULT_INVALID", f"outcome {result['outcome']} without amounts")
    return amounts
