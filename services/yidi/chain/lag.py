"""How far services have read: their committed group offsets beside the ends of their topics.

Group offsets are kept for lag tools only; the services' own positions live in their stores (design §5).
"""

import asyncio
from collections.abc import Collection, Mapping
from typing import Final

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from yidi.chain.reader import Reader
from yidi.runtime.connection import Connection

LOOK_AGAIN_S: Final = 0.1


async def lag_of(
    admin: AIOKafkaAdminClient, reader: Reader, group: str, topics: Collection[str]
) -> dict[TopicPartition, int]:
    """Records not yet read, for every partition of the topics; a partition never read counts whole."""
    parts = reader.parts(topics)
    ends, begins = await reader.ends(parts), await reader.begins(parts)
    read = await admin.list_consumer_group_offsets(group)
    offsets = {part: read[part].offset if part in read and read[part].offset >= 0 else begins[part] for part in parts}
    return {part: max(0, ends[part] - offsets[part]) for part in parts}


async def caught_up(
    connection: Connection, partitions: int, groups: Mapping[str, Collection[str]], timeout_s: float
) -> bool:
    """Wait until every group has read its topics up to their present ends; False when the time is over."""
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        async with asyncio.timeout(timeout_s), Reader(connection, partitions) as reader:
            for group, topics in groups.items():
                while any((await lag_of(admin, reader, group, topics)).values()):  # noqa: ASYNC110 — another process
                    await asyncio.sleep(LOOK_AGAIN_S)
    except TimeoutError:
        return False
    finally:
        await admin.close()
    return True
