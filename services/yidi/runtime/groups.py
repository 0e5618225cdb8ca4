"""Which consumer groups are at work, and which of their instances holds which partitions.

aiokafka 0.14 reads the answer to its newest question of this kind by the layout of an older one (its
`DescribeGroupsRequest_v3` names the response of v2) and loses the connection over it: we ask in version 2.
"""

from collections.abc import Collection, Iterable
from itertools import groupby
from typing import Any, Final, NamedTuple

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.coordinator.protocol import ConsumerProtocolMemberAssignment
from aiokafka.protocol.admin import DescribeGroupsRequest_v2
from aiokafka.protocol.api import Request

from yidi.runtime.connection import Connection

CONSUMERS: Final = "consumer"
"""The protocol of groups whose members hold partitions."""


class GroupsRequest(Request[DescribeGroupsRequest_v2]):  # type: ignore[misc]
    """Asks a coordinator who is in its groups."""

    API_KEY = 15

    def __init__(self, groups: list[str]) -> None:
        self._groups = groups

    def build(self, request_struct_class: Any) -> Any:  # noqa: ANN401 — aiokafka has no types
        return request_struct_class(self._groups)


class Member(NamedTuple):
    """One instance of a service, as its group's coordinator knows it; partition numbers in order."""

    instance: str
    partitions: tuple[int, ...]


async def at_work(connection: Connection, groups: Collection[str]) -> set[str]:
    """Which of the groups have members now."""
    admin = AIOKafkaAdminClient(**connection.options())
    await admin.start()
    try:
        return {group for group in groups if await members(admin, group)}
    finally:
        await admin.close()


async def members(admin: Any, group: str) -> list[Member]:  # noqa: ANN401 — untyped client
    """Who is in the group now, by the names of the instances; while it is rebalanced they hold nothing."""
    coordinator = await admin.find_coordinator(group)
    answer = await admin._send_request(GroupsRequest([group]), coordinator)  # noqa: SLF001 — see above
    groups = [found for found in answer.to_object()["groups"] if found["protocol_type"] == CONSUMERS]
    found = [member for described in groups for member in described["members"]]
    return sorted(Member(one["client_id"].removeprefix(f"{group}-"), _held(one["member_assignment"])) for one in found)


def _held(assignment: bytes) -> tuple[int, ...]:
    """Partition numbers; the same of every topic, for a task reads one number of all of them."""
    if not assignment:
        return ()
    told = ConsumerProtocolMemberAssignment.decode(assignment)
    return tuple(sorted({number for _, numbers in told.assignment for number in numbers}))


def spans(numbers: Iterable[int]) -> str:
    """Ascending numbers as people read them: 0–2, 5."""
    runs = [[n for _, n in run] for _, run in groupby(enumerate(numbers), lambda one: one[1] - one[0])]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs)
