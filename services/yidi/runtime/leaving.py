"""Leaving a consumer group on purpose under static membership: LeaveGroup, version 3; aiokafka speaks up to 1.

Static members are meant to come back, so that the client says nothing when it stops, and the group waits for the
session time-out. Source: KIP-345, and Apache Kafka's protocol guide, LeaveGroup API (key 13).
"""

from typing import Any

import structlog
from aiokafka.errors import KafkaError, for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int16, Int32, Schema, String

_MEMBER = (("member_id", String("utf-8")), ("group_instance_id", String("utf-8")))

_log: Any = structlog.get_logger()


class LeaveGroupResponseV3(Response):  # type: ignore[misc]
    API_KEY = 13
    API_VERSION = 3
    SCHEMA = Schema(
        ("throttle_time_ms", Int32), ("error_code", Int16), ("members", Array(*_MEMBER, ("error_code", Int16)))
    )


class LeaveGroupRequestV3(RequestStruct):  # type: ignore[misc]
    API_KEY = 13
    API_VERSION = 3
    RESPONSE_TYPE = LeaveGroupResponseV3
    SCHEMA = Schema(("group", String("utf-8")), ("members", Array(*_MEMBER)))


class LeaveGroup(Request[LeaveGroupRequestV3]):  # type: ignore[misc]
    """One static member leaves. A member id that is no longer the instance's own is refused: nobody else is put out."""

    API_KEY = 13

    def __init__(self, group: str, member_id: str, instance: str) -> None:
        self._group, self._member = group, (member_id, instance)

    def build(self, request_struct_class: Any) -> Any:  # noqa: ANN401 — aiokafka has no types
        return request_struct_class(self._group, [self._member])


def leave_when_closed(consumer: Any) -> None:  # noqa: ANN401 — untyped client
    """Make the consumer leave where it would be silent: between its last heartbeat and its last connection's end."""
    coordinator = consumer._coordinator  # noqa: SLF001 — the client has no public way to leave

    async def leave() -> None:
        if coordinator.generation > 0:
            request = LeaveGroup(coordinator.group_id, coordinator.member_id, coordinator._group_instance_id)  # noqa: SLF001
            try:
                answer = await coordinator._send_req(request)  # noqa: SLF001
                _log.info("left the group", refused=[for_code(code).__name__ for *_, code in answer.members if code])
            except KafkaError as error:
                _log.warning("the group was not left; it waits for our session to end", error=repr(error))
        coordinator.reset_generation()

    coordinator._maybe_leave_group = leave  # noqa: SLF001
