"""Kafka's IncrementalAlterConfigs request, version 0: changes the named settings of a topic and no other.

aiokafka speaks only the older AlterConfigs, which resets every setting that it does not name, an operator's own
included. Source: Apache Kafka's protocol guide, IncrementalAlterConfigs API (key 44).
"""

from collections.abc import Mapping
from typing import Any, Final

from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Boolean, Int8, Int16, Int32, Schema, String

TOPIC: Final = 2
SET: Final = 0


class AlterResponseV0(Response):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "responses",
            Array(
                ("error_code", Int16),
                ("error_message", String("utf-8")),
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
            ),
        ),
    )


class AlterRequestV0(RequestStruct):  # type: ignore[misc]
    API_KEY = 44
    API_VERSION = 0
    RESPONSE_TYPE = AlterResponseV0
    SCHEMA = Schema(
        (
            "resources",
            Array(
                ("resource_type", Int8),
                ("resource_name", String("utf-8")),
                (
                    "configs",
                    Array(("name", String("utf-8")), ("config_operation", Int8), ("value", String("utf-8"))),
                ),
            ),
        ),
        ("validate_only", Boolean),
    )


class AlterTopicsRequest(Request[AlterRequestV0]):  # type: ignore[misc]
    """Sets settings by topic name."""

    API_KEY = 44

    def __init__(self, settings: Mapping[str, Mapping[str, str]]) -> None:
        self._settings = settings

    def build(self, request_struct_class: Any) -> Any:  # noqa: ANN401 — aiokafka has no types
        rows = [
            (TOPIC, topic, [(name, SET, value) for name, value in changed.items()])
            for topic, changed in self._settings.items()
        ]
        return request_struct_class(rows, False)
