"""How one instance of a service is set. Every default that matters is named here with its reason."""

from pydantic import BaseModel, ConfigDict, Field, PositiveFloat, PositiveInt

from yidi.contract import topics
from yidi.contract.access import Grant
from yidi.contract.topics import Topic
from yidi.runtime.connection import Connection
from yidi.runtime.stores import SESSION_TIMEOUT_MS, is_shared


class RuntimeSettings(BaseModel):
    """One instance of one service."""

    model_config = ConfigDict(frozen=True)

    connection: Connection
    store: str
    """Path of a SQLite file, or a postgresql:// URL without a password (see `yidi.runtime.stores`)."""
    group: str
    """Kafka consumer group; its offsets are for lag tools only."""
    instance: str = "1"
    """Names this instance in logs and to the broker."""
    plan: tuple[Topic, ...] = Field(default_factory=lambda: tuple(topics.plan()))
    rights: tuple[Grant, ...] = ()
    """What the user has to be allowed, asked of a secured Kafka before the work begins; empty asks nothing."""
    session_timeout_ms: PositiveInt = SESSION_TIMEOUT_MS
    """How long a silent instance keeps its partitions."""
    heartbeat_ms: PositiveInt = 500
    """How soon an instance hears that partitions move: what a planned handover costs."""
    poll_records_max: PositiveInt = 1_000
    fetch_wait_ms_max: PositiveInt = 100
    """A fetch in flight holds up the next one on its connection for this long at most."""
    fetch_bytes_max: PositiveInt = 16 << 20
    partition_fetch_bytes_max: PositiveInt = 1 << 20
    """A larger record still comes, alone: the broker always sends the first one whole."""
    stall_ms_max: PositiveInt = 20_000
    """Unhealthy, and the consumer is made anew, when something is to be read and nothing moved for this long."""
    http_host: str = "127.0.0.1"
    http_port: int | None = Field(default=None, ge=0, le=65535)
    """Where `/health` and `/metrics` are served; 0 takes a free port, None serves neither."""
    await_topics: bool = False
    """Whether missing topics are waited for, as Kafka itself is, or refused at once."""
    start_wait_s: PositiveFloat | None = None
    """How long Kafka (and topics) are waited for at the start; None for ever."""

    @property
    def shared(self) -> bool:
        """Whether other instances may take partitions over."""
        return is_shared(self.store)

    @property
    def partitions(self) -> int:
        return self.plan[0].partitions
