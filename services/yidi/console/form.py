"""Forms that are sent to us: read, limited in size, refused unless they carry the token of the page they stood on."""

from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import Response

from yidi.console.door import DeskError
from yidi.console.pages import visitor_of
from yidi.console.visitor import Sessions

FORM_TOKEN: Final = "form_token"  # noqa: S105 — the name of a field
BODY_BYTES_MAX: Final = 1024 * 1024
"""A form of 5,000 selected errors takes about 200 KiB."""
FIELDS_MAX: Final = 6_000
URLENCODED: Final = "application/x-www-form-urlencoded"

Handler: TypeAlias = Callable[[Request], Awaitable[Response]]


class Form:
    """What was filled in; a field that is missing is empty."""

    def __init__(self, fields: Mapping[str, list[str]]) -> None:
        self._fields = fields

    def text(self, name: str) -> str:
        """The field without blanks around it."""
        return self._fields.get(name, [""])[-1].strip()

    def number(self, name: str, default: int) -> int:
        """A whole number; the default for anything else."""
        text = self.text(name)
        return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else default  # noqa: PLR2004 — int32

    def ticked(self, name: str) -> bool:
        return name in self._fields

    def every(self, name: str) -> list[str]:
        return list(self._fields.get(name, []))

    def starting(self, prefix: str) -> dict[str, str]:
        """Fields by what follows the prefix; their texts as they are."""
        return {name[len(prefix) :]: texts[-1] for name, texts in self._fields.items() if name.startswith(prefix)}


FormHandler: TypeAlias = Callable[[Request, Form], Awaitable[Response]]


class Posting:
    """Makes a handler of a form handler: every command of this console passes here."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions

    def __call__(self, handler: FormHandler) -> Handler:
        async def posted(request: Request) -> Response:
            fields = await _fields_of(request)
            token = fields.get(FORM_TOKEN, [""])[-1]
            if not self._sessions.form_is_ours(visitor_of(request).session, token):
                raise _refused("This form is too old, or not ours.", HTTPStatus.FORBIDDEN)
            return await handler(request, Form(fields))

        return posted


def _refused(what: str, status: HTTPStatus) -> DeskError:
    return DeskError(what, "Open the page again and repeat.", status, "form")


async def _fields_of(request: Request) -> dict[str, list[str]]:
    """What was filled in; DeskError in words for what is no form of ours."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != URLENCODED:
        raise _refused("This is no form of ours.", HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise _refused("The form is too large.", HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        return parse_qs(body.decode(), keep_blank_values=True, max_num_fields=FIELDS_MAX)
    except ValueError:
        raise _refused("The form cannot be read.", HTTPStatus.BAD_REQUEST) from None
