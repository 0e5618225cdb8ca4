"""The port between a service's rules and the world: a pure decision over one partition's state (design §4).

A decider has no clock, no randomness, no I/O and no Kafka inside. The same decider runs on real Kafka and on the
simulated log. Guarantees that it may rely on:

- It sees the records of one partition one after another, never two at once, each in the order of its topic.
- `view` shows every change that earlier decisions of this partition made, and none of a decision that was rolled back.
- Its changes, its messages and the input's position are stored in one database transaction: all of them or none.
- `now_ms` never goes back for a partition.
- A record may come again (duplicates, replays): what was known is the decider's own business, by message id.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from yidi.domain.faults import Refusal

ATTEMPT_HEADER: Final = "attempt"
"""Decimal attempt number of a replayed record; only the error desk sets it. Absent means 1."""

AFTER_HEADER: Final = "after"
"""`topic=offset,…`: the record waits until the task has read these records of its own reference topics."""

FIRST_FAILED_HEADER: Final = "first-failed-at"
"""UTC milliseconds of the message's first failure, carried along by a replay."""

REPLAYS_HEADER: Final = "replays"
"""error_id of the report that a record is the replay of."""

TRACE_HEADER: Final = "traceparent"
"""W3C trace context, on every message."""

ATTEMPTS_MAX: Final = 20
"""A record replayed this often is a matter for people; a higher attempt is refused."""

Headers = tuple[tuple[str, bytes], ...]


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was read from the log."""

    topic: str
    partition: int
    offset: int
    timestamp_ms: int
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def header(self, name: str) -> bytes | None:
        """The last header of that name, or None."""
        for key, value in reversed(self.headers):
            if key == name:
                return value
        return None

    @property
    def attempt(self) -> int:
        """Which attempt this record is; 1 unless the desk raised it. ValueError when the header is no number."""
        raw = self.header(ATTEMPT_HEADER) if self.headers else None
        if raw is None:
            return 1
        attempt = int(raw)
        if not 1 <= attempt <= ATTEMPTS_MAX:
            raise ValueError(f"attempt {attempt} is outside 1 to {ATTEMPTS_MAX}")
        return attempt


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to publish. The runtime adds the trace; the partition is the task's own unless it is named."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers = ()
    partition: int | None = None


@dataclass(frozen=True, slots=True)
class Put:
    """Write one row of the partition's state; a value of None deletes it."""

    table: str
    key: str
    value: bytes | None


@dataclass(frozen=True, slots=True)
class Timer:
    """Set the timer of that name to an instant, or clear it (None). It fires once, by `Decider.due`."""

    name: str
    due_ms: int | None


@dataclass(frozen=True, slots=True)
class About:
    """What a failed message was about, as far as it could be read; fields of the error report."""

    msgid: str | None = None
    setl_id: str | None = None
    psn_no: str | None = None
    mdtrt_id: str | None = None
    insuplc_admdvs: str | None = None
    mdtrtarea_admvs: str | None = None
    fixmedins_code: str | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """What becomes an error report. `source` is the failed record when it is not the one being decided (timers)."""

    refusal: Refusal
    about: About = About()
    source: Record | None = None
    attempt: int | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """Everything that one record, or one timer, brings about. The empty decision only moves the position."""

    changes: Sequence[Put] = ()
    messages: Sequence[Outgoing] = ()
    timers: Sequence[Timer] = ()
    failure: Failure | None = None


NOTHING: Final = Decision()


class View(Protocol):
    """One partition's state, as of now."""

    def get(self, table: str, key: str) -> bytes | None:
        """The row's value, or None."""
        ...


class Decider(Protocol):
    """A service's rules behind one port."""

    @property
    def service(self) -> str:
        """Its name: hospital, platform, agency, registry. Error reports go to `errors.<service>`."""
        ...

    @property
    def inputs(self) -> tuple[str, ...]:
        """Topics that it decides on."""
        ...

    @property
    def references(self) -> tuple[str, ...]:
        """Topics of reference data, read up to their end before any input is decided, and before inputs afterwards."""
        ...

    def decide(self, view: View, record: Record, now_ms: int) -> Decision:
        """Decide on one record.

        Raising `Refusal` becomes an error report and nothing else; `WireError` likewise (poison); any other exception
        is a defect, reported the same way. A refusal that the sender must hear of is returned instead: its message in
        `messages`, its report in `failure`.
        """
        ...

    def due(self, view: View, timer: str, now_ms: int) -> Decision:
        """Decide on a timer whose instant has come; it is cleared already."""
        ...

    def about(self, record: Record) -> About:
        """What a record is about, for the report of a failure that `decide` raised; must not raise."""
        ...
