"""Finding out from a cluster's topics which chain is there, so that commands can speak to it from anywhere."""

import time
from datetime import UTC, datetime
from typing import Final

from yidi import __version__
from yidi.chain.dialling import LOST, unanswered
from yidi.chain.errors import ChainError
from yidi.chain.place import Descriptor
from yidi.chain.seal import sealed
from yidi.contract import topics
from yidi.contract.topics import plan
from yidi.domain.instants import business_date
from yidi.runtime.admin import partition_counts
from yidi.runtime.connection import Connection

_BEFORE: Final = "agency."
_AFTER: Final = ".requests"


class NotAChain(ChainError):
    """The cluster's topics are not those of one chain."""


async def survey(connection: Connection) -> Descriptor:
    """The chain on the cluster: its partitions, its inboxes, and what it was seeded with. NotAChain in words."""
    try:
        counts = await partition_counts(connection)
    except LOST as error:
        raise await unanswered(connection) from error
    partitions = counts.get(topics.ENCOUNTERS)
    if partitions is None:
        raise NotAChain(
            f"The Kafka at {connection.bootstrap} has no topic {topics.ENCOUNTERS}: there is no chain on it.",
            "Check the address, or make the topics first with `yidi topics --create`.",
        )
    inboxes = tuple(sorted(inbox for name in counts if (inbox := _inbox(name)) is not None))
    _check(connection, counts, inboxes, partitions)
    seeded = await sealed(connection, partitions)
    return Descriptor(
        bootstrap=connection.bootstrap,
        security=connection.security,
        partitions=partitions,
        inboxes=inboxes,
        seed=seeded.seed if seeded else 1,
        persons=seeded.persons if seeded else 0,
        today=seeded.today if seeded else business_date(time.time_ns() // 1_000_000),
        started_at=datetime.now(UTC),
        version=__version__,
    )


def _inbox(topic: str) -> str | None:
    return topic.removeprefix(_BEFORE).removesuffix(_AFTER) if _is_requests(topic) else None


def _is_requests(topic: str) -> bool:
    return topic.startswith(_BEFORE) and topic.endswith(_AFTER) and topic.count(".") == 2  # noqa: PLR2004 — two dots


def _check(connection: Connection, counts: dict[str, int], inboxes: tuple[str, ...], partitions: int) -> None:
    for topic in plan(inboxes, partitions):
        found = counts.get(topic.name)
        if found != partitions:
            what = "is missing" if found is None else f"has {found} partitions, {topics.ENCOUNTERS} has {partitions}"
            raise NotAChain(
                f"The topics at {connection.bootstrap} are not those of one chain: {topic.name} {what}.",
                "Make them with `yidi topics --create`, with the same YIDI_PARTITIONS and YIDI_INBOXES as before.",
            )
