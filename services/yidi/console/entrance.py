"""Login with an operator's token of the desk.

Asked for when the console listens beyond loopback; on loopback it is for those who want to act under their own name.
"""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from yidi.console.door import Desk, DeskRefused
from yidi.console.form import Form
from yidi.console.pages import Pages, set_session, visitor_of
from yidi.console.visitor import Sessions, Visitor


class Entrance:
    """`/login` and `/logout`."""

    def __init__(self, pages: Pages, desk: Desk, sessions: Sessions) -> None:
        self._pages, self._desk, self._sessions = pages, desk, sessions

    async def ask(self, request: Request) -> Response:
        return self._ask(request, request.query_params.get("back", "/"))

    async def log_in(self, request: Request, form: Form) -> Response:
        """Try the token at the desk; a right one makes a new session, a wrong one nothing."""
        token, back = form.text("token"), _own_path(form.text("back"))
        if not await self._is_right(visitor_of(request), token):
            return self._ask(request, back, HTTPStatus.UNAUTHORIZED, wrong=True)
        answer = RedirectResponse(back, HTTPStatus.SEE_OTHER)
        set_session(answer, request, self._sessions.log_in(token))
        return answer

    async def log_out(self, request: Request, _form: Form) -> Response:
        self._sessions.log_out(visitor_of(request).session)
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)

    async def _is_right(self, visitor: Visitor, token: str) -> bool:
        if not token.isascii() or not token.isprintable() or not token:
            return False
        try:
            await self._desk.get(Visitor(visitor.session, visitor.user, token), "/cases", limit=1)
        except DeskRefused as refused:
            if refused.kind != "bad_token":
                raise
            return False
        return True

    def _ask(self, request: Request, back: str, status: int = HTTPStatus.OK, *, wrong: bool = False) -> Response:
        return self._pages.page(request, "login.html", status, back=_own_path(back), wrong=wrong)


def _own_path(back: str) -> str:
    """A path of this console, never another site's address."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/"
