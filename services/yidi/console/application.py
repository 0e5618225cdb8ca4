"""The console as one application: composition root of its pages."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from yidi.chain.errors import ChainError
from yidi.chain.journey import TooShort
from yidi.console.bulk import Bulk
from yidi.console.chain import Chain
from yidi.console.condition import Condition
from yidi.console.door import Desk, DeskError
from yidi.console.entrance import Entrance
from yidi.console.errors import Errors
from yidi.console.form import FormHandler, Posting
from yidi.console.front import Front
from yidi.console.guard import HEADERS, LOOPBACK, Guard
from yidi.console.live import Live
from yidi.console.mending import Mending
from yidi.console.pages import HERE, Pages
from yidi.console.proof import Proof
from yidi.console.replays import Replays
from yidi.console.schemas import SchemaRegistry
from yidi.console.settlements import Settlements
from yidi.console.visitor import Sessions
from yidi.console.watching import Watching
from yidi.contract.schemas import folder

NOT_HERE: Final = "There is no such page here."
ONLY_A_FORM: Final = "This address only takes a form."
DEFECT: Final = "The page failed in a way that nobody foresaw."


@dataclass(frozen=True, slots=True)
class Setting:
    """How a console is exposed: the names it answers to, and whether it asks for a login."""

    hosts: Collection[str] = LOOPBACK
    login: bool = False


def application(chain: Chain, desk: Desk, watching: Watching, sessions: Sessions, setting: Setting) -> Starlette:
    """All pages; `watching` runs beside it, started by whoever serves it."""
    pages = Pages(sessions, login=setting.login)
    posting = Posting(sessions)

    def post(path: str, handler: FormHandler) -> Route:
        return Route(path, posting(handler), methods=["POST"])

    routes = [
        *_chain_pages(pages, chain, watching),
        *_error_pages(pages, desk, post),
        *_replay_pages(pages, desk, post),
        *_entrance(pages, desk, sessions, post),
        *SchemaRegistry(folder()).routes(),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    return Starlette(
        routes=routes,
        middleware=[Middleware(Guard, sessions=sessions, hosts=setting.hosts, login=setting.login)],
        exception_handlers=_troubles(pages),
    )


Post = Callable[[str, FormHandler], Route]


def _chain_pages(pages: Pages, chain: Chain, watching: Watching) -> list[Route]:
    settlements, condition = Settlements(pages, chain), Condition(watching)
    return [
        Route("/", Front(pages, watching).show),
        Route("/live", Live(watching).stream),
        Route("/settlements", settlements.search),
        Route("/settlements/{id}", settlements.show),
        Route("/health", condition.health),
        Route("/metrics", condition.metrics),
    ]


def _error_pages(pages: Pages, desk: Desk, post: Post) -> list[Route]:
    errors, mending = Errors(pages, desk), Mending(pages, desk)
    return [
        Route("/errors", errors.listing),
        Route("/export.csv", errors.export),
        Route("/errors/{id}", errors.case),
        Route("/errors/{id}/slip", errors.slip),
        Route("/errors/{id}/claim", errors.claim, methods=["GET"]),
        post("/errors/{id}/unmask", errors.unmask),
        Route("/errors/{id}/mend", mending.ask),
        post("/errors/{id}/mend", mending.send),
        Route("/errors/{id}/amend", mending.form),
        post("/errors/{id}/amend", mending.amend),
        post("/errors/{id}/mend/check", mending.check_mend),
        post("/errors/{id}/amend/check", mending.check_amendment),
        post("/errors/{id}/{command}", errors.command),
        Route("/codes", errors.codes),
        Route("/codes/{code}", errors.code),
        Route("/mends", mending.mends),
        Route("/mends/{id}", mending.mended),
        Route("/approvals", mending.approvals),
        post("/amendments/{id}/approve", mending.approve),
    ]


def _replay_pages(pages: Pages, desk: Desk, post: Post) -> list[Route]:
    replays, proof, bulk = Replays(pages, desk), Proof(pages, desk), Bulk(pages, desk)
    return [
        Route("/batches", bulk.batches, methods=["GET"]),
        post("/batches", bulk.make),
        Route("/batches/{id}", bulk.batch),
        post("/batches/{id}/{command}", bulk.command),
        Route("/replays", replays.plans),
        post("/replays", replays.make),
        Route("/replays/{id}", replays.plan),
        post("/replays/{id}/{command}", replays.command),
        Route("/actions", proof.actions),
        Route("/verify", proof.verdict, methods=["GET"]),
        post("/verify", proof.verify),
    ]


def _entrance(pages: Pages, desk: Desk, sessions: Sessions, post: Post) -> list[Route]:
    entrance = Entrance(pages, desk, sessions)
    return [
        Route("/login", entrance.ask),
        post("/login", entrance.log_in),
        post("/logout", entrance.log_out),
    ]


def _troubles(pages: Pages) -> Mapping[Any, Callable[[Request, Any], Awaitable[Response]]]:
    """What goes wrong on the way to a page, in words; nothing else is caught."""

    async def desk(request: Request, error: DeskError) -> Response:
        return pages.trouble(request, error)

    async def chain(request: Request, error: ChainError) -> Response:
        missing = error.exit_code == 1 or isinstance(error, TooShort)
        status = HTTPStatus.NOT_FOUND if missing else HTTPStatus.SERVICE_UNAVAILABLE
        return pages.trouble(request, DeskError(error.what, error.todo, status, "chain"))

    async def missing(request: Request, _error: Exception) -> Response:
        return pages.trouble(request, DeskError(NOT_HERE, "Start from the front page.", HTTPStatus.NOT_FOUND, "page"))

    async def not_so(request: Request, error: HTTPException) -> Response:
        told = DeskError(ONLY_A_FORM, "Open the page that the form stands on.", HTTPStatus.METHOD_NOT_ALLOWED, "page")
        answer = pages.trouble(request, told)
        answer.headers.update(error.headers or {})
        return answer

    async def defect(request: Request, _error: Exception) -> Response:
        """Outside the guard, therefore its headers once more; whoever serves it still logs the traceback."""
        told = DeskError(DEFECT, "Its log says more.", HTTPStatus.INTERNAL_SERVER_ERROR, "defect")
        answer = pages.trouble(request, told)
        answer.headers.update(HEADERS)
        return answer

    return {
        DeskError: desk,
        ChainError: chain,
        HTTPStatus.NOT_FOUND: missing,
        HTTPStatus.METHOD_NOT_ALLOWED: not_so,
        Exception: defect,
    }
