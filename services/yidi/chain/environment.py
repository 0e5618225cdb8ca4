"""What a chain on a Kafka of one's own is told: every setting by its variable of the environment (docs/settings.md).

PlanEnvironment            which topics
└── KafkaEnvironment       which Kafka, and for how long it is waited for
    ├── TopicsEnvironment  how the topics are made
    ├── SeedEnvironment    which reference data
    └── SeatEnvironment    one seat
RetentionEnvironment       how long and how much topics keep: `yidi up` reads it, too
"""

import os
import socket
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Final, TypeVar

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from yidi.chain.errors import ChainError
from yidi.chain.place import Place, default_data_dir
from yidi.chain.settings import PERSONS_MAX, SERVICES, ServiceSettings
from yidi.contract.retention import Retention, checked_error_days, checked_flow_days, checked_flow_mib
from yidi.contract.topics import DEFAULT_INBOX, PARTITIONS, agency_requests
from yidi.runtime.connection import Connection
from yidi.runtime.stores import without_password

PREFIX: Final = "YIDI_"
PARTITIONS_MAX: Final = 64
HTTP_PORT: Final = 8080
Settings = TypeVar("Settings", bound=BaseSettings)


class SettingRefused(ChainError):
    """A variable of the environment holds nonsense, or is missing."""

    exit_code = 2


def settings_of(kind: type[Settings], **given: Any) -> Settings:  # noqa: ANN401 — fields of any type
    """The settings by the environment, with what is given by other ways above it; SettingRefused names the variable."""
    try:
        return kind(**given)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        name = str(first["loc"][0]) if first["loc"] else ""
        variable = f"{kind.model_config['env_prefix']}{name}".upper()
        raise SettingRefused(_words(variable, first["type"], first["msg"], first["input"]), TODO) from None


TODO: Final = "All settings are in docs/settings.md."


def _words(variable: str, kind: str, problem: str, said: object) -> str:
    if kind == "missing":
        return f"{variable} is not set."
    return f"{variable}={said}: {problem.removeprefix('Value error, ')}."


def _by_commas(said: object) -> object:
    """`a,b` as the environment says it; anything else as it is."""
    return tuple(word.strip() for word in said.split(",") if word.strip()) if isinstance(said, str) else said


def _checked(inboxes: Iterable[str]) -> tuple[str, ...]:
    for inbox in inboxes:
        agency_requests(inbox)
    return tuple(dict.fromkeys((DEFAULT_INBOX, *inboxes)))


def _pairs(said: object) -> object:
    """`agency=mine,hospital=yours` as the environment says it."""
    if not isinstance(said, str):
        return said
    pairs = {seat.strip(): group.strip() for seat, _, group in (one.partition("=") for one in said.split(",")) if seat}
    for seat, group in pairs.items():
        if seat not in SERVICES or not group:
            raise ValueError(f"name SEAT=GROUP; seats are {', '.join(SERVICES)}")
    return pairs


Groups = Annotated[dict[str, str], NoDecode, BeforeValidator(_pairs)]
Words = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_by_commas)]


class PlanEnvironment(BaseSettings):
    """Which topics: the same for every seat of a chain."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, use_attribute_docstrings=True
    )

    partitions: int = Field(default=PARTITIONS, ge=1, le=PARTITIONS_MAX)
    """Partitions of every topic, fixed for good when they are made"""
    inboxes: Annotated[Words, AfterValidator(_checked)] = (DEFAULT_INBOX,)
    """Inboxes beside `default`, by commas"""


class KafkaEnvironment(PlanEnvironment):
    """Which Kafka; how it is reached securely is told by further variables YIDI_KAFKA_…."""

    kafka_bootstrap: str = Field(min_length=1)
    """HOST:PORT of your Kafka; several by commas"""
    wait_s: float | None = Field(default=None, gt=0)
    """Seconds to wait for Kafka and topics at the start; a seat waits for ever unless this is set, commands 60 s"""
    data_dir: Path = Field(default_factory=default_data_dir)
    """Where stores, the desk's people and the address of the chain are kept"""

    @property
    def connection(self) -> Connection:
        return Connection(bootstrap=self.kafka_bootstrap)

    @property
    def place(self) -> Place:
        return Place(self.data_dir.expanduser().resolve())


class RetentionEnvironment(BaseSettings):
    """How long and how much topics keep; what is not said is the plan's."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", env_ignore_empty=True, use_attribute_docstrings=True
    )

    flow_days: Annotated[int, AfterValidator(checked_flow_days)] | None = None
    """Days that flow topics keep, 7 or more; the plan's 35 if left out"""
    error_days: Annotated[int, AfterValidator(checked_error_days)] | None = None
    """Days that error topics keep, 92 or more; the plan's 184 if left out"""
    flow_mib: Annotated[int, AfterValidator(checked_flow_mib)] | None = None
    """MiB that each partition of a flow topic keeps, 256 or more; no limit if left out"""

    @property
    def retention(self) -> Retention:
        return Retention(self.flow_days, self.error_days, self.flow_mib)


class TopicsEnvironment(KafkaEnvironment):
    """How the topics are made."""

    replication: int | None = Field(default=None, ge=1)
    """Copies of each topic; the cluster's own default if left out"""
    min_insync: int | None = Field(default=None, ge=1)
    """How many copies must have a message before it is acknowledged; the cluster's own default if left out"""


class SeedEnvironment(KafkaEnvironment):
    """Which reference data."""

    persons: int = Field(default=1_000, ge=0, le=PERSONS_MAX)
    """Synthetic persons beside the example persons"""
    seed: int = 1
    """Which population"""
    today: date | None = None
    """The day that the population's dates count from; the present one, or that of an earlier seeding"""


class SeatEnvironment(KafkaEnvironment):
    """One seat in the foreground."""

    store: str | None = None
    """Path of a SQLite file or postgresql://USER@HOST:PORT/DATABASE; a file in the data directory if left out"""
    instance: str = Field(default_factory=socket.gethostname, pattern=r"^[A-Za-z0-9._-]{1,200}$")
    """Name of this instance among those of its seat; the host's name if left out"""
    http_host: str = "127.0.0.1"
    """Where `/health`, `/metrics`, the desk and the console listen; 0.0.0.0 in a container"""
    http_port: int = Field(default=HTTP_PORT, ge=0, le=65535)
    """The port of it; 0 takes a free one"""
    answer_deadline_s: float | None = Field(default=None, gt=0)
    """After so many seconds the platform says unknown, for every care; the rule of the kind of care if left out"""

    console_names: Words = ()
    """Host names by which browsers reach the console from elsewhere, by commas"""
    console_groups: Groups = Field(default_factory=dict)
    """SEAT=GROUP, by commas: the consumer group by which a program of yours in a seat is watched"""
    console_login: bool | None = None
    """Whether the console asks for a login; if left out it does when it listens beyond loopback"""

    def store_of(self, seat: str) -> str:
        """The store that was named, or the seat's file in the data directory.

        A password in the address goes to the driver by PGPASSWORD, so that no text shows it.
        """
        name, password = without_password(self.store or str(self.place.store(seat)))
        if password is not None:
            os.environ["PGPASSWORD"] = password
        return name

    def service(self, seat: str) -> ServiceSettings:
        """The same, as the runtime of one of the four services wants it."""
        return ServiceSettings(
            connection=self.connection,
            store=self.store_of(seat),
            partitions=self.partitions,
            inboxes=self.inboxes,
            answer_deadline_ms=None if self.answer_deadline_s is None else round(self.answer_deadline_s * 1000),
            instance=self.instance,
            http_host=self.http_host,
            http_port=self.http_port,
            await_topics=True,
            start_wait_s=self.wait_s,
        )
