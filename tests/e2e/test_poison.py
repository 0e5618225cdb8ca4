"""Bytes that are no message of ours, on every topic that a service reads: reported, and nobody is held up."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
import pytest_asyncio

from tests.e2e.talk import Talk
from yidi.chain.leg import Leg
from yidi.chain.readings import topics_of
from yidi.chain.settings import SERVICES
from yidi.contract import records, topics
from yidi.contract.topics import partition_of, plan
from yidi.world.encounters import Encounters
from yidi.world.fault_case import Sent
from yidi.world.wire_faults import FOREIGN_SCHEMA

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

BILLS = 400
PARTITION = 3
FOLLOWING = 20
"""Good bills behind the poison, in the same partition."""

Poison = tuple[str, Sent, frozenset[str]]
"""What it is, the record, and which codes may report it."""


def poisons(topic: str, key: bytes, bytes_max: int, partitions: int) -> Iterator[Poison]:
    """Everything that is wrong with a record whatever its topic carries."""
    good = Sent(topic, key, b"\x00")
    own = partition_of(key, partitions)
    unreadable = frozenset({"UNDECODABLE", "SCHEMA_UNKNOWN"})
    yield "random bytes", replace(good, value=bytes(range(7, 107))), unreadable
    yield "empty value", replace(good, value=b""), unreadable
    yield "foreign schema", replace(good, value=FOREIGN_SCHEMA), unreadable
    if topic != topics.REFERENCE_SHARED:
        elsewhere = replace(good, value=FOREIGN_SCHEMA, partition=(own + 1) % partitions)
        yield "wrong partition", elsewhere, frozenset({"WRONG_PARTITION"})
    yield "no attempt", replace(good, headers=(("attempt", b"often"),)), unreadable
    if bytes_max < 4 << 20:  # the broker itself takes no larger ones than the topic's limit
        yield "as large as can be", replace(good, value=b"\x01" * (bytes_max - 2_000)), unreadable | {"TOO_LARGE"}


def reading_services(talk: Talk) -> dict[str, set[str]]:
    """Which services read each topic."""
    found: dict[str, set[str]] = {}
    for service in SERVICES:
        for topic in topics_of(service, talk.chain.inboxes):
            found.setdefault(topic, set()).add(service)
    return found


class Poisoned:
    """What was sent, and what came of it."""

    def __init__(self) -> None:
        self.sent: list[tuple[Poison, set[str]]] = []
        self.legs: list[Leg] = []
        self.bills: list[records.EncounterCharges] = []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def poisoned(talk: Talk) -> Poisoned:
    """Poison on every topic of one partition, tombstones too, and good bills behind it."""
    chain, result = talk.chain, Poisoned()
    key = next(b"poison-%d" % n for n in range(100) if partition_of(b"poison-%d" % n, chain.partitions) == PARTITION)
    sizes = {topic.name: topic.message_bytes_max for topic in plan(chain.inboxes, chain.partitions)}
    for topic, services in sorted(reading_services(talk).items()):
        for poison in poisons(topic, key, sizes[topic], chain.partitions):
            result.sent.append((poison, services))
    encounters = Encounters.of(chain.seed, chain.today, people=chain.persons, count=BILLS)
    bills = (encounters.encounter(k) for k in range(BILLS))
    mine = (bill for bill in bills if partition_of(bill["psn_no"].encode(), chain.partitions) == PARTITION)
    result.bills = [bill for bill, _ in zip(mine, range(FOLLOWING), strict=False)]
    start = await talk.ends()
    await talk.post(*(record for (_, record, _), _ in result.sent))
    await talk.tombstones(list(reading_services(talk)), key)
    answers = await talk.answers(*result.bills)
    assert {answer.outcome for answer in answers.values()} == {"DONE"}
    result.legs = await talk.since(start)
    return result


def _reports(legs: list[Leg]) -> list[Leg]:
    return [leg for leg in legs if leg.kind == "ErrorReport"]


def test_every_poison_is_reported(poisoned: Poisoned) -> None:
    """Each record is reported by each service that reads its topic, byte for byte, by a code that says what it is."""
    reports = {
        (leg.content["service"], leg.content["source_topic"], leg.content["value"], leg.content["code"])
        for leg in _reports(poisoned.legs)
    }
    missing = [
        (what, record.topic, service)
        for (what, record, codes), services in poisoned.sent
        for service in services
        if not any((service, record.topic, record.value, code) in reports for code in codes)
    ]
    assert missing == []


def test_tombstones_are_reported(poisoned: Poisoned, talk: Talk) -> None:
    """A record without a value is no message on any topic: reported by everyone who reads it."""
    reported = {
        (leg.content["source_topic"], leg.content["service"])
        for leg in _reports(poisoned.legs)
        if leg.content["value"] is None
    }
    read = {(topic, service) for topic, services in reading_services(talk).items() for service in services}
    assert read - reported == set()


def test_good_bills_behind_it_settle(poisoned: Poisoned) -> None:
    """Bills of the poisoned partition are all settled."""
    assert len(poisoned.bills) == FOLLOWING


def test_no_poison_is_a_defect(poisoned: Poisoned) -> None:
    """Poison is known as such; nothing of it surprises a service."""
    assert {leg.content["code"] for leg in _reports(poisoned.legs)} & {"DEFECT"} == set()
