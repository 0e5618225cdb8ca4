"""Pages: one template each, rendered on the server, everything escaped."""

from functools import cache
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from yidi import __version__
from yidi.console import figures, terms, words
from yidi.console.commands import links_of
from yidi.console.door import DeskError
from yidi.console.filling import field_name, typed
from yidi.console.guard import SAFE
from yidi.console.sayings import in_chinese
from yidi.console.visitor import SESSION_COOKIE, Sessions, Visitor
from yidi.console.words import LANGUAGE_COOKIE, Language, language_of
from yidi.domain import counting

HERE: Final = Path(__file__).parent
_TABLES: Final = {**vars(words), **vars(terms)}
COOKIE_AGE_S: Final = 365 * 86_400
"""A chosen language is kept for a year."""


def visitor_of(request: Request) -> Visitor:
    """Who asks; set by the guard."""
    visitor: Visitor = request.state.visitor
    return visitor


@cache
def _environment() -> Environment:
    """The templates and what they can say; the same for all consoles of a process."""
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(yuan=figures.yuan, moment=figures.moment, count=figures.count, region=figures.region)
    environment.globals.update(
        noun=counting.noun, shown=figures.shown, hexdump=figures.hexdump, raw_bytes=figures.raw_bytes
    )
    return environment


class Pages:
    """Renders the templates of this package for one visitor at a time."""

    def __init__(self, sessions: Sessions, *, login: bool) -> None:
        self._sessions, self._login = sessions, login

    def page(self, request: Request, template: str, status: int = HTTPStatus.OK, /, **content: Any) -> Response:  # noqa: ANN401
        """The page as an answer, with the cookies that go with it."""
        visitor, language = visitor_of(request), language_of(request)
        told = self._told(request, visitor, language)
        html = _environment().get_template(template).render({**told, **content})
        answer = HTMLResponse(html, status)
        _set_cookies(answer, request, visitor, language)
        return answer

    def trouble(self, request: Request, error: DeskError) -> Response:
        """What the desk said no to, or that it is not there; in words, with what to do."""
        return self.page(request, "trouble.html", error.status, error=error)

    def _told(self, request: Request, visitor: Visitor, language: Language) -> dict[str, Any]:
        zh = language == "zh"
        return {
            "lang": language,
            "t": lambda chinese, english: chinese if zh else english,
            "said": lambda table, name: words.said(_TABLES[table], name, language),
            "term": lambda name: words.said(terms.fields(), name, language),
            "todo_links": links_of,
            "d": in_chinese if zh else str,
            "field_name": lambda name: field_name(name, language),
            "typed": typed,
            "age": lambda milliseconds: figures.age(milliseconds, language),
            "here": request.url.path,
            "other": _with_language(request, "en" if zh else "zh"),
            "form_token": self._sessions.form_token(visitor.session),
            "visitor": visitor,
            "login": self._login,
            "version": __version__,
            "desk": True,
        }


def address(path: str, **query: Any) -> str:  # noqa: ANN401 — whatever an address can say
    """A path with the query parameters that say something."""
    asked = {name: value for name, value in query.items() if value not in (None, "")}
    return f"{path}?{urlencode(asked)}" if asked else path


def _with_language(request: Request, language: Language) -> str:
    here = urlsplit(str(request.url) if request.method in SAFE else _page_of_form(request))
    query = {**dict(parse_qsl(here.query, keep_blank_values=True)), "lang": language}
    return f"/{quote(unquote(here.path)).lstrip('/')}?{urlencode(query)}"


def _page_of_form(request: Request) -> str:
    """The page that a form stood on, as the browser names it; never another site's."""
    referrer = request.headers.get("referer", "")
    try:
        ours = urlsplit(referrer).netloc == request.headers.get("host")
    except ValueError:
        return "/"
    return referrer if ours else "/"


def _set_cookies(answer: Response, request: Request, visitor: Visitor, language: Language) -> None:
    if request.cookies.get(SESSION_COOKIE) != visitor.session:
        set_session(answer, request, visitor.session)
    if request.query_params.get("lang") == language:
        answer.set_cookie(LANGUAGE_COOKIE, language, max_age=COOKIE_AGE_S, samesite="lax", path="/")


def set_session(answer: Response, request: Request, session: str) -> None:
    """Lax: no other site's form carries it, a link from elsewhere keeps one logged in. Scripts cannot read it."""
    secure = request.url.scheme == "https"
    answer.set_cookie(SESSION_COOKIE, session, httponly=True, samesite="lax", secure=secure, path="/")
