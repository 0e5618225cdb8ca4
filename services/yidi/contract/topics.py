"""The plan of the topics, as data: what each carries, from whom to whom, by which key, how long and how large.

Every topic has the same number of partitions, so that one person's messages meet in one partition number everywhere.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from yidi.contract.partitioner import murmur2, partition_of

__all__ = ["Topic", "murmur2", "partition_of", "plan"]

PARTITIONS: Final = 8
"""Default of every topic. A key's partition is fixed for good by it: 8 lets a service grow to eight instances, and
keeps one laptop's broker at about 130 partitions."""

DEFAULT_INBOX: Final = "default"
"""Inbox that all simulated seats share."""

SERVICES: Final = ("hospital", "platform", "agency", "registry")

ENCOUNTERS: Final = "encounters"
SETTLEMENT_REQUESTS: Final = "settlement.requests"
JOURNAL: Final = "settlement.journal"
OPERATIONS: Final = "errors.operations"
REFERENCE_PERSONS: Final = "reference.persons"
REFERENCE_FILINGS: Final = "reference.filings"
REFERENCE_SHARED: Final = "reference.shared"
REGISTRY_REQUESTS: Final = "registry.requests"

FOLLOWED: Final[Mapping[str, tuple[str, ...]]] = {
    "hospital": (REFERENCE_PERSONS, REFERENCE_SHARED),
    "platform": (REFERENCE_PERSONS, REFERENCE_FILINGS, REFERENCE_SHARED),
    "agency": (REFERENCE_PERSONS,),
}
"""The reference topics by which a service decides: it is behind as long as it has not read them."""

# How long. Kafka measures by its own append time, so that a sender's wrong clock cannot make it forget.
DAY_MS: Final = 86_400_000
FOREVER_MS: Final = -1
FLOW_RETENTION_MS: Final = 35 * DAY_MS
"""A month and the days in which its clearing is confirmed (domain §8): until then the audit finds every leg."""
ERROR_RETENTION_MS: Final = 184 * DAY_MS
"""The manual claim's three months (domain §7), twice: a failed settlement can be replayed or claimed until then."""

# How large, in bytes of one Kafka record. What comes out is larger than what came in by its envelope, so that every
# output limit lies above the limits of the inputs it is made from: an outbox can always drain (design §5).
KIB: Final = 1024
MIB: Final = 1024 * KIB
ENVELOPE_BYTES: Final = 64 * KIB
"""What a service adds to what it passes on: verdict, ids, detail, headers, Kafka's own batch header."""
LINES_MAX: Final = 5_000
"""No bill has more lines."""
LINE_GROWTH_BYTES: Final = 128
"""A line as split by the catalogue is at most this much longer than the line as charged: a national code of up to 50
bytes, two codes of 2, a ceiling, a ratio and four amounts of at most 10 bytes each."""
ENCOUNTER_BYTES_MAX: Final = MIB
"""5,000 lines of 200 bytes."""
REQUEST_BYTES_MAX: Final = ENCOUNTER_BYTES_MAX + LINES_MAX * LINE_GROWTH_BYTES + ENVELOPE_BYTES
FORWARDED_BYTES_MAX: Final = REQUEST_BYTES_MAX + ENVELOPE_BYTES
AGENCY_RESULT_BYTES_MAX: Final = MIB
"""The agency limits its explanation to it."""
HOSPITAL_RESULT_BYTES_MAX: Final = AGENCY_RESULT_BYTES_MAX + ENVELOPE_BYTES
JOURNAL_BYTES_MAX: Final = AGENCY_RESULT_BYTES_MAX + ENVELOPE_BYTES
REGISTRY_REQUEST_BYTES_MAX: Final = 4 * MIB
"""A whole catalogue of about 40,000 items."""
REFERENCE_BYTES_MAX: Final = REGISTRY_REQUEST_BYTES_MAX + ENVELOPE_BYTES
OPERATION_BYTES_MAX: Final = 256 * KIB
ERROR_BYTES_MAX: Final = 2 * REFERENCE_BYTES_MAX + ENVELOPE_BYTES
"""Twice the largest input: an empty header takes 2 bytes in Kafka's record and 3 in the report."""
MESSAGE_BYTES_MAX: Final = ERROR_BYTES_MAX
"""The largest record on any topic: what producers may send and what consumers must be able to fetch."""

CleanupPolicy = Literal["delete"]
"""Nothing is compacted: a tombstone or a newer version must not erase what an audit has to see."""


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic of the plan. `retention_ms` of -1 keeps for ever; `message_bytes_max` is Kafka's max.message.bytes."""

    name: str
    carries: tuple[str, ...]
    sender: str
    receiver: str
    key: str
    partitions: int
    retention_ms: int
    message_bytes_max: int
    cleanup_policy: CleanupPolicy = "delete"
    retention_bytes: int = -1
    """Of one partition; -1 sets no limit."""

    @property
    def for_ever(self) -> bool:
        return self.retention_ms == FOREVER_MS

    def config(self) -> dict[str, str]:
        """The topic's settings in Kafka's own names, all explicit."""
        return {
            "cleanup.policy": self.cleanup_policy,
            "retention.ms": str(self.retention_ms),
            "retention.bytes": str(self.retention_bytes),
            "max.message.bytes": str(self.message_bytes_max),
            "message.timestamp.type": "LogAppendTime",
        }


def agency_requests(inbox: str) -> str:
    return f"agency.{_checked_inbox(inbox)}.requests"


def agency_results(inbox: str) -> str:
    return f"agency.{_checked_inbox(inbox)}.results"


def hospital_results(inbox: str) -> str:
    return f"hospital.{_checked_inbox(inbox)}.results"


def errors(service: str) -> str:
    """The error topic of a service; its partition is the partition of the record that failed."""
    if service not in SERVICES:
        raise ValueError(f"{service!r} is no service with an error topic; those are {', '.join(SERVICES)}")
    return f"errors.{service}"


def plan(inboxes: Iterable[str] = (DEFAULT_INBOX,), partitions: int = PARTITIONS) -> list[Topic]:
    """Every topic of a chain with these inboxes; ValueError for a bad inbox name or partition count."""
    if partitions < 1:
        raise ValueError(f"{partitions} partitions: a topic has at least one")
    names = sorted({DEFAULT_INBOX, *inboxes})
    return [
        *_flow(partitions),
        *(topic for inbox in names for topic in _inbox_topics(inbox, partitions)),
        *_error_topics(partitions),
        *_reference(partitions),
    ]


_INBOX = re.compile(r"[A-Za-z0-9-]{1,64}")


def _checked_inbox(inbox: str) -> str:
    """Letters, digits and dashes only: Kafka takes a dot and an underscore for the same in metric names."""
    if _INBOX.fullmatch(inbox) is None:
        raise ValueError(f"{inbox!r} is no inbox name: use 1 to 64 letters, digits and dashes, such as agency-330100")
    return inbox


def _flow(n: int) -> list[Topic]:
    hospital_system, flow = "hospital's own system", FLOW_RETENTION_MS
    requests = ("SettlementRequest", "ChargeDetails")
    everyone = "clearing, audit, queries"
    return [
        Topic(ENCOUNTERS, ("EncounterCharges",), hospital_system, "hospital", "psn_no", n, flow, ENCOUNTER_BYTES_MAX),
        Topic(SETTLEMENT_REQUESTS, requests, "hospital", "platform", "psn_no", n, flow, REQUEST_BYTES_MAX),
        Topic(JOURNAL, ("JournalEntry",), "platform", everyone, "psn_no", n, FOREVER_MS, JOURNAL_BYTES_MAX),
    ]


def _inbox_topics(inbox: str, n: int) -> list[Topic]:
    forwarded, result, flow = ("ForwardedRequest",), ("SettlementResult",), FLOW_RETENTION_MS
    asked, answers, final = agency_requests(inbox), agency_results(inbox), hospital_results(inbox)
    return [
        Topic(asked, forwarded, "platform", "agency", "psn_no", n, flow, FORWARDED_BYTES_MAX),
        Topic(answers, result, "agency", "platform", "psn_no", n, flow, AGENCY_RESULT_BYTES_MAX),
        Topic(final, result, "platform", "hospital", "psn_no", n, flow, HOSPITAL_RESULT_BYTES_MAX),
    ]


def _error_topics(n: int) -> list[Topic]:
    report, key, kept = ("ErrorReport",), "key of the source", ERROR_RETENTION_MS
    reports = [Topic(errors(name), report, name, "desk", key, n, kept, ERROR_BYTES_MAX) for name in SERVICES]
    action = ("OperatorAction",)
    return [*reports, Topic(OPERATIONS, action, "desk", "audit", "error_id", n, FOREVER_MS, OPERATION_BYTES_MAX)]


def _reference(n: int) -> list[Topic]:
    ever, size, readers = FOREVER_MS, REFERENCE_BYTES_MAX, "services"
    shared = ("Region", "Institution", "Catalogue", "Dialect")
    every = "kind/key; a copy in every partition"
    change, asked = ("ReferenceChange",), REGISTRY_REQUEST_BYTES_MAX
    return [
        Topic(REGISTRY_REQUESTS, change, "cli, desk", "registry", "psn_no, or `shared`", n, FLOW_RETENTION_MS, asked),
        Topic(REFERENCE_PERSONS, ("PersonHistory",), "registry", readers, "psn_no", n, ever, size),
        Topic(REFERENCE_FILINGS, ("FilingHistory",), "registry", readers, "psn_no", n, ever, size),
        Topic(REFERENCE_SHARED, shared, "registry", readers, every, n, ever, size),
    ]
