"""The way to the error desk: its HTTP interface (docs/desk.md), asked for each visitor under the visitor's own name.

DeskError         what happened, what to do, and the HTTP status that the page answers with
├── DeskMissing   no desk runs, or it does not answer
└── DeskRefused   the desk's own no, with its kind
"""

from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, Protocol
from urllib.parse import quote

import httpx

from yidi.console.visitor import Visitor
from yidi.desk import address

TIMEOUT_S: Final = 40
"""Above the longest wait that the desk allows for news (30 s)."""


class DeskError(Exception):
    """What people are told, and what to do."""

    def __init__(self, what: str, todo: str, status: int, kind: str, holder: str = "") -> None:
        super().__init__(what)
        self.what, self.todo, self.status, self.kind, self.holder = what, todo, status, kind, holder


class DeskMissing(DeskError):
    def __init__(self, what: str) -> None:
        todo = "Start the chain with `yidi up`; the desk is a part of it. The rest of this console works without it."
        super().__init__(what, todo, HTTPStatus.SERVICE_UNAVAILABLE, "missing")


class DeskRefused(DeskError):
    """The desk's explicit no; nothing has changed."""


class Desk(Protocol):
    """What the pages need of the desk. Both raise DeskError."""

    async def get(self, who: Visitor, path: str, **query: Any) -> Any: ...  # noqa: ANN401 — JSON of the desk

    async def post(self, who: Visitor, path: str, **body: Any) -> Any: ...  # noqa: ANN401 — JSON of the desk


class DeskDoor:
    """The desk of the chain at a data directory; found anew for each request, so that either may restart."""

    def __init__(self, data_dir: Path, transport: httpx.AsyncBaseTransport | None = None) -> None:
        self._data_dir = data_dir
        self._client = httpx.AsyncClient(timeout=TIMEOUT_S, trust_env=False, transport=transport)

    async def get(self, who: Visitor, path: str, **query: Any) -> Any:  # noqa: ANN401 — JSON of the desk
        asked = {name: value for name, value in query.items() if value not in (None, "")}
        return await self._ask("GET", who, path, params=asked)

    async def post(self, who: Visitor, path: str, **body: Any) -> Any:  # noqa: ANN401 — JSON of the desk
        return await self._ask("POST", who, path, json=body)

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, method: str, who: Visitor, path: str, **content: Any) -> Any:  # noqa: ANN401 — JSON of the desk
        _refuse_nonsense(path, content.get("params") or {})
        url, key = self._address()
        headers = {"X-Yidi-Key": key, "X-Yidi-User": who.user}
        if who.token:
            headers["Authorization"] = f"Bearer {who.token}"
        try:
            answer = await self._client.request(method, f"{url}{quote(path)}", headers=headers, **content)
        except httpx.HTTPError as error:
            raise DeskMissing(f"The error desk at {url} does not answer ({type(error).__name__}).") from error
        return _content(answer)

    def _address(self) -> address.Address:
        try:
            return address.address_in(self._data_dir)
        except address.DeskMissing as missing:
            raise DeskMissing(missing.what) from missing


def _refuse_nonsense(path: str, asked: Mapping[str, Any]) -> None:
    """What no id and no query can be never reaches the desk: it would become another address, or break a database."""
    segments = path.split("/")
    if not path.isprintable() or "." in segments or ".." in segments:
        raise DeskRefused("No id looks like this.", "Take it from a list.", HTTPStatus.NOT_FOUND, "not_found")
    if not all(str(value).isprintable() for value in asked.values()):
        raise DeskRefused("The address holds what cannot be read.", "Ask anew.", HTTPStatus.BAD_REQUEST, "bad_request")


def _content(answer: httpx.Response) -> Any:  # noqa: ANN401 — JSON of the desk
    is_json = "json" in answer.headers.get("content-type", "")
    content = answer.json() if is_json else answer.text
    if answer.is_success:
        return content
    said = content if isinstance(content, dict) else {}
    raise DeskRefused(
        str(said.get("what") or f"The desk answered with HTTP {answer.status_code}."),
        str(said.get("todo") or "See the desk's log in the data directory."),
        answer.status_code,
        str(said.get("kind") or "error"),
        str(said.get("holder") or ""),
    )
