"""A chain at rest: every service has read everything, and nothing more is written anywhere."""

import asyncio
from collections.abc import Mapping
from typing import Final

from aiokafka.errors import KafkaError

from yidi.chain.errors import ChainError
from yidi.chain.lag import caught_up
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.readings import group_of, reading
from yidi.contract.topics import plan

QUIET_S: Final = 2.0
"""No topic grew for so long, and everybody has read everything: what was on its way has arrived."""
AGAIN_S: Final = 0.5


class NotAtRest(ChainError):
    """Something was still unread, or still being written, when the time was over."""

    exit_code = 1


async def at_rest(chain: Descriptor, timeout_s: float) -> None:
    """Wait until the chain rests; NotAtRest when it does not in time. Survives a broker that is just coming back."""
    groups = {group_of(service): topics for service, topics in reading(chain).items()}
    try:
        async with asyncio.timeout(timeout_s):
            while not await _rests(chain, groups, timeout_s):  # noqa: ASYNC110 — other processes' work
                await asyncio.sleep(AGAIN_S)
    except TimeoutError:
        raise NotAtRest(
            f"The chain did not come to rest within {timeout_s:.0f} s.", "See the logs in its data directory."
        ) from None


async def _rests(chain: Descriptor, groups: Mapping[str, tuple[str, ...]], timeout_s: float) -> bool:
    try:
        if not await caught_up(chain.connection, chain.partitions, groups, timeout_s):
            return False
        before = await _ends(chain)
        await asyncio.sleep(QUIET_S)
        if not await caught_up(chain.connection, chain.partitions, groups, timeout_s):
            return False
        return before == await _ends(chain)
    except (ChainError, KafkaError, OSError):
        return False


async def _ends(chain: Descriptor) -> dict[object, int]:
    names = [topic.name for topic in plan(chain.inboxes, chain.partitions)]
    async with Reader(chain.connection, chain.partitions) as reader:
        return dict(await reader.ends(reader.parts(names)))
