"""JSON logs by structlog: one line an event, persons masked."""

import logging
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import structlog

from yidi.domain.identities import masked

PERSONAL: Final = frozenset({"psn_no", "psn_name", "certno", "key"})
"""Fields that name a person; output shows their ends only."""

REPEAT_S_MIN: Final = 10.0
"""The Kafka client's line of the same kind is not said again before."""


def configure_logs(
    service: str, instance: str = "1", *, level: int = logging.INFO, stream: TextIO | None = None
) -> None:
    """Set logging for this process: JSON lines with service and instance; the Kafka client's own lines too."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            mask_persons,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(stream or sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service, instance=instance)
    _route_client_logs(level)


def mask_persons(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Mask every field that names a person."""
    for name in PERSONAL & event.keys():
        value = event[name]
        if value is not None:
            event[name] = masked(value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value))
    return event


class _Forward(logging.Handler):
    """aiokafka logs by the standard library; its lines become events, each kind at most once in a while.

    In an outage it says the same ten times a second.
    """

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[tuple[str, object], float] = {}

    def emit(self, record: logging.LogRecord) -> None:
        kind = (record.name, record.msg)
        if record.created - self._said.get(kind, 0.0) < REPEAT_S_MIN:
            return
        self._said[kind] = record.created
        structlog.get_logger().log(record.levelno, "kafka client", source=record.name, words=record.getMessage())


def _route_client_logs(level: int) -> None:
    client = logging.getLogger("aiokafka")
    client.handlers = [_Forward()]
    client.propagate = False
    client.setLevel(max(level, logging.WARNING))
