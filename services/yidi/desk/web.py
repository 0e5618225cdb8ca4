"""The desk over HTTP: JSON in, JSON out, on loopback, for whoever holds the key of this start."""

import json
import secrets
from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route as WebRoute

from yidi.desk.ask import CSV, Ask, Route
from yidi.desk.condition import Condition
from yidi.desk.desk import Desk
from yidi.desk.people import Person
from yidi.desk.refusals import BadRequest, BadToken, Denied, DeskRefusal, Starting
from yidi.desk.routes import ROUTES, events, role_for

KEY_HEADER: Final = "x-yidi-key"
USER_HEADER: Final = "x-yidi-user"
HEALTH: Final = "/health"
BODY_BYTES_MAX: Final = 4 << 20
Endpoint = Callable[[Request], Awaitable[Response]]


class BadKey(DeskRefusal):
    """Whoever asks does not come from this chain's data directory."""

    status, kind = 401, "bad_key"


def application(desk: Desk, key: str) -> Starlette:
    """The ASGI application. Without the key only health and metrics: no web page and no other user gets in."""
    condition = Condition(desk)
    routes = [WebRoute(route.path, _endpoint(desk, key, route), methods=[route.method]) for route in ROUTES]
    routes.append(WebRoute("/events", _events(desk, key), methods=["GET"]))
    routes.append(WebRoute("/metrics", condition.metrics, methods=["GET"]))
    routes.insert(0, WebRoute(HEALTH, _health(desk, key, condition), methods=["GET"]))
    return Starlette(routes=routes, exception_handlers={Exception: _defect})


def _health(desk: Desk, key: str, condition: Condition) -> Endpoint:
    """Whoever shows no key asks whether the desk makes progress, and learns no more."""
    keyed = next(_endpoint(desk, key, route) for route in ROUTES if route.path == HEALTH)

    async def answer(request: Request) -> Response:
        return await (keyed if KEY_HEADER in request.headers else condition.health)(request)

    return answer


async def _defect(_request: Request, error: Exception) -> Response:
    """Nobody foresaw it: said as such, without values; the traceback goes to the log."""
    what = f"The desk failed in a way that nobody foresaw: {type(error).__name__}."
    return JSONResponse({"kind": "defect", "what": what, "todo": "See its log; nothing was changed."}, status_code=500)


def _endpoint(desk: Desk, key: str, route: Route) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            ask = await _ask(desk, key, request)
            role = role_for(route)
            if role is not None:
                await run_in_threadpool(_need, desk, ask, route)
            told = await run_in_threadpool(route.handler, desk, ask)
        except DeskRefusal as refusal:
            return _refused(refusal)
        if isinstance(told, dict) and told.keys() == {CSV}:
            return PlainTextResponse(told[CSV], media_type="text/csv; charset=utf-8")
        return JSONResponse(told)

    return answer


def _events(desk: Desk, key: str) -> Endpoint:
    async def answer(request: Request) -> Response:
        try:
            return JSONResponse(await events(desk, await _ask(desk, key, request)))
        except DeskRefusal as refusal:
            return _refused(refusal)

    return answer


def _need(desk: Desk, ask: Ask, route: Route) -> None:
    """The role view; a denial is recorded like every other."""
    role = role_for(route)
    try:
        if role is not None:
            ask.person.need(role)
    except Denied as denied:
        desk.record(ask.person, f"{route.method} {route.path}", ask.id, "", f"{denied.kind}: {denied.what}")
        raise


async def _ask(desk: Desk, key: str, request: Request) -> Ask:
    if not secrets.compare_digest(request.headers.get(KEY_HEADER, ""), key):
        raise BadKey(
            "The key of the desk is missing or wrong.",
            "It is in desk.json in its data directory, or what YIDI_DESK_KEY was there.",
        )
    if desk.starting:
        raise Starting("The desk is starting: " + ("; ".join(desk.troubles.values()) or "it reads what lies there."))
    person = await run_in_threadpool(_person, desk, request)
    said: dict[str, Any] = dict(request.query_params)
    if request.method == "POST":
        said = await _body(request)
    return Ask(person, dict(request.path_params), said)


def _person(desk: Desk, request: Request) -> Person:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    given = token.strip() if scheme.lower() == "bearer" else None
    user = request.headers.get(USER_HEADER, "")
    try:
        return desk.people.identify(given, user)
    except BadToken as wrong:
        nobody = Person(user or "unknown", authenticated=False, roles=frozenset())
        desk.record(nobody, f"{request.method} {request.url.path}", "", "", f"{wrong.kind}: {wrong.what}")
        raise


async def _body(request: Request) -> dict[str, Any]:
    raw = await request.body()
    if len(raw) > BODY_BYTES_MAX:
        raise BadRequest("The command is too large.", f"At most {BODY_BYTES_MAX} bytes.")
    try:
        said = json.loads(raw or b"{}")
    except ValueError:
        raise BadRequest("The command is no JSON.", "Send one JSON object.") from None
    if not isinstance(said, dict):
        raise BadRequest("The command is no JSON object.", "Send one JSON object.")
    return said


def _refused(refusal: DeskRefusal) -> Response:
    return JSONResponse(refusal.as_dict(), status_code=refusal.status)
