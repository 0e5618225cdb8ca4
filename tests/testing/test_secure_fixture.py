"""`yidi_kafka` on a secured Kafka: somebody's own seats, each as its own user, and what their rights do not reach."""

import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import TopicAuthorizationFailedError
from aiokafka.protocol.fetch import FetchRequest

from yidi.runtime.admin import administering, asked
from yidi.testing import Bill, Person, RunningChain

FOREIGN_SEATS = Path(__file__).parents[2] / "examples" / "foreign-seats"
HANGZHOU = "330100"

pytestmark = [
    pytest.mark.kafka,
    pytest.mark.xdist_group("yidi_kafka"),
    pytest.mark.yidi(secure=True, agencies={HANGZHOU: "hangzhou"}, hospitals={"310100": "ward"}),
]


async def test_a_foreign_agency_settles_as_its_own_user(yidi_kafka: RunningChain) -> None:
    """A program of somebody else, told by its environment who it is, settles over TLS; others are settled by ours."""
    agency = yidi_kafka.program(sys.executable, "agency.py", folder=FOREIGN_SEATS, user="agency.hangzhou")
    with agency:
        theirs = await yidi_kafka.settle(Bill(person=Person(insured_in=HANGZHOU), place="320100"))
    assert theirs.done
    assert (await yidi_kafka.settle(Bill(place="320100"))).done
    assert yidi_kafka.chain.connection.security.security_protocol == "SASL_SSL"


async def read(chain: RunningChain, user: str, topic: str) -> int:
    """The broker's own answer to this user, as an error code: aiokafka's consumer would wait in silence."""
    async with administering(chain.connection_of(user)) as admin:
        answer = await asked(admin, FetchRequest(1_000, 1, 1 << 20, 0, [(topic, [(0, 0, 1 << 20)])]))
    (_, ((_, code, *_),)), *_ = answer.topics
    return int(code)


async def write_one(chain: RunningChain, user: str, topic: str) -> None:
    """Send a record to a topic as this user; what it holds is nobody's message."""
    producer = AIOKafkaProducer(**chain.connection_of(user).options(), acks="all", enable_idempotence=False)
    await producer.start()
    try:
        await producer.send_and_wait(topic, b"x", b"x", partition=0)
    finally:
        await producer.stop()


@pytest.mark.parametrize("topic", ["hospital.default.results", "agency.hangzhou.requests", "settlement.journal"])
async def test_a_hospital_reads_no_inbox_but_its_own(yidi_kafka: RunningChain, topic: str) -> None:
    """Its own results it may read; those of others, an agency's requests and the journal it may not."""
    assert await read(yidi_kafka, "hospital.ward", "hospital.ward.results") == 0
    assert await read(yidi_kafka, "hospital.ward", topic) == TopicAuthorizationFailedError.errno


@pytest.mark.parametrize("topic", ["hospital.ward.results", "agency.hangzhou.results", "agency.default.results"])
async def test_a_hospital_writes_no_result(yidi_kafka: RunningChain, topic: str) -> None:
    """Neither its own result nor an agency's can be made up by it."""
    with pytest.raises(TopicAuthorizationFailedError):
        await write_one(yidi_kafka, "hospital.ward", topic)


def test_whose_program_it_is_must_be_said(yidi_kafka: RunningChain) -> None:
    """Nobody's program is started with an operator's rights by mistake; a misspelt user gets near names."""
    with pytest.raises(LookupError, match="name with `user` whose program it is"):
        yidi_kafka.program("true")
    with pytest.raises(LookupError, match=r"'agency.hangzhu' is no user; did you mean agency.hangzhou"):
        yidi_kafka.connection_of("agency.hangzhu")


@pytest.mark.yidi(audit=False)
async def test_what_may_be_done_is_done(yidi_kafka: RunningChain) -> None:
    """What the rules give is to be had: a hospital's own system sends encounters. What came of that one is a report."""
    await write_one(yidi_kafka, "his.ward", "encounters")
