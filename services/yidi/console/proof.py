"""What operators did, and the proof that nothing of it was changed afterwards."""

from http import HTTPStatus
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yidi.console.door import Desk
from yidi.console.form import Form
from yidi.console.pages import Pages, address, visitor_of

ACTIONS_A_PAGE: Final = 100


class Proof:
    """`/actions`, and the check of their chain."""

    def __init__(self, pages: Pages, desk: Desk) -> None:
        self._pages, self._desk = pages, desk

    async def actions(self, request: Request) -> Response:
        """The actions, of one record when `?error=` names it."""
        return await self._page(request, None)

    async def verify(self, _request: Request, _form: Form) -> Response:
        """To the verdict, which has an address of its own: it can be opened again and in the other language."""
        return RedirectResponse("/verify", HTTPStatus.SEE_OTHER)

    async def verdict(self, request: Request) -> Response:
        """Read the chain of actions from its topic and compare every link; shown above the actions."""
        return await self._page(request, await self._desk.post(visitor_of(request), "/verify"))

    async def _page(self, request: Request, verdict: object) -> Response:
        query: dict[str, Any] = {name: request.query_params.get(name) for name in ("error", "before")}
        answer = await self._desk.get(visitor_of(request), "/actions", limit=ACTIONS_A_PAGE, newest=1, **query)
        older = address("/actions", error=query["error"], before=answer["next"]) if answer["next"] else None
        told = {"actions": answer["actions"], "older": older, "verdict": verdict, **query}
        return self._pages.page(request, "actions.html", **told)
