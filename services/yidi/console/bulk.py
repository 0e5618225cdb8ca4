"""One action by hand over many errors: a dry run first, carried out with progress, and what undoes it."""

from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yidi.console.door import Desk
from yidi.console.form import Form
from yidi.console.pages import Pages, visitor_of
from yidi.console.replays import UNSOLVED

COMMANDS: Final = ("execute", "stop")


class Bulk:
    """The pages below `/batches`."""

    def __init__(self, pages: Pages, desk: Desk) -> None:
        self._pages, self._desk = pages, desk

    async def batches(self, request: Request) -> Response:
        answer = await self._desk.get(visitor_of(request), "/batches")
        return self._pages.page(request, "batches.html", batches=answer["batches"])

    async def batch(self, request: Request) -> Response:
        """One batch: how far it is, what was left alone and why."""
        batch = await self._desk.get(visitor_of(request), f"/batches/{request.path_params['id']}", items=1)
        return self._pages.page(request, "batch.html", batch=batch)

    async def make(self, request: Request, form: Form) -> Response:
        """The dry run, of the selected records or of everything that the query finds; or of what undoes a batch."""
        said: dict[str, Any] = {"reason": form.text("reason")}
        if form.text("undoes"):
            said["undoes"] = form.text("undoes")
        else:
            said |= {"action": form.text("action"), "to": form.text("to")}
            chosen = form.text("scope") == "selected"
            said |= {"ids": form.every("id")} if chosen else {"q": form.text("q") or UNSOLVED}
        batch = await self._desk.post(visitor_of(request), "/batches", **said)
        return RedirectResponse(f"/batches/{batch['batch_id']}", HTTPStatus.SEE_OTHER)

    async def command(self, request: Request, _form: Form) -> Response:
        """Carry it out, or stop it; then back to it."""
        batch, command = request.path_params["id"], request.path_params["command"]
        if command not in COMMANDS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        await self._desk.post(visitor_of(request), f"/batches/{batch}/{command}")
        return RedirectResponse(f"/batches/{batch}", HTTPStatus.SEE_OTHER)
