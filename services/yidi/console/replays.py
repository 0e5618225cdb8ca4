"""Replays: a plan first, which says what it would change; execution, and how it ended, afterwards."""

from http import HTTPStatus
from typing import Any, Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yidi.console.door import Desk
from yidi.console.form import Form
from yidi.console.pages import Pages, visitor_of

CANARY, RATE, RATE_MAX = 1, 10, 1_000
"""Records replayed alone at first; records a second, and at most."""
UNSOLVED: Final = "state:unsolved"
"""What an empty query means, said aloud: a plan needs one."""
COMMANDS: Final = ("execute", "stop", "approve")
MOVING: Final = frozenset({"predicting", "running"})
"""States that change by themselves: the page looks again."""


class Replays:
    """The pages below `/replays`."""

    def __init__(self, pages: Pages, desk: Desk) -> None:
        self._pages, self._desk = pages, desk

    async def plans(self, request: Request) -> Response:
        answer = await self._desk.get(visitor_of(request), "/plans")
        return self._pages.page(request, "plans.html", plans=answer["plans"])

    async def plan(self, request: Request) -> Response:
        """One plan: predicted beside actual, record by record."""
        plan = await self._desk.get(visitor_of(request), f"/plans/{request.path_params['id']}", items=1)
        return self._pages.page(request, "plan.html", plan=plan, moving=plan["state"] in MOVING)

    async def make(self, request: Request, form: Form) -> Response:
        """Plan a replay of the selected records, or of everything that the query finds; nothing is replayed yet."""
        said: dict[str, Any] = {
            "reason": form.text("reason"),
            "canary": form.number("canary", CANARY),
            "rate": min(RATE_MAX, form.number("rate", RATE)),
            "stop": form.ticked("stop"),
        }
        said |= {"ids": form.every("id")} if form.text("what") == "selected" else {"q": form.text("q") or UNSOLVED}
        plan = await self._desk.post(visitor_of(request), "/plans", **said)
        return RedirectResponse(f"/replays/{plan['plan_id']}", HTTPStatus.SEE_OTHER)

    async def command(self, request: Request, form: Form) -> Response:
        """Execute, stop or approve; then back to the plan."""
        plan, command = request.path_params["id"], request.path_params["command"]
        if command not in COMMANDS:
            raise HTTPException(HTTPStatus.NOT_FOUND)
        await self._desk.post(visitor_of(request), f"/plans/{plan}/{command}", reason=form.text("reason"))
        return RedirectResponse(f"/replays/{plan}", HTTPStatus.SEE_OTHER)
