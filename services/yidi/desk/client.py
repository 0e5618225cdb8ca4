"""Speaking to a running desk: what the command line uses. Knows its address from the data directory or by settings."""

import getpass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx

from yidi.desk.address import DeskMissing, address_in

__all__ = ["DeskClient", "DeskMissing", "DeskRefused"]

TIMEOUT_S: Final = 60.0


class DeskRefused(Exception):
    """The desk said no; nothing has changed."""

    def __init__(self, status: int, told: dict[str, Any]) -> None:
        self.status = status
        self.kind: str = told.get("kind", "")
        self.what: str = told.get("what", "")
        self.todo: str = told.get("todo", "")
        self.more = {name: value for name, value in told.items() if name not in ("kind", "what", "todo")}
        super().__init__(self.what)


class DeskClient:
    """Commands and questions; answers are decoded JSON (CSV is text). Use as a context, or close it."""

    def __init__(self, data_dir: Path, token: str | None = None, user: str | None = None) -> None:
        address = address_in(data_dir)
        headers = {"X-Yidi-Key": address.key, "X-Yidi-User": user or getpass.getuser()}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self._http = httpx.Client(base_url=address.url, headers=headers, timeout=TIMEOUT_S, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **query: Any) -> Any:  # noqa: ANN401 — whatever JSON says
        """Ask. What is None is not asked."""
        said = {name: value for name, value in query.items() if value is not None}
        return self._answer(self._send("GET", path, params=said))

    def post(self, path: str, **body: Any) -> Any:  # noqa: ANN401 — whatever JSON says
        """Command."""
        return self._answer(self._send("POST", path, json=body))

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:  # noqa: ANN401 — httpx's own
        try:
            return self._http.request(method, path, **what)
        except httpx.TransportError as error:
            where = self._http.base_url
            raise DeskMissing(f"The error desk at {where} does not answer ({type(error).__name__}).") from None

    @staticmethod
    def _answer(response: httpx.Response) -> Any:  # noqa: ANN401 — whatever JSON says
        if response.headers.get("content-type", "").startswith("text/csv"):
            return response.text
        try:
            told = response.json()
        except ValueError:
            told = {"what": f"The desk answered {response.status_code} without JSON.", "todo": "See its log."}
        if response.is_error:
            raise DeskRefused(response.status_code, told)
        return told
