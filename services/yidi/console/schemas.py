"""The read side of a schema registry for our schemas, so that ordinary Kafka tools decode our topics.

Subjects are record names (`cn.yidi.SettlementRequest`), as when the services register them with another registry.
"""

import json
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from yidi.contract import schemas
from yidi.contract.schemas import SchemaVersion

CONTENT_TYPE: Final = "application/vnd.schemaregistry.v1+json"
NO_SUBJECT, NO_VERSION, NO_SCHEMA, BAD_VERSION = 40401, 40402, 40403, 42202
"""Error codes of the registry interface."""
LATEST: Final = ("latest", "-1")


class SchemaRegistry:
    """Answers from schemas/ids.json and schemas/versions; read once, for ids never change."""

    def __init__(self, root: Path) -> None:
        self._entries = schemas.read_ids(root)
        self._schemas = {entry.id: schemas.version(root, entry) for entry in self._entries}

    def routes(self) -> list[Route]:
        return [
            Route("/subjects", self._subjects),
            Route("/subjects/{subject}/versions", self._versions),
            Route("/subjects/{subject}/versions/{version}", self._version),
            Route("/subjects/{subject}/versions/{version}/schema", self._bare_version),
            Route("/schemas/types", self._types),
            Route("/schemas/ids/{id}", self._by_id),
            Route("/schemas/ids/{id}/schema", self._bare_by_id),
            Route("/schemas/ids/{id}/versions", self._uses),
            Route("/config", self._config),
            Route("/mode", self._mode),
        ]

    def _subject(self, entry: SchemaVersion) -> str:
        return f"{self._schemas[entry.id]['namespace']}.{entry.record}"

    def _text(self, entry: SchemaVersion) -> str:
        return json.dumps(self._schemas[entry.id], ensure_ascii=False)

    def _of(self, subject: str) -> dict[int, SchemaVersion]:
        return {entry.version: entry for entry in self._entries if self._subject(entry) == subject}

    async def _subjects(self, _request: Request) -> Response:
        return _json(sorted({self._subject(entry) for entry in self._entries}))

    async def _versions(self, request: Request) -> Response:
        found = self._of(request.path_params["subject"])
        return _json(sorted(found)) if found else _error(NO_SUBJECT, "Subject not found.")

    async def _version(self, request: Request) -> Response:
        entry = self._named(request)
        if isinstance(entry, Response):
            return entry
        subject = self._subject(entry)
        return _json({"subject": subject, "version": entry.version, "id": entry.id, "schema": self._text(entry)})

    async def _bare_version(self, request: Request) -> Response:
        entry = self._named(request)
        return entry if isinstance(entry, Response) else _json(self._schemas[entry.id])

    def _named(self, request: Request) -> SchemaVersion | Response:
        found, version = self._of(request.path_params["subject"]), request.path_params["version"]
        if not found:
            return _error(NO_SUBJECT, "Subject not found.")
        if version in LATEST:
            return found[max(found)]
        if not version.isascii() or not version.isdigit():
            return _error(BAD_VERSION, "A version is a number or `latest`.", HTTPStatus.UNPROCESSABLE_ENTITY)
        return found.get(int(version)) or _error(NO_VERSION, "Version not found.")

    async def _by_id(self, request: Request) -> Response:
        entry = self._numbered(request)
        return entry if isinstance(entry, Response) else _json({"schemaType": "AVRO", "schema": self._text(entry)})

    async def _bare_by_id(self, request: Request) -> Response:
        entry = self._numbered(request)
        return entry if isinstance(entry, Response) else _json(self._schemas[entry.id])

    async def _uses(self, request: Request) -> Response:
        entry = self._numbered(request)
        if isinstance(entry, Response):
            return entry
        return _json([{"subject": self._subject(entry), "version": entry.version}])

    def _numbered(self, request: Request) -> SchemaVersion | Response:
        wanted = request.path_params["id"]
        found = (entry for entry in self._entries if str(entry.id) == wanted)
        return next(found, None) or _error(NO_SCHEMA, "Schema not found.")

    async def _types(self, _request: Request) -> Response:
        return _json(["AVRO"])

    async def _config(self, _request: Request) -> Response:
        return _json({"compatibilityLevel": "FULL_TRANSITIVE"})

    async def _mode(self, _request: Request) -> Response:
        return _json({"mode": "READONLY"})


def _json(content: Any, status: int = HTTPStatus.OK) -> Response:  # noqa: ANN401 — any JSON
    return Response(json.dumps(content, ensure_ascii=False), status, media_type=CONTENT_TYPE)


def _error(code: int, words: str, status: int = HTTPStatus.NOT_FOUND) -> Response:
    return _json({"error_code": code, "message": words}, status)
