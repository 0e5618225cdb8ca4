"""Where a chain lives: its data directory, and the descriptor by which commands find it."""

import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Final

from pydantic import BaseModel, Field, ValidationError

from yidi.broker.vault import Vault
from yidi.chain.claim import Claim, Starting, lives, starting_at
from yidi.chain.errors import NoChain, NotYet
from yidi.chain.foreign import OURS, Foreign
from yidi.chain.settings import SERVICES
from yidi.contract.access import OPERATOR
from yidi.runtime.connection import Connection, Security

DESCRIPTOR: Final = "chain.json"
DATA_DIR_VARIABLE: Final = "YIDI_DATA_DIR"


class Descriptor(BaseModel, frozen=True):
    """What a command must know to talk to a chain.

    Written by `yidi up`, removed when it stops; or by `yidi attach`, for a chain that runs elsewhere.
    """

    bootstrap: str
    security: Security = Field(default_factory=Security.from_environment)
    partitions: int
    inboxes: tuple[str, ...]
    services: tuple[str, ...] = SERVICES
    """Seats that are filled here; the others are programs of somebody else."""
    foreign: Foreign = OURS
    groups: Mapping[str, str] = Field(default_factory=dict)
    """Consumer groups of somebody else's programs, by seat: how far they have read is looked up under these names."""
    seed: int
    persons: int
    today: date
    """The day that the synthetic population's dates count from."""
    pid: int | None = None
    """The process that keeps it alive; None: it runs elsewhere."""
    pid_created: float = 0.0
    started_at: datetime
    version: str

    @property
    def connection(self) -> Connection:
        """How commands reach its Kafka; a person waits at most so long for one call."""
        return Connection(bootstrap=self.bootstrap, security=self.security, request_timeout_ms=30_000)

    def connection_as(self, user: str) -> Connection:
        """The same for a program with fewer rights, where its password lies beside the operator's."""
        mine, theirs = self.security.password_file, None
        if mine is not None and self.security.username == OPERATOR:
            theirs = mine.with_name(f"{user}{mine.suffix}")
        if theirs is None or not theirs.is_file():
            return self.connection
        security = self.security.model_copy(update={"username": user, "password_file": theirs})
        return self.connection.model_copy(update={"security": security})

    @property
    def elsewhere(self) -> bool:
        """Whether its processes are not this machine's to watch over."""
        return self.pid is None

    @property
    def alive(self) -> bool:
        """Whether the very process that wrote this still runs (pids are used again, start times are not).

        A chain elsewhere is taken to run: its Kafka says so, or does not answer.
        """
        return self.pid is None or lives(self.pid, self.pid_created)


class Place:
    """The folders and files of one chain. Two chains side by side have two places."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    @property
    def broker(self) -> Path:
        return self.data_dir / "kafka"

    @property
    def vault(self) -> Vault:
        """The secrets of a secured embedded Kafka."""
        return Vault(self.data_dir / "security")

    @property
    def descriptor(self) -> Path:
        return self.data_dir / DESCRIPTOR

    @property
    def claim(self) -> Path:
        """Locked by the chain that runs here, or is about to."""
        return self.data_dir / "chain.lock"

    @property
    def seeded(self) -> Path:
        """Marks what the registry was seeded with, so that a second start does not send it again."""
        return self.data_dir / "seeded.json"

    def store(self, service: str) -> Path:
        return self.data_dir / "stores" / f"{service}.sqlite"

    def log(self, service: str) -> Path:
        return self.data_dir / "logs" / f"{service}.log"

    def claimed(self) -> Claim:
        """The claim on this place, not yet taken."""
        return Claim(self.claim, (self.store("any").parent, self.log("any").parent))

    @property
    def starting(self) -> Starting | None:
        """Who is starting a chain here, and has not announced it yet."""
        return starting_at(self.claim)

    def prepare(self) -> None:
        """Make the folders."""
        for path in (self.store("any"), self.log("any")):
            path.parent.mkdir(parents=True, exist_ok=True)

    def write(self, descriptor: Descriptor) -> None:
        """Announce a running chain; atomic, so that a reader never sees half of it."""
        draft = self.descriptor.with_suffix(".draft")
        draft.write_text(descriptor.model_dump_json(indent=2), encoding="utf-8")
        draft.replace(self.descriptor)

    def read(self) -> Descriptor | None:
        """The descriptor of the chain that runs here, or None."""
        try:
            descriptor = Descriptor.model_validate_json(self.descriptor.read_bytes())
        except (FileNotFoundError, ValidationError):
            return None
        return descriptor if descriptor.alive else None

    def running(self) -> Descriptor:
        """The same, or NoChain in words; NotYet while one starts."""
        descriptor = self.read()
        if descriptor is None:
            self.demand_started()
            raise NoChain(
                f"No chain is running at {self.data_dir}.",
                "Start one with `yidi up`, name its place with --data-dir, or `yidi attach HOST:PORT` one elsewhere.",
            )
        return descriptor

    def demand_started(self) -> None:
        """NotYet in words while a chain starts here: what is looked for will come."""
        starting = self.starting
        if starting is not None:
            raise NotYet(
                f"A chain is starting at {self.data_dir}, since {starting.since.astimezone():%H:%M:%S} "
                f"(process {starting.pid}).",
                "Wait until `yidi up` says that it is ready, then try again.",
            )


def default_data_dir() -> Path:
    """YIDI_DATA_DIR, or the user's data folder: commands find the chain from any working directory."""
    named = os.environ.get(DATA_DIR_VARIABLE)
    if named:
        return Path(named).expanduser()
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "yidi"
