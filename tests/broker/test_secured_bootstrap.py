"""What is said of a secured Kafka that does not let us in: each case on a real one, in one line."""

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from yidi.broker import BootstrapError, EmbeddedBroker, Vault, check_bootstrap
from yidi.broker.certificates import issue
from yidi.runtime.connection import Security
from yidi.runtime.scram import admit

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("secured")]

USER = "operator"
PATIENCE_S = 60


class Secured:
    """A secured broker that knows one user."""

    def __init__(self, broker: EmbeddedBroker, vault: Vault, folder: Path) -> None:
        self.broker, self.vault, self.folder = broker, vault, folder

    def check(self, **changed: Any) -> str:
        """As the user, but for what is changed."""
        security = self.vault.client(USER)
        changes = Security.of(**{**dict(security), **changed})
        return check_bootstrap(self.broker.bootstrap, changes, timeout_s=PATIENCE_S)

    def file(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    vault = Vault(folder / "security")
    with EmbeddedBroker(folder / "kafka", security=vault) as broker:
        yield Secured(broker, vault, folder)


@pytest.fixture
async def kafka(secured: Secured) -> Secured:
    await admit(secured.broker.connection, {USER: secured.vault.client(USER).secret()})
    return secured


def refused(kafka: Secured, **changed: Any) -> str:
    with pytest.raises(BootstrapError) as told:
        kafka.check(**changed)
    assert "\n" not in str(told.value)
    return str(told.value)


async def test_who_has_everything_right_comes_in(kafka: Secured):
    """The same check that refuses all others returns the address."""
    assert kafka.check() == kafka.broker.bootstrap


async def test_plain_where_tls_is_wanted(kafka: Secured):
    """The protocol to set is named."""
    for protocol in ("PLAINTEXT", "SASL_PLAINTEXT"):
        told = refused(kafka, security_protocol=protocol)
        assert "it speaks TLS: set YIDI_KAFKA_SECURITY_PROTOCOL to SASL_SSL or SSL" in told


async def test_tls_without_a_user(kafka: Secured):
    """Who comes in by TLS alone is told that a user is wanted."""
    assert "it wants a user: set YIDI_KAFKA_SECURITY_PROTOCOL to SASL_SSL" in refused(kafka, security_protocol="SSL")


async def test_a_wrong_authority(kafka: Secured):
    """A broker that another authority vouches for is not trusted."""
    stranger, _, _ = issue("x", "y")
    told = refused(kafka, ca_file=kafka.file("other.pem", stranger))
    assert "nobody whom we trust vouches for its certificate" in told
    assert "YIDI_KAFKA_CA_FILE" in told


async def test_a_wrong_password_and_an_unknown_user(kafka: Secured):
    """Kafka does not tell them apart, on purpose; neither do we."""
    wrong = kafka.file("wrong", "guess")
    assert f"does not know the user {USER}, or not with this password" in refused(kafka, password_file=wrong)
    assert "does not know the user nobody, or not with this password" in refused(kafka, username="nobody")


async def test_a_mechanism_that_it_does_not_take(kafka: Secured):
    """Those that it takes are named."""
    told = refused(kafka, sasl_mechanism="PLAIN")
    assert "it takes no PLAIN but SCRAM-SHA-512: set YIDI_KAFKA_SASL_MECHANISM" in told


def test_a_name_that_the_certificate_does_not_have(tmp_path: Path):
    """Whoever answers with a good certificate of somebody else is not trusted."""
    vault = Vault(tmp_path / "security")
    vault.fill()
    somebody = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    somebody.load_cert_chain(vault.root / "supervisor.pem")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer_once, args=(listener, somebody), daemon=True).start()
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        with pytest.raises(BootstrapError, match="its certificate is for another address"):
            check_bootstrap(address, vault.client(USER), timeout_s=PATIENCE_S)


def answer_once(listener: socket.socket, context: ssl.SSLContext) -> None:
    connection, _ = listener.accept()
    with connection, suppress(OSError):
        context.wrap_socket(connection, server_side=True)


@pytest.mark.parametrize("protocol", ["SSL", "SASL_SSL"])
async def test_tls_where_there_is_none(kafka_bootstrap: str, kafka: Secured, protocol: str):
    """An open Kafka is told from one that wants TLS."""
    plain = "SASL_PLAINTEXT" if protocol.startswith("SASL") else "PLAINTEXT"
    security = Security.of(**{**dict(kafka.vault.client(USER)), "security_protocol": protocol})
    with pytest.raises(BootstrapError, match=f"it speaks no TLS: set YIDI_KAFKA_SECURITY_PROTOCOL to {plain}"):
        check_bootstrap(kafka_bootstrap, security, timeout_s=PATIENCE_S)


async def test_a_user_where_none_is_taken(kafka_bootstrap: str, kafka: Secured):
    """An open Kafka takes no users."""
    security = Security.of(**{**dict(kafka.vault.client(USER)), "security_protocol": "SASL_PLAINTEXT"})
    with pytest.raises(BootstrapError, match="it takes no users there: set YIDI_KAFKA_SECURITY_PROTOCOL to PLAINTEXT"):
        check_bootstrap(kafka_bootstrap, security, timeout_s=PATIENCE_S)
