"""Server-sent events: the front page's figures every second, and a word whenever errors are new or have changed."""

import json
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import Final

from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from yidi.console.picture import figures_of
from yidi.console.watching import News, Watching
from yidi.console.words import Language, language_of

PING_S: Final = 15
"""Keeps proxies from closing a quiet stream, and notices a page that is gone."""


class Live:
    """`/live`: what open pages listen to."""

    def __init__(self, watching: Watching) -> None:
        self._watching = watching

    async def stream(self, request: Request) -> Response:
        """Events `pulse` (texts and states by element) and `errors` (ids of the cases)."""
        if self._watching.full:
            return PlainTextResponse("Too many live pages are open.\n", HTTPStatus.SERVICE_UNAVAILABLE)
        return EventSourceResponse(self._events(language_of(request)), ping=PING_S)

    async def _events(self, language: Language) -> AsyncIterator[ServerSentEvent]:
        async for news in self._watching.news():
            yield self._event(news, language)

    def _event(self, news: News, language: Language) -> ServerSentEvent:
        if news.kind == "errors":
            return ServerSentEvent(json.dumps(list(news.ids)), event="errors")
        figures = figures_of(self._watching.now, language)
        return ServerSentEvent(json.dumps(figures, ensure_ascii=False), event="pulse")
