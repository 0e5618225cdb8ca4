"""What a chain can be told: one validated table for command line, environment and service processes."""

from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field

from yidi.contract.topics import DEFAULT_INBOX, PARTITIONS
from yidi.runtime.connection import Connection, Security

SERVICES: Final = ("registry", "hospital", "platform", "agency")
"""In the order they start: the registry writes what the others read first."""

PERSONS_MAX: Final = 10_000_000
"""What one machine's disk and a start of minutes can bear."""


class ChainSettings(BaseModel, frozen=True):
    """One chain: where it lives, how large it is, and which Kafka it uses."""

    data_dir: Path
    bootstrap: str | None = None
    """HOST:PORT of another Kafka; None starts the embedded one."""
    security: Security = Field(default_factory=Security)
    """How another Kafka is reached."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Port of the embedded broker; None takes a free one."""
    fresh: bool = False
    """Wipe stores and topics first."""
    partitions: int = Field(default=PARTITIONS, ge=1, le=64)
    inboxes: tuple[str, ...] = (DEFAULT_INBOX,)
    persons: int = Field(default=1_000, ge=0, le=PERSONS_MAX)
    """Synthetic persons beside the example persons."""
    seed: int = 1
    services: tuple[str, ...] = SERVICES
    """Seats that this machine fills; leave one out to put your own program there."""
    desk: bool = False
    """Whether the error desk runs, too. It is no part of the settlements' way."""
    answer_deadline_ms: int | None = Field(default=None, ge=1)
    """How long the platform waits for an agency before it says unknown; None takes the rule of the kind of care."""


class ServiceSettings(BaseModel, frozen=True):
    """What one service process is started with."""

    connection: Connection
    store: Path
    partitions: int
    inboxes: tuple[str, ...]
    answer_deadline_ms: int | None = Field(default=None, ge=1)
    """As in `ChainSettings`."""
    http_port: int | None = Field(default=None, ge=0, le=65535)
    """Loopback port of the service's own `/health` and `/metrics`; None serves neither."""
