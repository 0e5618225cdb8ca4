"""A registry for tests: its decider on states in memory, with a few regions and one person. Everything is synthetic."""

from collections import defaultdict
from itertools import count
from typing import Any, cast

from yidi.contract import records, topics
from yidi.contract.changes import PARTS
from yidi.contract.codec import (
    DIALECT,
    PERSON_HISTORY,
    REFERENCE_CHANGE,
    REGION,
    record_type_of,
)
from yidi.domain.faults import Refusal
from yidi.domain.instants import DAY_MS
from yidi.registry.service import RegistryService
from yidi.runtime.decider import Decision, Outgoing, Record
from yidi.runtime.memory import MemoryView
from yidi.world.examples import example_persons
from yidi.world.reference import catalogues, dialects, institutions_of
from yidi.world.regions import regions

PARTITIONS = 4
NOW_DAY = 20_300
NOW = NOW_DAY * DAY_MS
HOME = "330200"
AWAY = "310100"
NEIGHBOUR = "330100"

PERSON = example_persons()[0]
PSN_NO = PERSON["psn_no"]


def region(admdvs: str) -> records.Region:
    return next(found for found in regions() if found["admdvs"] == admdvs)


INSTITUTION_RECORD = institutions_of(AWAY)[0]
CATALOGUE_RECORD = catalogues()[0]
DIALECT_RECORD = dialects()[0]


def a_filing(**fields: object) -> records.Filing:
    """A referral from Ningbo to Shanghai that nothing speaks against."""
    base = {
        "filing_id": "filing-1",
        "filing_type": "REFERRAL",
        "insuplc_admdvs": HOME,
        "insutype": "390",
        "mdtrtarea_admvs": AWAY,
        "begndate": NOW_DAY,
        "enddate": NOW_DAY + 365,
        "recorded_at": NOW,
        "cancelled_at": None,
        "channel": "counter",
        "proof": "referral document",
    }
    return cast("records.Filing", base | fields)


def an_enrolment(**fields: object) -> records.Enrolment:
    return cast("records.Enrolment", {**PERSON["enrolments"][0], "recorded_at": NOW, **fields})


class Office:
    """The registry, asked through records; what it publishes is kept by topic."""

    def __init__(self) -> None:
        self.service = RegistryService(PARTITIONS)
        self.views = [MemoryView() for _ in range(PARTITIONS)]
        self.published: dict[str, list[Outgoing]] = defaultdict(list)
        self._serial = count(1)

    def change(self, subject: str = PSN_NO, **fields: Any) -> records.ReferenceChange:
        """A change with nothing but what is named."""
        base = {
            "msgid": f"change-{next(self._serial)}",
            "subject": subject,
            "actor": "test",
            "reason": "",
            "requested_at": NOW,
            "base_version": None,
            **dict.fromkeys(PARTS),
        }
        return cast("records.ReferenceChange", base | fields)

    def ask(self, change: records.ReferenceChange, key: bytes | None = None) -> list[Outgoing]:
        """Send a change, take over what it brings about, and return what was published; Refusal as raised."""
        subject = change["subject"]
        sent_key = key or (b"shared" if "/" in subject else subject.encode())
        return self.read(topics.REGISTRY_REQUESTS, sent_key, REFERENCE_CHANGE.encode(change))

    def read(self, topic: str, key: bytes, value: bytes, partition: int | None = None) -> list[Outgoing]:
        at = topics.partition_of(key, PARTITIONS) if partition is None else partition
        decision: Decision = self.service.decide(self.views[at], Record(topic, at, 0, NOW, key, value), NOW)
        self.views[at].apply(decision)
        for message in decision.messages:
            self.published[message.topic].append(message)
            if message.topic == topics.REFERENCE_SHARED and message.partition is not None:
                self.read(message.topic, message.key, message.value, message.partition)
        return list(decision.messages)

    def refused(self, change: records.ReferenceChange, key: bytes | None = None) -> Refusal:
        """The refusal that the change meets; nothing may have been published."""
        before = {topic: len(sent) for topic, sent in self.published.items()}
        try:
            self.ask(change, key)
        except Refusal as refusal:
            assert {topic: len(sent) for topic, sent in self.published.items()} == before
            return refusal
        raise AssertionError("the change was accepted")

    def version(self, message: Outgoing) -> int:
        version: int = record_type_of(message.value).decode(message.value)["version"]
        return version


def furnished() -> Office:
    """An office that knows a few regions, a dialect, and one person without filings."""
    office = Office()
    for admdvs in ("330000", "310000", HOME, AWAY, NEIGHBOUR, "110100", "661400", "330105"):
        office.ask(office.change(f"region/{admdvs}", record=REGION.encode(region(admdvs))))
    office.ask(office.change("dialect/ward", record=DIALECT.encode(DIALECT_RECORD)))
    office.ask(office.change(record=PERSON_HISTORY.encode(PERSON)))
    return office
