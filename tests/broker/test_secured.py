"""The secured embedded broker: closed until rights are given, and the same after a restart."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from yidi.broker import EmbeddedBroker, SettingError, Vault, find_running
from yidi.broker.probe import NotKafkaError, ask
from yidi.runtime.connection import Connection, Security

pytestmark = pytest.mark.kafka

PATIENCE_S = 60


@pytest.fixture(scope="module")
def vault(tmp_path_factory: pytest.TempPathFactory) -> Vault:
    return Vault(tmp_path_factory.mktemp("vault") / "security")


@pytest.fixture(scope="module")
def broker(vault: Vault, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBroker]:
    with EmbeddedBroker(tmp_path_factory.mktemp("secured") / "kafka", security=vault) as started:
        yield started


async def topics(connection: Connection) -> list[str]:
    admin = AIOKafkaAdminClient(**connection.options())
    try:
        await admin.start()
        return list(await admin.list_topics())
    finally:
        await admin.close()


def ports_of(broker: EmbeddedBroker) -> dict[str, int]:
    text = (broker.data_dir / "server.properties").read_text()
    line = next(line for line in text.splitlines() if line.startswith("listeners="))
    places = (place.partition("://") for place in line.removeprefix("listeners=").split(","))
    return {name: int(address.rpartition(":")[2]) for name, _, address in places}


async def test_the_starter_reaches_it_by_certificate(broker: EmbeddedBroker):
    """`connection` is all that is needed to give rights."""
    assert await topics(broker.connection) == []


async def test_a_user_that_was_not_admitted_is_refused(broker: EmbeddedBroker, vault: Vault):
    """A password file alone opens nothing."""
    with pytest.raises(KafkaError):
        await topics(Connection(bootstrap=broker.bootstrap, security=vault.client("nobody")))


async def test_a_plain_connection_is_refused_everywhere(broker: EmbeddedBroker):
    """No listener, the brokers' and the controller's included, talks without TLS."""
    for port in ports_of(broker).values():
        with pytest.raises(NotKafkaError, match="it speaks TLS"):
            ask("127.0.0.1", port, timeout_s=PATIENCE_S)


@pytest.mark.parametrize("listener", ["INSIDE", "CONTROLLER"])
def test_the_inside_is_closed_to_whoever_has_no_certificate(broker: EmbeddedBroker, vault: Vault, listener: str):
    """Knowing the authority, as every client does, is not enough for the brokers' own listeners."""
    without = Security.of(security_protocol="SSL", ca_file=vault.ca_file)
    with pytest.raises(NotKafkaError, match="wants a certificate of ours"):
        ask("127.0.0.1", ports_of(broker)[listener], timeout_s=PATIENCE_S, security=without)


def test_the_broker_shows_a_certificate_of_its_authority(broker: EmbeddedBroker):
    """A client that does not know the authority goes no further."""
    host, _, port = broker.bootstrap.rpartition(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as plain, pytest.raises(ssl.SSLCertVerificationError):
        ssl.create_default_context().wrap_socket(plain, server_hostname=host)


def test_it_is_found_by_its_data(broker: EmbeddedBroker, vault: Vault):
    """Who has the secrets finds it; who has not, does not."""
    assert find_running(broker.data_dir, security=vault) == broker.bootstrap
    assert find_running(broker.data_dir) is None


def test_no_secret_is_in_its_settings_or_logs(broker: EmbeddedBroker):
    """What a support case would hand on holds no key."""
    for file in [broker.data_dir / "server.properties", *(broker.data_dir / "logs").iterdir()]:
        assert "PRIVATE KEY" not in file.read_text()


async def test_it_comes_back_on_the_same_addresses_with_the_same_secrets(broker: EmbeddedBroker):
    """After a crash nobody has to be told anything new."""
    before = (broker.bootstrap, broker.connection)
    broker.kill()
    broker.restart()
    assert (broker.bootstrap, broker.connection) == before
    assert await topics(broker.connection) == []


def test_what_closes_it_cannot_be_overridden(tmp_path: Path):
    """An override that opens a back door is refused before anything is touched."""
    with pytest.raises(SettingError, match=r"super\.users"):
        EmbeddedBroker(tmp_path / "kafka", security=Vault(tmp_path), overrides={"super.users": "User:ANONYMOUS"})
