"""The access rules on a real, secured Kafka: what is given can be done, and nothing else."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    GroupAuthorizationFailedError,
    KafkaError,
    TopicAuthorizationFailedError,
)
from aiokafka.protocol.fetch import FetchRequest

from yidi.broker import EmbeddedBroker, Vault
from yidi.contract.access import Grant, grants, principals
from yidi.contract.topics import plan
from yidi.runtime.acls import apply
from yidi.runtime.admin import administering, asked, delete_topics, ensure_topics
from yidi.runtime.connection import Connection, Security
from yidi.runtime.scram import SCRAM_SHA_512, AlterUsersRequest, admit
from yidi.runtime.stops import AccessRefused

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("secured")]

INBOXES = ("default", "north")
PARTITIONS = 1
PATIENCE_S = 60


class Kafka:
    """A secured broker with everybody admitted, and how each of them reaches it."""

    def __init__(self, broker: EmbeddedBroker, vault: Vault) -> None:
        self.broker, self.vault = broker, vault

    def as_(self, user: str) -> Connection:
        return Connection(bootstrap=self.broker.bootstrap, security=self.vault.client(user), request_timeout_ms=60_000)


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    folder = tmp_path_factory.mktemp("secured")
    vault = Vault(folder / "security")
    with EmbeddedBroker(folder / "kafka", security=vault) as broker:
        yield Kafka(broker, vault)


@pytest.fixture
async def kafka(secured: Kafka) -> Kafka:
    """Admitted and allowed again for every test: both change nothing the second time."""
    everybody = principals(INBOXES)
    await admit(secured.broker.connection, {one.name: secured.vault.client(one.name).secret() for one in everybody})
    await apply(secured.broker.connection, grants(everybody))
    await ensure_topics(secured.broker.connection, plan(INBOXES, PARTITIONS))
    return secured


@asynccontextmanager
async def client(made: Any) -> AsyncIterator[Any]:
    try:
        await made.start()
        yield made
    finally:
        await made.stop()


async def write(connection: Connection, topic: str) -> None:
    async with client(AIOKafkaProducer(**connection.options(), enable_idempotence=True, acks="all")) as producer:
        await producer.send_and_wait(topic, b"x", key=b"k", partition=0)


async def read(connection: Connection, topic: str) -> int:
    """The broker's own answer to a fetch, as an error code: aiokafka's consumer would wait in silence."""
    async with administering(connection) as admin:
        answer = await asked(admin, FetchRequest(1_000, 1, 1 << 20, 0, [(topic, [(0, 0, 1 << 20)])]))
    (_, ((_, code, *_),)), *_ = answer.topics
    return int(code)


async def join(connection: Connection, topic: str, group: str) -> None:
    made = AIOKafkaConsumer(topic, **connection.options(), group_id=group, auto_offset_reset="earliest")
    async with client(made) as consumer, asyncio.timeout(PATIENCE_S):
        while not consumer.assignment():
            await consumer.getmany(timeout_ms=100)


@pytest.mark.parametrize(("user", "topic"), [("his.north", "encounters"), ("agency.north", "agency.north.results")])
async def test_what_is_given_can_be_done(kafka: Kafka, user: str, topic: str):
    """Its users write the topic, and those who may read it find what they wrote."""
    await write(kafka.as_(user), topic)
    assert await read(kafka.as_("audit"), topic) == 0


@pytest.mark.parametrize(
    "user", ["his.north", "hospital.north", "hospital.default", "agency.north", "audit", "console"]
)
@pytest.mark.parametrize("topic", ["hospital.north.results", "settlement.journal", "reference.persons"])
async def test_a_result_is_written_by_nobody_else(kafka: Kafka, user: str, topic: str):
    """No hospital writes a result, no agency the journal, and nobody reference data."""
    with pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError)):
        await write(kafka.as_(user), topic)


@pytest.mark.parametrize(
    ("user", "topic"),
    [
        ("his.default", "hospital.north.results"),
        ("hospital.default", "hospital.north.results"),
        ("hospital.north", "encounters"),
        ("agency.default", "agency.north.requests"),
        ("agency.north", "hospital.north.results"),
        ("hospital", "settlement.journal"),
    ],
)
async def test_another_inbox_is_not_read(kafka: Kafka, user: str, topic: str):
    """Neither a hospital nor an agency sees what is another's."""
    assert await read(kafka.as_(user), topic) == TopicAuthorizationFailedError.errno


async def test_groups_of_others_are_closed(kafka: Kafka):
    """Whoever could join a service's group could take its partitions away."""
    with pytest.raises(GroupAuthorizationFailedError):
        await join(kafka.as_("agency.north"), "agency.north.requests", "yidi.agency")
    await join(kafka.as_("agency.north"), "agency.north.requests", "agency.north.mine")


@pytest.mark.parametrize("user", ["hospital", "operator", "desk", "his.north"])
async def test_nobody_administers(kafka: Kafka, user: str):
    """No user makes topics, removes them, or gives rights."""
    mine = kafka.as_(user)
    with pytest.raises((TopicAuthorizationFailedError, ClusterAuthorizationFailedError, AccessRefused)):
        await delete_topics(mine, ["encounters"])
    with pytest.raises(AccessRefused, match="Alter and Describe on the cluster"):
        await apply(mine, [Grant(user, "Topic", "settlement.journal", "Write")])
    async with administering(mine) as admin:
        answer = (await asked(admin, AlterUsersRequest([("audit", SCRAM_SHA_512, {})], []))).to_object()
    assert answer["results"][0]["error_code"] == ClusterAuthorizationFailedError.errno


@pytest.mark.parametrize("user", ["nobody", "yidi-broker"])
async def test_unknown_users_are_refused(kafka: Kafka, user: str):
    """A user that was not admitted does not get in, not even under the name of one who may do everything."""
    (kafka.vault.root / "guess.password").write_text("guess")
    guess = kafka.vault.client("hospital").model_copy(
        update={"username": user, "password_file": kafka.vault.root / "guess.password"}
    )
    with pytest.raises(KafkaError):
        await write(Connection(bootstrap=kafka.broker.bootstrap, security=guess), "encounters")


async def test_nobody_comes_in_without_a_name(kafka: Kafka):
    """TLS alone, or nothing at all, is not enough."""
    tls = Security.of(security_protocol="SSL", ca_file=kafka.vault.ca_file)
    for security in (tls, Security.of()):
        with pytest.raises(KafkaError):
            await write(Connection(bootstrap=kafka.broker.bootstrap, security=security), "encounters")


async def test_applying_again_changes_nothing(kafka: Kafka):
    """The second time every right is there already, and what is beyond the rules is named and left."""
    rights = grants(principals(INBOXES))
    again = await apply(kafka.broker.connection, rights)
    assert (again.added, len(again.kept), again.beyond) == ((), len(rights), ())
    more = Grant("audit", "Topic", "extra", "Read")
    assert (await apply(kafka.broker.connection, [more])).added == (more,)
    assert (await apply(kafka.broker.connection, rights)).beyond == ("User:audit allow Read on Topic extra from *",)


async def test_who_is_no_longer_named_is_out(kafka: Kafka):
    """Admitting a set of users removes all others."""
    everybody = {one.name: kafka.vault.client(one.name).secret() for one in principals(INBOXES)}
    await admit(kafka.broker.connection, {name: word for name, word in everybody.items() if name != "his.north"})
    with pytest.raises(KafkaError):
        await write(kafka.as_("his.north"), "encounters")
