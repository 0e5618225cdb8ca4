"""Text columns that take whatever comes from outside, on every database.

What operators see of an error may be nonsense that somebody sent: the bytes stay in the report as they came, and here
its text is made to fit. PostgreSQL's text knows no NUL, and an entry of its indexes has at most about 2,700 bytes.
The same is done to what is searched for, so that it finds what was made to fit.
"""

import hashlib
from typing import Any, Final

from sqlalchemy import String, Text
from sqlalchemy.types import TypeDecorator

NAME_CHARS_MAX: Final = 200
"""Of an id or a code; ours have up to 64."""
HASH_CHARS: Final = 16
SHOWN_FOR_NUL: Final = "\N{SYMBOL FOR NULL}"


class Words(TypeDecorator[str]):
    """Text of any length, without NUL."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ANN401, ARG002 — its signature
        return None if value is None else value.replace("\x00", SHOWN_FOR_NUL)


class Name(TypeDecorator[str]):
    """Text in an index: without NUL, and where it is too long, its beginning and its hash."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Any) -> str | None:  # noqa: ANN401, ARG002 — its signature
        if value is None or (len(value) <= NAME_CHARS_MAX and "\x00" not in value):
            return value
        fitting = value.replace("\x00", SHOWN_FOR_NUL)
        if len(fitting) <= NAME_CHARS_MAX:
            return fitting
        return fitting[: NAME_CHARS_MAX - HASH_CHARS] + hashlib.sha256(value.encode()).hexdigest()[:HASH_CHARS]
