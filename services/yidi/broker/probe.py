"""Questions to a Kafka, asked over a bare socket: what it speaks, who it is, and whether its copies are complete.

Written out because readiness is asked many times a second from plain threads, and because a refusal has to
tell apart what a client library folds into one error. Layouts: Kafka protocol guide, ApiVersions v0 and
Metadata v2. Only brokers that are registered and unfenced appear in a metadata answer.
"""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

API_VERSIONS = 18
METADATA = 3
ANSWER_BYTES_MIN = 4
ANSWER_BYTES_MAX = 4 << 20
"""A longer "answer" is no Kafka's: other servers' text reads as a huge length."""
CLIENT = b"yidi-probe"


class NotKafkaError(Exception):
    """Something answered, but not as a Kafka does."""


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What one Kafka tells of itself: its id, its live brokers, and the newest version of each call."""

    cluster_id: str | None
    brokers: tuple[tuple[str, int], ...]
    newest: dict[int, int]


def ask(host: str, port: int, *, timeout_s: float, tls: ssl.SSLContext | None = None) -> ClusterView:
    """Ask both questions on one connection. Raises OSError when there is no talk, `NotKafkaError` when odd."""
    with _connected(host, port, timeout_s, tls) as connection:
        newest = _versions(_call(connection, API_VERSIONS, 0, b""))
        if METADATA not in newest:
            raise NotKafkaError("the answer names no metadata call")
        no_topics = struct.pack(">i", 0)
        return _cluster(_call(connection, METADATA, 2, no_topics), newest)


def lagging(host: str, port: int, *, timeout_s: float, tls: ssl.SSLContext | None = None) -> int:
    """How many partitions have a copy that is missing or behind, as this broker knows it. Raises as `ask` does."""
    with _connected(host, port, timeout_s, tls) as connection:
        every_topic = struct.pack(">i", -1)
        reader = _call(connection, METADATA, 2, every_topic)
    _cluster(reader, {})
    reader.take(">i")  # the controller
    return sum(_lagging_of_topic(reader) for _ in range(reader.take(">i")))


@contextmanager
def _connected(host: str, port: int, timeout_s: float, tls: ssl.SSLContext | None) -> Iterator[socket.socket]:
    with ExitStack() as stack:
        connection = stack.enter_context(socket.create_connection((host, port), timeout_s))
        connection.settimeout(timeout_s)
        yield connection if tls is None else stack.enter_context(tls.wrap_socket(connection, server_hostname=host))


def _lagging_of_topic(reader: "_Reader") -> int:
    reader.take(">h")  # error
    reader.text()
    reader.take(">b")  # internal
    behind = 0
    for _ in range(reader.take(">i")):
        for field in (">h", ">i", ">i"):  # error, partition, leader
            reader.take(field)
        replicas, in_sync = _numbers(reader), _numbers(reader)
        behind += set(in_sync) != set(replicas)
    return behind


def _numbers(reader: "_Reader") -> list[int]:
    return [reader.take(">i") for _ in range(reader.take(">i"))]


def _call(connection: socket.socket, api: int, version: int, body: bytes) -> "_Reader":
    head = struct.pack(">hhih", api, version, api, len(CLIENT)) + CLIENT
    connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
    (length,) = struct.unpack(">i", _exactly(connection, 4))
    if not ANSWER_BYTES_MIN <= length <= ANSWER_BYTES_MAX:
        raise NotKafkaError("the answer's length makes no sense")
    reader = _Reader(_exactly(connection, length))
    if reader.take(">i") != api:
        raise NotKafkaError("the answer is to another question")
    return reader


def _exactly(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        chunk = connection.recv(length - len(received))
        if not chunk:
            raise NotKafkaError("the connection was closed without an answer")
        received += chunk
    return received


class _Reader:
    """Takes big-endian fields off the front of an answer."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, layout: str) -> int:
        try:
            (value,) = struct.unpack_from(layout, self._data, self._at)
        except struct.error as error:
            raise NotKafkaError("the answer is cut short") from error
        self._at += struct.calcsize(layout)
        return int(value)

    def text(self) -> str | None:
        length = self.take(">h")
        if length < 0:
            return None
        self._at += length
        return self._data[self._at - length : self._at].decode("utf-8", "replace")


def _versions(reader: _Reader) -> dict[int, int]:
    if error := reader.take(">h"):
        raise NotKafkaError(f"the first call was refused with code {error}")
    newest = {}
    for _ in range(reader.take(">i")):
        api, _oldest, latest = reader.take(">h"), reader.take(">h"), reader.take(">h")
        newest[api] = latest
    return newest


def _cluster(reader: _Reader, newest: dict[int, int]) -> ClusterView:
    brokers = []
    for _ in range(reader.take(">i")):
        reader.take(">i")  # node id
        host, port, _rack = reader.text(), reader.take(">i"), reader.text()
        brokers.append((host or "", port))
    return ClusterView(reader.text(), tuple(brokers), newest)
