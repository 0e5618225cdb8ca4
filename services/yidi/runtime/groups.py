"""Which consumer groups are at work.

aiokafka 0.14 reads the answer to its newest question of this kind by the layout of an older one (its
`DescribeGroupsRequest_v3` names the response of v2) and loses the connection over it: we ask in version 2.
"""

from collections.abc import Collection
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.protocol.admin import DescribeGroupsRequest_v2
from aiokafka.protocol.api import Request

from yidi.runtime.connection import Connection


class GroupsRequest(Request[DescribeGroupsRequest_v2]):  # type: ignore[misc]
    """Asks a coordinator who is in its groups."""

    API_KEY = 15

    def __init__(self, groups: list[str]) -> None:
        self._groups = groups

    def build(self, request_struct_class: Any) -> Any:  # noqa: ANN401 — aiokafka has no types
        return request_struct_class(self._groups)


async def at_work(connection: Connection, groups: Collection[str]) -> set[str]:
    """Which of the groups have members now."""
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        return {group for group in groups if await _members(admin, group)}
    finally:
        await admin.close()


async def _members(admin: Any, group: str) -> int:  # noqa: ANN401 — untyped client
    coordinator = await admin.find_coordinator(group)
    answer = await admin._send_request(GroupsRequest([group]), coordinator)  # noqa: SLF001 — see above
    return sum(len(found["members"]) for found in answer.to_object()["groups"])
