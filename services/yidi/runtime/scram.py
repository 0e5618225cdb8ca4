"""Kafka's users and their passwords (SCRAM-SHA-512), for a Kafka that is ours alone.

Source: Apache Kafka's protocol guide, DescribeUserScramCredentials (key 50) and AlterUserScramCredentials (key 51),
version 0; aiokafka speaks neither. Hashing: RFC 5802. The password itself never travels.
"""

import hashlib
import secrets
from collections.abc import Collection, Mapping
from typing import Any, Final

from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import CompactArray, CompactBytes, CompactString, Int8, Int16, Int32, Schema, TaggedFields

from yidi.runtime.admin import CHANGE_MS_MAX, administering, asked, until
from yidi.runtime.connection import Connection
from yidi.runtime.stops import AccessRefused

SCRAM_SHA_512: Final = 2
ITERATIONS: Final = 4096
"""Kafka's least. More would slow down guessing, and a random password of 192 bits is not guessed."""
SALT_BYTES: Final = 24
NAME: Final = CompactString("utf-8")

Row = tuple[Any, ...]
_TAGS: Final = ("tags", TaggedFields)
_ANSWER: Final = (("user", NAME), ("error_code", Int16), ("error_message", NAME))


class DescribeResponseV0(Response):  # type: ignore[misc]
    API_KEY = 50
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("error_message", NAME),
        (
            "results",
            CompactArray(
                *_ANSWER, ("credentials", CompactArray(("mechanism", Int8), ("iterations", Int32), _TAGS)), _TAGS
            ),
        ),
        _TAGS,
    )


class DescribeRequestV0(RequestStruct):  # type: ignore[misc]
    API_KEY = 50
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = DescribeResponseV0
    SCHEMA = Schema(("users", CompactArray(("name", NAME), _TAGS)), _TAGS)


class AlterResponseV0(Response):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    SCHEMA = Schema(("throttle_time_ms", Int32), ("results", CompactArray(*_ANSWER, _TAGS)), _TAGS)


class AlterRequestV0(RequestStruct):  # type: ignore[misc]
    API_KEY = 51
    API_VERSION = 0
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = AlterResponseV0
    SCHEMA = Schema(
        ("deletions", CompactArray(("name", NAME), ("mechanism", Int8), _TAGS)),
        (
            "upsertions",
            CompactArray(
                ("name", NAME),
                ("mechanism", Int8),
                ("iterations", Int32),
                ("salt", CompactBytes),
                ("salted_password", CompactBytes),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class UsersRequest(Request[DescribeRequestV0]):  # type: ignore[misc]
    """Asks for every user."""

    API_KEY = 50

    def build(self, request_struct_class: Any) -> Any:  # noqa: ANN401 — aiokafka has no types
        return request_struct_class(None, {})


class AlterUsersRequest(Request[AlterRequestV0]):  # type: ignore[misc]
    """Removes users, and sets the passwords of others."""

    API_KEY = 51

    def __init__(self, removed: list[Row], set_: list[Row]) -> None:
        self._removed, self._set = removed, set_

    def build(self, request_struct_class: Any) -> Any:  # noqa: ANN401 — aiokafka has no types
        return request_struct_class(self._removed, self._set, {})


async def admit(connection: Connection, passwords: Mapping[str, str]) -> None:
    """Make these the users of the Kafka, with these passwords, and no others, and wait until it knows them.

    `AccessRefused` when we may not.
    """
    async with administering(connection, CHANGE_MS_MAX) as admin:
        known = await _known(admin)
        removed: list[Row] = [(user, SCRAM_SHA_512, {}) for user in sorted(known - passwords.keys())]
        request = AlterUsersRequest(removed, [_credential(user, password) for user, password in passwords.items()])
        answered = (await asked(admin, request)).to_object()
        _raise_first(answered["results"])

        async def known_to_it() -> bool:
            return await _known(admin) == passwords.keys()

        await until(known_to_it)


async def _known(admin: Any) -> set[str]:  # noqa: ANN401 — untyped client
    """The users that there are."""
    described = (await asked(admin, UsersRequest())).to_object()
    _raise(described["error_code"], described["error_message"])
    return {row["user"] for row in described["results"]}


def _credential(user: str, password: str) -> Row:
    salt = secrets.token_bytes(SALT_BYTES)
    salted = hashlib.pbkdf2_hmac("sha512", password.encode(), salt, ITERATIONS)
    return (user, SCRAM_SHA_512, ITERATIONS, salt, salted, {})


def _raise_first(results: Collection[Mapping[str, Any]]) -> None:
    for row in results:
        _raise(row["error_code"], f"{row['user']}: {row['error_message']}")


def _raise(code: int, words: str | None) -> None:
    if code:
        raise AccessRefused(f"The users could not be admitted: {words or for_code(code).description}.")
