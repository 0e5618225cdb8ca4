"""What is asked about replays and bulk work: planned, looked at, approved, carried out."""

from typing import Final

from yidi.desk import amending, bulk, foretelling, plans, rights
from yidi.desk.ask import Answer, Ask, Route
from yidi.desk.desk import Desk
from yidi.desk.plans import Wish


def _make_plan(desk: Desk, ask: Ask) -> Answer:
    wish = Wish(
        q=ask.text("q"),
        ids=ask.ids(),
        reason=ask.text("reason"),
        canary=ask.number("canary", 1),
        rate=ask.number("rate", 10),
        stop=ask.yes("stop", default=True),
        predict=ask.yes("predict", default=True),
    )
    made = plans.make(desk, ask.person, wish)
    if not wish.predict:
        return made
    foretelling.foretell(desk, made["plan_id"])
    with desk.store.read() as connection:
        return plans.view(desk, connection, made["plan_id"], desk.clock(), with_items=True)


def _plans(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"plans": plans.listed(desk, connection, desk.clock())}


def _plan(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        told = plans.view(desk, connection, ask.id, desk.clock(), with_items=ask.yes("items"))
    return {**told, **rights.of_plan_and_why(desk.people, ask.person, told)}


def _execute(desk: Desk, ask: Ask) -> Answer:
    return plans.execute(desk, ask.person, ask.id, ask.text("reason"))


def _stop(desk: Desk, ask: Ask) -> Answer:
    return plans.stop(desk, ask.person, ask.id, ask.text("reason"))


def _approve_plan(desk: Desk, ask: Ask) -> Answer:
    return plans.approve(desk, ask.person, ask.id, ask.text("reason"))


def _approvals(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        listed = plans.listed(desk, connection, desk.clock())
        amendments = amending.waiting(connection)
    waiting = {"plans": [plan for plan in listed if plan["state"] == "needs_approval"], "amendments": amendments}
    return {
        kind: [{**made, "commands": rights.of_proposal(ask.person, made["made_by"])} for made in proposals]
        for kind, proposals in waiting.items()
    }


def _make_batch(desk: Desk, ask: Ask) -> Answer:
    asked = {name: ask.text(name) for name in ("action", "q", "reason", "to", "undoes")}
    return bulk.make(desk, ask.person, bulk.Wish(ids=ask.ids(), **asked))


def _batches(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"batches": bulk.listed(connection)}


def _batch(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        told = bulk.view(connection, ask.id, with_items=ask.yes("items"))
    return {**told, **rights.of_batch_and_why(desk.people, ask.person, told)}


def _execute_batch(desk: Desk, ask: Ask) -> Answer:
    return bulk.execute(desk, ask.person, ask.id)


def _stop_batch(desk: Desk, ask: Ask) -> Answer:
    return bulk.stop(desk, ask.person, ask.id)


ROUTES: Final = (
    Route("POST", "/plans", _make_plan),
    Route("GET", "/plans", _plans),
    Route("GET", "/plans/{id}", _plan),
    Route("POST", "/plans/{id}/execute", _execute),
    Route("POST", "/plans/{id}/stop", _stop),
    Route("POST", "/plans/{id}/approve", _approve_plan),
    Route("POST", "/batches", _make_batch),
    Route("GET", "/batches", _batches),
    Route("GET", "/batches/{id}", _batch),
    Route("POST", "/batches/{id}/execute", _execute_batch),
    Route("POST", "/batches/{id}/stop", _stop_batch),
    Route("GET", "/approvals", _approvals),
)
