"""What is asked about cases: found, shown, handed on, amended."""

from typing import Final

from yidi.desk import amending, claiming, fault_pages, handling, rights, showing, slip
from yidi.desk.ask import CSV, Answer, Ask, Route, unmasked
from yidi.desk.cases import case
from yidi.desk.desk import Desk

LIMIT: Final = 50


def _groups(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return showing.groups(desk, connection, ask.text("q"), ask.text("by", "cause"))


def _cases(desk: Desk, ask: Ask) -> Answer:
    unmask = unmasked(desk, ask, ask.text("q") or "list")
    limit, after = ask.number("limit", LIMIT), ask.text("after") or None
    with desk.store.read() as connection:
        told = showing.page(desk, connection, ask.text("q"), limit, after, unmask=unmask)
    return {**told, **rights.of_list_and_why(desk.people, ask.person)}


def _case(desk: Desk, ask: Ask) -> Answer:
    unmask = unmasked(desk, ask, ask.id)
    with desk.store.read() as connection:
        told = showing.whole(desk, connection, ask.id, unmask=unmask)
        return {**told, "commands": rights.commands(desk, connection, case(connection, ask.id), ask.person)}


def _slip(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"text": slip.slip(desk, connection, ask.id, ask.text("lang", "both"))}


def _form(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return amending.form(desk, connection, ask.id)


def _codes(desk: Desk, _ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return {"codes": fault_pages.all_pages(connection, desk.places)}


def _code(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        found = showing.groups(desk, connection, f"code:{ask.id}")
    return fault_pages.fault_page(ask.id, desk.places, ask.text("region") or None, unsolved=found["total"])


def _take(desk: Desk, ask: Ask) -> Answer:
    return handling.take(desk, ask.person, ask.id, ask.text("reason"))


def _hand(desk: Desk, ask: Ask) -> Answer:
    return handling.hand(desk, ask.person, ask.id, ask.text("to"), ask.text("reason"))


def _discard(desk: Desk, ask: Ask) -> Answer:
    return handling.discard(desk, ask.person, ask.id, ask.text("reason"))


def _restore(desk: Desk, ask: Ask) -> Answer:
    return handling.restore(desk, ask.person, ask.id, ask.text("reason"))


def _park(desk: Desk, ask: Ask) -> Answer:
    return handling.park(desk, ask.person, ask.id, ask.text("reason"))


def _recover(desk: Desk, ask: Ask) -> Answer:
    return handling.recover(desk, ask.person, ask.id, ask.text("reason"))


def _claim(desk: Desk, ask: Ask) -> Answer:
    return claiming.claim(desk, ask.person, ask.id, ask.text("reason"))


def _claim_preview(desk: Desk, ask: Ask) -> Answer:
    return claiming.preview(desk, ask.id)


def _amend(desk: Desk, ask: Ask) -> Answer:
    dry_run = ask.yes("dry_run", default=True)
    return amending.amend(desk, ask.person, ask.id, ask.changes(), ask.text("reason"), dry_run=dry_run)


def _check_amendment(desk: Desk, ask: Ask) -> Answer:
    with desk.store.read() as connection:
        return amending.check(connection, ask.id, ask.changes())


def _approve_amendment(desk: Desk, ask: Ask) -> Answer:
    return amending.approve(desk, ask.person, ask.id, ask.text("reason"))


def _export(desk: Desk, ask: Ask) -> Answer:
    unmask = unmasked(desk, ask, ask.text("q") or "export")
    with desk.store.read() as connection:
        return {CSV: showing.table(desk, connection, ask.text("q"), unmask=unmask)}


ROUTES: Final = (
    Route("GET", "/groups", _groups),
    Route("GET", "/cases", _cases),
    Route("GET", "/cases/{id}", _case),
    Route("GET", "/cases/{id}/slip", _slip),
    Route("GET", "/cases/{id}/form", _form),
    Route("POST", "/cases/{id}/take", _take),
    Route("POST", "/cases/{id}/hand", _hand),
    Route("POST", "/cases/{id}/discard", _discard),
    Route("POST", "/cases/{id}/restore", _restore),
    Route("POST", "/cases/{id}/park", _park),
    Route("POST", "/cases/{id}/recover", _recover),
    Route("POST", "/cases/{id}/claim", _claim),
    Route("GET", "/cases/{id}/claim", _claim_preview),
    Route("POST", "/cases/{id}/amend", _amend),
    Route("POST", "/cases/{id}/check", _check_amendment),
    Route("GET", "/codes", _codes),
    Route("GET", "/codes/{id}", _code),
    Route("POST", "/amendments/{id}/approve", _approve_amendment),
    Route("GET", "/export", _export),
)
