"""What a chain can be told: one validated table for command line, environment and service processes."""

from pathlib import Path
from typing import Final, Self

from pydantic import BaseModel, Field, model_validator

from yidi.chain.foreign import OURS, Foreign
from yidi.chain.seats import names_of
from yidi.contract.retention import Retention
from yidi.contract.topics import DEFAULT_INBOX, PARTITIONS
from yidi.runtime.connection import Connection, Security
from yidi.runtime.stores import is_shared

SERVICES: Final = ("registry", "hospital", "platform", "agency")
"""In the order they start: the registry writes what the others read first."""

PERSONS_MAX: Final = 10_000_000
"""What one machine's disk and a start of minutes can bear."""


class ChainSettings(BaseModel, frozen=True):
    """One chain: where it lives, how large it is, and which Kafka it uses."""

    data_dir: Path
    bootstrap: str | None = None
    """HOST:PORT of another Kafka; None starts the embedded one."""
    security: Security = Field(default_factory=Security.from_environment)
    """How another Kafka is reached."""
    secure: bool = False
    """Whether the embedded Kafka takes only users with a password, each with no more rights than it needs."""
    port: int | None = Field(default=None, ge=1, le=65535)
    """Port of the embedded broker, the first of several; None takes free ones."""
    brokers: int = Field(default=1, ge=1, le=9)
    """Embedded brokers; of three, any one may be lost."""
    store: str | None = None
    """postgresql:// URL, without a password, in which every service has a schema; None: files in the data directory."""
    instances: dict[str, int] = Field(default_factory=dict)
    """How many instances of a service run, where that is not one; more than one need a store on PostgreSQL."""
    retention: Retention = Retention()
    """How long and how much topics keep, where it is not the plan's."""
    fresh: bool = False
    """Wipe stores and topics first."""
    partitions: int = Field(default=PARTITIONS, ge=1, le=64)
    inboxes: tuple[str, ...] = (DEFAULT_INBOX,)
    persons: int = Field(default=1_000, ge=0, le=PERSONS_MAX)
    """Synthetic persons beside the example persons."""
    seed: int = 1
    foreign: Foreign = OURS
    """Regions whose agency or hospital is somebody else's program; their inboxes are among `inboxes`."""
    services: tuple[str, ...] = SERVICES
    """Seats that this machine fills; leave one out to put your own program there."""
    desk: bool = False
    """Whether the error desk runs, too. It is no part of the settlements' way."""
    answer_deadline_ms: int | None = Field(default=None, ge=1)
    """How long the platform waits for an agency before it says unknown; None takes the rule of the kind of care."""

    @property
    def names(self) -> tuple[str, ...]:
        """The service processes, by name."""
        return names_of(self.services, self.instances)

    @model_validator(mode="after")
    def _several_need_a_shared_store(self) -> Self:
        several = [service for service, number in self.instances.items() if number > 1]
        if self.store is not None and not is_shared(self.store):
            raise ValueError("a store is named by a postgresql:// URL; SQLite files lie in the data directory")
        if several and self.store is None:
            raise ValueError(f"several instances of {', '.join(several)} need a store that they share, on PostgreSQL")
        return self


class ServiceSettings(BaseModel, frozen=True):
    """What one service process is started with."""

    connection: Connection
    store: str
    """Path of a SQLite file, or a postgresql:// URL without a password."""
    instance: str = "1"
    """Tells several instances of the service apart: to the broker, and in logs."""
    partitions: int
    inboxes: tuple[str, ...]
    answer_deadline_ms: int | None = Field(default=None, ge=1)
    """As in `ChainSettings`."""
    http_host: str = "127.0.0.1"
    http_port: int | None = Field(default=None, ge=0, le=65535)
    """Where the service's own `/health` and `/metrics` are; 0 takes a free port, None serves neither."""
    await_topics: bool = False
    """Whether topics that are missing are waited for; a supervisor has made them before."""
    start_wait_s: float | None = Field(default=None, gt=0)
    """How long Kafka, and topics, are waited for at the start; None for ever."""
