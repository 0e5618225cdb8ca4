"""Whether a user may do what a program has to do, asked of the broker before the work begins.

Source: Kafka's Metadata request, version 10, whose answer tells the operations that the asking user may perform on a
topic as bits numbered by `AclOperation` (KIP-430). Groups are not asked: joining one tells.
"""

import asyncio
from collections import defaultdict
from collections.abc import Collection
from contextlib import suppress
from typing import Final

from yidi.contract.access import Grant
from yidi.runtime.acls import OPERATIONS
from yidi.runtime.admin import administering, asked
from yidi.runtime.connection import Connection
from yidi.runtime.handshake import WHY_TIMEOUT_S, refusal
from yidi.runtime.metadata import TopicIdsRequest
from yidi.runtime.stops import AccessRefused

NOT_AUTHORIZED: Final = 29
WORDS: Final = {"Read": "read", "Write": "write", "DescribeConfigs": "see the settings of"}
NAMED_MAX: Final = 4
"""More topics would not fit one line; the rules have them all."""


async def lacking(connection: Connection, rights: Collection[Grant]) -> list[Grant]:
    """Which of these rights on topics the user does not have. A topic that does not exist lacks nothing yet."""
    wanted = [grant for grant in rights if grant.resource == "Topic"]
    names = sorted({grant.name for grant in wanted})
    async with administering(connection) as admin:
        answer = (await asked(admin, TopicIdsRequest(names, operations=True))).to_object()
    told = {row["topic"]: row for row in answer["topics"]}
    return [grant for grant in wanted if _lacks(told[grant.name], OPERATIONS[grant.operation])]


def _lacks(row: dict[str, int], operation: int) -> bool:
    if row["error_code"]:
        return row["error_code"] == NOT_AUTHORIZED
    return not row["authorized_operations"] >> operation & 1


async def hindrance(connection: Connection, rights: Collection[Grant]) -> str | None:
    """What the broker has against us, in words: our user, our certificate or our rights; None for nothing of these."""
    if words := await refusal(connection):
        return words
    with suppress(Exception):  # whatever the client raises: it is no answer to this question
        async with asyncio.timeout(WHY_TIMEOUT_S):
            missing = await lacking(connection, rights)
            return in_words(connection, missing) if missing else None
    return None


async def refuse_lacking(connection: Connection, rights: Collection[Grant]) -> None:
    """`AccessRefused` in one line when the user may not do what these rights are for."""
    missing = await lacking(connection, rights)
    if missing:
        raise AccessRefused(f"{in_words(connection, missing)} Give it the rights of `yidi topics --acls`.")


def in_words(connection: Connection, missing: Collection[Grant]) -> str:
    """What the user may not do, in one sentence."""
    by_operation: dict[str, list[str]] = defaultdict(list)
    for grant in missing:
        by_operation[WORDS.get(grant.operation, grant.operation)].append(grant.name)
    denied = "; ".join(f"{verb} {_some(topics)}" for verb, topics in by_operation.items())
    who = connection.security.username
    user = f"The user {who}" if connection.security.sasl and who else "Who we are"
    return f"{user} may not {denied} at {connection.bootstrap}."


def _some(topics: list[str]) -> str:
    more = len(topics) - NAMED_MAX
    return ", ".join(topics[:NAMED_MAX]) + (f" and {more} more" if more > 0 else "")
