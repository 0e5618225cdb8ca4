"""How the desk is set: by the chain that starts it, and by variables YIDI_DESK_… of the environment."""

from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from yidi.contract.topics import DEFAULT_INBOX, PARTITIONS
from yidi.runtime.connection import Connection, Security
from yidi.runtime.stores import is_shared

ADDRESS_FILE: Final = "desk.json"
PEOPLE_FILE: Final = "desk-people.json"
SCHEMA: Final = "desk"


class DeskSettings(BaseSettings):
    """One desk."""

    model_config = SettingsConfigDict(
        env_prefix="YIDI_DESK_", frozen=True, env_ignore_empty=True, use_attribute_docstrings=True
    )

    bootstrap: str
    security: Security = Field(default_factory=Security.from_environment)
    """Variables YIDI_KAFKA_… of the environment, unless given."""
    data_dir: Path
    partitions: int = PARTITIONS
    inboxes: tuple[str, ...] = (DEFAULT_INBOX,)
    reads: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Which topics every service reads, for the view of the flow; the chain says so."""
    store: str | None = None
    """As services name theirs: path of a SQLite file, or a postgresql:// URL, where the schema is `desk`."""
    database: str | None = None
    """The desk's own store as a SQLAlchemy URL, above YIDI_STORE; a SQLite file in the data directory if left out"""
    host: str = "127.0.0.1"
    port: int = Field(default=0, ge=0, le=65535)
    """Port of the desk under `yidi up`; 0 takes a free one, and the address is in `desk.json`"""
    key: SecretStr | None = Field(default=None, exclude=True)
    """What whoever asks the desk must know: the same for the desk, the console and commands elsewhere"""
    key_file: Path | None = None
    """A file that holds the key, instead of it"""
    await_topics: bool = False
    start_wait_s: float | None = Field(default=None, gt=0)
    """Whether topics are waited for at the start, and how long for them and Kafka; None for ever."""
    amend: bool = False
    """1: encounters may be amended"""
    four_eyes_above: int = Field(default=1_000, ge=0)
    """A plan with more records than this needs a second person's approval."""
    replays_max: int = Field(default=5, ge=1, le=19)
    """A case that was refused after so many replays is parked."""
    wait_s: float = Field(default=60, gt=0)
    """After so many seconds without an answer a replay counts as waiting; it is still followed"""
    alarm_hours: float = Field(default=48, gt=0)
    """Age of an unsolved case at which it is shown in red."""

    @property
    def connection(self) -> Connection:
        return Connection(bootstrap=self.bootstrap, security=self.security)

    @property
    def url(self) -> str:
        """For SQLAlchemy. PostgreSQL's password is PGPASSWORD's, as for services."""
        if self.store_schema is not None:
            return f"postgresql+psycopg://{(self.database or self.store or '').partition('://')[2]}"
        return self.database or f"sqlite:///{self.store or self.data_dir / 'stores' / 'desk.sqlite'}"

    @property
    def store_schema(self) -> str | None:
        """Of PostgreSQL, beside the services' own in one database; None for any other SQLAlchemy URL."""
        return SCHEMA if is_shared(self.database or self.store or "") else None

    @property
    def address_file(self) -> Path:
        return self.data_dir / ADDRESS_FILE

    @property
    def people_file(self) -> Path:
        return self.data_dir / PEOPLE_FILE
