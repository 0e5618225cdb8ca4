"""A service whom a secured Kafka refuses: it stops, or says so in health, and never waits in silence."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from tests.runtime.kafka.stage import Stage, serving, until
from tests.runtime.plans import key_in
from yidi.broker import EmbeddedBroker, Vault
from yidi.contract.access import CLUSTER, Grant
from yidi.runtime.acls import ANY_HOST, LITERAL, OPERATIONS, RESOURCES, AllowRequest, apply
from yidi.runtime.admin import administering, asked, ensure_topics
from yidi.runtime.connection import Connection
from yidi.runtime.health import Health
from yidi.runtime.scram import admit
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.stops import AccessRefused

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("secured")]

USER = "relay"
DENY = 2


class GuardedStage(Stage):
    """A relay that is a user of a secured broker, with the rights that it needs."""

    def __init__(self, broker: EmbeddedBroker, vault: Vault, folder: Path) -> None:
        super().__init__(broker.bootstrap, folder)
        self.broker, self.vault = broker, vault
        self.connection = Connection(bootstrap=broker.bootstrap, security=vault.client(USER), request_timeout_ms=5_000)

    @property
    def rights(self) -> tuple[Grant, ...]:
        names = self.names
        settings = [Grant(USER, "Topic", topic.name, "DescribeConfigs") for topic in names.plan]
        return (
            *settings,
            *(Grant(USER, "Topic", name, "Read") for name in (names.asks, names.more, names.facts)),
            *(Grant(USER, "Topic", name, "Write") for name in (names.answers, names.errors)),
            Grant(USER, "Group", names.asks, "Read"),
            Grant(USER, "Cluster", CLUSTER, "IdempotentWrite"),
        )

    def settings(self, instance: str = "1") -> RuntimeSettings:
        return super().settings(instance).model_copy(update={"rights": self.rights})

    async def prepared(self, *, without: str = "") -> "GuardedStage":
        """Topics, the user, and its rights but for one operation."""
        await ensure_topics(self.broker.connection, self.names.plan)
        await self.let_in()
        await apply(self.broker.connection, [grant for grant in self.rights if grant.operation != without])
        return self

    async def let_in(self) -> None:
        await admit(self.broker.connection, {USER: self.vault.client(USER).secret()})

    async def deny_reading(self) -> None:
        row = (RESOURCES["Topic"], self.names.asks, LITERAL, f"User:{USER}", ANY_HOST, OPERATIONS["Read"], DENY)
        async with administering(self.broker.connection) as admin:
            await asked(admin, AllowRequest([row]))

    async def ask_once(self) -> None:
        async with AIOKafkaProducer(**self.broker.connection.options(), acks="all") as producer:
            await producer.send_and_wait(self.names.asks, b"0", key_in(0))


@pytest.fixture(scope="module")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[EmbeddedBroker, Vault]]:
    folder = tmp_path_factory.mktemp("refusing")
    vault = Vault(folder / "security")
    with EmbeddedBroker(folder / "kafka", security=vault) as broker:
        yield broker, vault


@pytest.fixture
def guarded(kafka: tuple[EmbeddedBroker, Vault], tmp_path: Path) -> GuardedStage:
    return GuardedStage(*kafka, tmp_path)


async def test_a_wrong_password_stops_it(guarded: GuardedStage, tmp_path: Path):
    """It ends with the reason instead of trying for ever."""
    stage = await guarded.prepared()
    (tmp_path / "wrong").write_text("guess")
    wrong = stage.connection.security.model_copy(update={"password_file": tmp_path / "wrong"})
    stage.connection = stage.connection.model_copy(update={"security": wrong})
    with pytest.raises(AccessRefused, match="does not know the user relay, or not with this password"):
        async with serving(stage):
            pass


@pytest.mark.parametrize(("operation", "words"), [("Write", "write t.*answers"), ("Read", "read t.*asks")])
async def test_a_missing_right_stops_it(guarded: GuardedStage, operation: str, words: str):
    """What it may not do, and where the rights are to be had, is one line; nothing was read or written."""
    stage = await guarded.prepared(without=operation)
    with pytest.raises(AccessRefused, match=f"The user relay may not .*{words}.*yidi topics --acls") as told:
        async with serving(stage):
            pass
    assert "\n" not in str(told.value)


async def test_a_user_that_is_removed_is_told_in_health_until_it_is_back(guarded: GuardedStage):
    """While nobody lets it in, health says so; once it is let in again, it goes on where it stopped."""
    stage, health = await guarded.prepared(), Health(20_000)
    async with serving(stage, health=health):
        await admit(stage.broker.connection, {})
        stage.broker.restart()  # connections that are open stay so: Kafka asks for the password at their beginning
        await until(lambda: "does not know the user relay" in health.troubles.get("access", ""))
        assert not health.healthy
        await stage.let_in()
        await stage.ask_once()
        await until(lambda: health.healthy and stage.effects() == 1)


async def test_a_right_that_is_taken_away_is_told_in_health(guarded: GuardedStage):
    """The client would only wait: health says what may not be read, and goes unhealthy; what came then stays unread."""
    stage, health = await guarded.prepared(), Health(20_000)
    asked = 0

    async def told() -> bool:
        """A fetch that was already in the broker's hands is still answered: asked again until one stays unread."""
        nonlocal asked
        if stage.effects() == asked:
            await stage.ask_once()
            asked += 1
        return f"may not read {stage.names.asks}" in health.troubles.get("access", "")

    async with serving(stage, health=health):
        await stage.deny_reading()
        await until(told)
        assert not health.healthy
        assert stage.effects() == asked - 1
