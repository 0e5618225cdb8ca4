"""Whether another Kafka can serve the chain."""

import socket
import struct
from collections.abc import Callable, Iterator

import pytest

from tests.broker.false_kafka import NEW, Answer, kafka, servers
from yidi.broker.bootstrap import check_bootstrap, parse_bootstrap
from yidi.broker.errors import BootstrapError

PATIENCE_S = 60


@pytest.fixture
def server() -> Iterator[Callable[[Answer], int]]:
    """Starts servers; returns their ports."""
    with servers() as start:
        yield start


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("kafka.example:9093", ("kafka.example", 9093)),
        ("localhost", ("localhost", 9092)),
        (" 10.0.0.1:1 ", ("10.0.0.1", 1)),
        ("[::1]:9092", ("::1", 9092)),
        ("[::1]", ("::1", 9092)),
    ],
)
def test_addresses_are_read(text: str, address: tuple[str, int]):
    """HOST, HOST:PORT and bracketed IPv6 are understood."""
    assert parse_bootstrap(text) == address


@pytest.mark.parametrize("text", ["", ":9092", "host:", "host:x", "host:0", "host:65536", "a:1,b:2", "host:²"])
def test_what_is_no_address_is_refused(text: str):
    """Anything else is refused with an example of how to write it."""
    with pytest.raises(BootstrapError, match="write HOST:PORT"):
        parse_bootstrap(text)


def test_nothing_listening_is_told():
    """A closed port is told apart from a broker that misbehaves."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        with pytest.raises(BootstrapError, match="nothing listens there"):
            check_bootstrap(f"127.0.0.1:{port}", timeout_s=PATIENCE_S)


@pytest.mark.parametrize(
    "reply",
    [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"", struct.pack(">iih", 6, 18, 35)],
    ids=["http", "closes", "refuses"],
)
def test_other_servers_are_no_kafka(server: Callable[[Answer], int], reply: bytes):
    """Web servers and the like are refused in one line that says so."""
    port = server(lambda _: reply)
    with pytest.raises(BootstrapError, match="another program listens there, or the listener wants TLS") as told:
        check_bootstrap(f"127.0.0.1:{port}", timeout_s=PATIENCE_S)
    assert "\n" not in str(told.value)


def test_silence_is_told():
    """A listener that never answers is given up after the time-out."""
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(BootstrapError, match="no answer in time"):
        check_bootstrap(f"127.0.0.1:{silent.getsockname()[1]}", timeout_s=0.2)


def test_too_old_kafka_is_refused(server: Callable[[Answer], int]):
    """A Kafka without topic ids is refused by the version that has them."""
    port = server(kafka(NEW | {3: 9}, [("127.0.0.1", 1)]))
    with pytest.raises(BootstrapError, match=r"too old: the chain needs 2\.8"):
        check_bootstrap(f"127.0.0.1:{port}", timeout_s=PATIENCE_S)


def test_kafka_without_live_broker_is_refused(server: Callable[[Answer], int]):
    """A controller that answers before any broker is ready does not pass."""
    port = server(kafka(NEW, []))
    with pytest.raises(BootstrapError, match="no live broker yet"):
        check_bootstrap(f"127.0.0.1:{port}", timeout_s=PATIENCE_S)


def test_unreachable_advertised_address_is_refused(server: Callable[[Answer], int]):
    """A broker that sends clients where they cannot go is named with the setting to mend."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = server(kafka(NEW, [("127.0.0.1", unused.getsockname()[1])]))
        with pytest.raises(BootstrapError, match=r"advertised\.listeners"):
            check_bootstrap(f"127.0.0.1:{port}", timeout_s=PATIENCE_S)


@pytest.mark.kafka
def test_real_kafka_passes(kafka_bootstrap: str):
    """The embedded Kafka is itself one that can serve the chain."""
    assert check_bootstrap(kafka_bootstrap, timeout_s=PATIENCE_S) == kafka_bootstrap
