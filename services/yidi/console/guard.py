"""What every request passes first: the right host, the right origin, a login where one is asked for, strict headers."""

from collections.abc import Collection
from http import HTTPStatus
from typing import Final
from urllib.parse import quote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from yidi.console.visitor import SESSION_COOKIE, Sessions

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})
OPEN_PATHS: Final = ("/login", "/static/", "/health")
"""What is served before a login. Health is lag and no more, and a container's HEALTHCHECK has no token."""
SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
HEADERS: Final = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
"""Nothing is loaded from elsewhere, nothing is framed; `no-referrer` would turn a form's Origin into `null`."""


class Guard:
    """ASGI middleware. `hosts` are the names that it answers to; any other is a foreign page's rebound name."""

    def __init__(self, app: ASGIApp, sessions: Sessions, hosts: Collection[str], *, login: bool) -> None:
        self._app, self._sessions, self._hosts, self._login = app, sessions, frozenset(hosts), login

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        visitor = self._sessions.visitor(request.cookies.get(SESSION_COOKIE))
        scope.setdefault("state", {})["visitor"] = visitor
        refusal = self._refusal(request, logged_in=visitor.token is not None)
        await (refusal or self._app)(scope, receive, _with_headers(scope, send))

    def _refusal(self, request: Request, *, logged_in: bool) -> Response | None:
        if _host_of(request.headers) not in self._hosts:
            return PlainTextResponse(
                "此页面不以该名称应答。 This console does not answer to that name.\n", HTTPStatus.MISDIRECTED_REQUEST
            )
        if request.method not in SAFE and not _same_origin(request):
            return PlainTextResponse("此表单来自其他网站。 This form was sent by another site.\n", HTTPStatus.FORBIDDEN)
        if self._login and not logged_in and not request.url.path.startswith(OPEN_PATHS):
            return _to_login(request)
        return None


def _host_of(headers: Headers) -> str:
    try:
        return urlsplit(f"//{headers.get('host', '')}").hostname or ""
    except ValueError:
        return ""


def _same_origin(request: Request) -> bool:
    """Browsers name the origin of every form they send; where one does not, the form's token still has to be right."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origin = request.headers.get("origin")
    try:
        return origin is None or urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:
        return False


def _to_login(request: Request) -> Response:
    if request.method not in SAFE:
        return PlainTextResponse("请先登录。 Log in first.\n", HTTPStatus.UNAUTHORIZED)
    back = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return RedirectResponse(f"/login?back={quote(back, safe='')}", HTTPStatus.SEE_OTHER)


def _with_headers(scope: Scope, send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers[name] = value
            if not scope["path"].startswith("/static/"):
                headers.setdefault("cache-control", "no-store")
        await send(message)

    return sending
