"""Errors: groups by cause and the list for one query, one record, its slip, its commands."""

import asyncio
from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yidi.console.door import Desk, DeskRefused
from yidi.console.form import Form
from yidi.console.pages import Pages, address, visitor_of

ROWS_A_PAGE: Final = 50
GROUPINGS: Final = ("cause", "region", "institution", "state")
COMMANDS: Final = ("take", "hand", "discard", "restore", "park", "claim", "recover")
"""What a single form sends, in the order in which the buttons stand."""


class Errors:
    """The pages below `/errors`."""

    def __init__(self, pages: Pages, desk: Desk) -> None:
        self._pages, self._desk = pages, desk

    async def listing(self, request: Request) -> Response:
        """Groups and cases of `?q=`; a query that is not understood is said beside its field."""
        q, by = request.query_params.get("q", ""), request.query_params.get("by", GROUPINGS[0])
        asked = {"q": q, "by": by if by in GROUPINGS else GROUPINGS[0], "problem": None}
        try:
            found = await self._found(request, asked)
        except DeskRefused as refused:
            if refused.kind != "bad_query":
                raise
            nothing = {"groups": [], "cases": [], "total": 0, "next": None, "more": 0, "commands": [], "denied": None}
            return self._page(request, {**asked, **nothing, "problem": refused}, HTTPStatus.BAD_REQUEST)
        return self._page(request, {**asked, **found})

    async def _found(self, request: Request, asked: dict[str, Any]) -> dict[str, Any]:
        who, after = visitor_of(request), request.query_params.get("after")
        groups, cases = await asyncio.gather(
            self._desk.get(who, "/groups", q=asked["q"], by=asked["by"]),
            self._desk.get(who, "/cases", q=asked["q"], limit=ROWS_A_PAGE, after=after),
        )
        return {**cases, "groups": groups["groups"], "more": groups.get("more", 0)}

    def _page(self, request: Request, content: dict[str, Any], status: int = HTTPStatus.OK) -> Response:
        following = None
        if content["next"]:
            following = address("/errors", q=content["q"], by=content["by"], after=content["next"])
        later = bool(request.query_params.get("after"))
        return self._pages.page(
            request, "errors.html", status, **content, following=following, later=later, groupings=GROUPINGS
        )

    async def case(self, request: Request) -> Response:
        """One record, masked."""
        return await self._case(request, unmask=None)

    async def unmask(self, request: Request, _form: Form) -> Response:
        """The same with names and numbers; a form, since the desk records who looked."""
        return await self._case(request, unmask=1)

    async def _case(self, request: Request, unmask: int | None) -> Response:
        case = await self._desk.get(visitor_of(request), f"/cases/{request.path_params['id']}", unmask=unmask)
        commands = [name for name in COMMANDS if name in case["commands"]]
        done = request.query_params.get("done")
        return self._pages.page(request, "case.html", case=case, commands=commands, done=done, unmasked=bool(unmask))

    async def claim(self, request: Request) -> Response:
        """What a manual claim would be: papers, deadline, and the bill by both catalogues; nothing is done yet."""
        path = f"/cases/{request.path_params['id']}"
        case, claim = await asyncio.gather(
            self._desk.get(visitor_of(request), path), self._desk.get(visitor_of(request), f"{path}/claim")
        )
        return self._pages.page(request, "claim.html", case=case, claim=claim)

    async def command(self, request: Request, form: Form) -> Response:
        """Take, hand over, discard, restore, park or convert to a claim; then back to the record."""
        case, command = request.path_params["id"], request.path_params["command"]
        if command not in COMMANDS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        said = {"reason": form.text("reason")}
        if command == "hand":
            said["to"] = form.text("to")
        await self._desk.post(visitor_of(request), f"/cases/{case}/{command}", **said)
        return RedirectResponse(address(f"/errors/{case}", done=command), HTTPStatus.SEE_OTHER)

    async def slip(self, request: Request) -> Response:
        """What the person takes home: a page to print."""
        case = request.path_params["id"]
        spoken = request.query_params.get("text", "both")
        slip = await self._desk.get(visitor_of(request), f"/cases/{case}/slip", lang=spoken)
        return self._pages.page(request, "slip.html", case_id=case, text=slip["text"], spoken=spoken)

    async def export(self, request: Request) -> Response:
        """The query's cases as CSV, masked."""
        text = await self._desk.get(visitor_of(request), "/export", q=request.query_params.get("q"))
        headers = {"content-disposition": 'attachment; filename="yidi-errors.csv"'}
        return Response(str(text).encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)

    async def codes(self, request: Request) -> Response:
        """Every fault code in one table."""
        answer = await self._desk.get(visitor_of(request), "/codes")
        return self._pages.page(request, "codes.html", codes=answer["codes"] if isinstance(answer, dict) else answer)

    async def code(self, request: Request) -> Response:
        """One fault: what it means, who acts, whom to call, whether a replay can help."""
        code, region = request.path_params["code"], request.query_params.get("region")
        fault = await self._desk.get(visitor_of(request), f"/codes/{code}", region=region)
        return self._pages.page(request, "code.html", fault=fault)
