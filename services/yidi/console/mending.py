"""Mending causes and amending records: a dry run that shows what it does, then the same once more for good."""

import re
from functools import cache
from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from yidi.console.door import Desk
from yidi.console.filling import filled, typed
from yidi.console.form import Form
from yidi.console.pages import Pages, address, visitor_of
from yidi.console.words import language_of
from yidi.contract import schemas
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.desk.chinese import chinese
from yidi.desk.healing import kind_for
from yidi.domain.identities import masked

FIELDS: Final = {
    "filing": ("begin", "end", "type", "place", "proof"),
    "enrolment": ("begin", "end", "status"),
    "item": ("from", "to"),
    "category": ("from", "to"),
    "opening": ("begin", "end", "insutype", "med_type"),
    "connection": ("begin", "end", "med_type"),
    "selection": ("begin", "end", "institution"),
    "qualification": ("begin", "end", "disease", "institution"),
    "deposit": ("amount",),
}
"""What each kind of mending asks for (docs/desk.md); the desk fills in what is left empty from the record."""


class Mending:
    """The pages for mends, amendments and approvals."""

    def __init__(self, pages: Pages, desk: Desk) -> None:
        self._pages, self._desk = pages, desk

    async def ask(self, request: Request) -> Response:
        """The form; the kind that fits the record's code stands open."""
        case = await self._desk.get(visitor_of(request), f"/cases/{request.path_params['id']}")
        kind = kind_for(case["code"], case["med_type"]) or "filing"
        return self._mend(request, case_id=case["error_id"], case=case, kind=kind, filled={}, outcome=None)

    async def send(self, request: Request, form: Form) -> Response:
        """Dry run: show the change and what it heals, with a button to send it. For good: to the mend's page."""
        case, kind = request.path_params["id"], form.text("kind")
        asked = {name: form.text(name) for name in FIELDS.get(kind, ()) if form.text(name)}
        said = {**asked, "kind": kind, "case": case, "reason": form.text("reason")}
        outcome = await self._desk.post(visitor_of(request), "/mends", **said, dry_run=not form.ticked("send"))
        if form.ticked("send"):
            return RedirectResponse(f"/mends/{outcome['mend']}", HTTPStatus.SEE_OTHER)
        asked["reason"] = form.text("reason")
        outcome["change"] = told(outcome["change"])
        return self._mend(request, case_id=case, case=None, kind=kind, filled=asked, outcome=outcome)

    def _mend(self, request: Request, **content: Any) -> Response:  # noqa: ANN401 — the template's content
        return self._pages.page(request, "mend.html", fields=FIELDS, **content)

    async def mends(self, request: Request) -> Response:
        answer = await self._desk.get(visitor_of(request), "/mends")
        return self._pages.page(request, "mends.html", mends=answer["mends"])

    async def mended(self, request: Request) -> Response:
        """What became of one mend: applied by the registry or refused, and what it heals."""
        mend = await self._desk.get(visitor_of(request), f"/mends/{request.path_params['id']}")
        mend["change"] = told(mend["change"])
        return self._pages.page(request, "mended.html", mend=mend)

    async def form(self, request: Request) -> Response:
        """The form of an amendment, made from the record's schema."""
        return await self._amend(request, {}, "", None)

    async def amend(self, request: Request, form: Form) -> Response:
        """Dry run: the difference and what is wrong with it. For good: sent, or waiting for a second person."""
        case, reason, send = request.path_params["id"], form.text("reason"), form.ticked("send")
        fields = (await self._desk.get(visitor_of(request), f"/cases/{case}/form"))["fields"]
        changes = changes_of(fields, form.starting("field."))
        said = {"changes": changes, "reason": reason, "dry_run": not send}
        outcome = await self._desk.post(visitor_of(request), f"/cases/{case}/amend", **said)
        if send and not outcome.get("problems"):
            return RedirectResponse(
                address(f"/errors/{case}", done=outcome.get("state") or "amend"), HTTPStatus.SEE_OTHER
            )
        return await self._amend(request, changes, reason, outcome)

    async def _amend(
        self, request: Request, changes: dict[str, Any], reason: str, outcome: dict[str, Any] | None
    ) -> Response:
        case = request.path_params["id"]
        form = await self._desk.get(visitor_of(request), f"/cases/{case}/form")
        fields = [_shown(field, changes) for field in form["fields"]]
        content = {"case_id": case, "fields": fields, "allowed": form["allowed"], "reason": reason, "outcome": outcome}
        return self._pages.page(request, "amend.html", **content)

    async def check_amendment(self, request: Request, form: Form) -> Response:
        """What is wrong so far, by field, for the script beside the form; the desk decides."""
        case, who = request.path_params["id"], visitor_of(request)
        fields = (await self._desk.get(who, f"/cases/{case}/form"))["fields"]
        changes = changes_of(fields, form.starting("field."))
        found = await self._desk.post(who, f"/cases/{case}/check", changes=changes)
        named = {f"field.{name}": words for name, words in found["fields"].items()}
        return _checked(request, {**found, "fields": named})

    async def check_mend(self, request: Request, form: Form) -> Response:
        """The same for a mend."""
        kind = form.text("kind")
        asked = {name: form.text(name) for name in FIELDS.get(kind, ()) if form.text(name)}
        said = {**asked, "kind": kind, "case": request.path_params["id"]}
        return _checked(request, await self._desk.post(visitor_of(request), "/mends/check", **said))

    async def approvals(self, request: Request) -> Response:
        """What waits for a second person."""
        answer = await self._desk.get(visitor_of(request), "/approvals")
        done = request.query_params.get("done")
        return self._pages.page(request, "approvals.html", approvals=answer, done=done)

    async def approve(self, request: Request, form: Form) -> Response:
        """Approve an amendment; the desk refuses one's own."""
        path = f"/amendments/{request.path_params['id']}/approve"
        await self._desk.post(visitor_of(request), path, reason=form.text("reason"))
        return RedirectResponse("/approvals?done=approve", HTTPStatus.SEE_OTHER)


def _checked(request: Request, found: dict[str, Any]) -> Response:
    """Words in the page's language, by the names of the form's fields."""
    language = language_of(request)
    fields = {name: words[language] for name, words in found["fields"].items()}
    problems = found["problems"] if language == "en" else [chinese(words) for words in found["problems"]]
    return JSONResponse({"fields": fields, "problems": problems})


def _shown(field: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A field with its words from the schema, and its text as it is or as it was filled in."""
    text = typed(field["name"], changes.get(field["name"], field["value"]))
    name = field["name"].rpartition(".")[2]
    doc = docs().get(name, "")
    return {**field, "text": text, "doc": doc, "doc_zh": CHINESE_DOCS.get(name) or chinese_term(doc)}


@cache
def docs() -> dict[str, str]:
    """What each field of an encounter is, in the words of its schema; those of its lines, too."""
    schema = schemas.current(schemas.folder())[ENCOUNTER_CHARGES.name]
    inner = [field["type"]["items"]["fields"] for field in schema["fields"] if field["name"] == "lines"]
    return {field["name"]: field["doc"] for fields in (*inner, schema["fields"]) for field in fields}


def chinese_term(doc: str) -> str:
    """The Chinese term in a schema's English words: the contract holds one for nearly every field."""
    found = re.search(r"[\u4e00-\u9fff]+(?:ID)?", doc)
    return found[0] if found else ""


CHINESE_DOCS: Final = {
    "operation": "要做什么",
    "amends": "所更正的被拒报文的ID；结算ID不变",
    "lines": "费用明细；查询、撤销和冲正没有",
}
"""Fields whose words in the schema hold no Chinese term."""


def told(change: dict[str, Any]) -> dict[str, Any]:
    """A change as a page shows it: what it says, without what it leaves empty, and its person masked."""
    said = {name: value for name, value in change.items() if value is not None}
    subject = str(said.get("subject", ""))
    return said if "/" in subject else {**said, "subject": masked(subject)}


def changes_of(fields: list[dict[str, Any]], typed_in: dict[str, str]) -> dict[str, Any]:
    """The fields whose text is no longer the record's, with their new values; the desk judges them."""
    before = {field["name"]: field["value"] for field in fields}
    changed = {name: text for name, text in typed_in.items() if name in before and text != typed(name, before[name])}
    return {name: filled(name, text, before[name]) for name, text in changed.items()}
