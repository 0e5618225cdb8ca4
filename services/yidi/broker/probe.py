"""Questions to a Kafka, asked over a bare socket: what it speaks, who it is, and whether its copies are complete.

Written out because readiness is asked many times a second from plain threads. Layouts: Kafka protocol guide,
ApiVersions v0 and Metadata v2. Only brokers that are registered and unfenced appear in a metadata answer.
"""

import struct
from dataclasses import dataclass
from typing import Final

from yidi.runtime.connection import Security
from yidi.runtime.frames import NotKafkaError, Reader, call
from yidi.runtime.handshake import API_VERSIONS, METADATA, connected, first_question, spoken

PLAIN: Final = Security.of()

__all__ = ["ClusterView", "NotKafkaError", "ask", "lagging"]


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What one Kafka tells of itself: its id, its live brokers, and the newest version of each call."""

    cluster_id: str | None
    brokers: tuple[tuple[str, int], ...]
    newest: dict[int, int]


def ask(host: str, port: int, *, timeout_s: float, security: Security = PLAIN) -> ClusterView:
    """Ask both questions on one connection.

    Raises OSError when there is no talk, `Refused` when we are not let in, another `NotKafkaError` when odd.
    """
    with connected(host, port, security, timeout_s) as connection:
        newest = spoken(call(connection, API_VERSIONS, 0, b""))
        if METADATA not in newest:
            raise NotKafkaError("the answer names no metadata call")
        return _cluster(first_question(connection, security), newest)


def lagging(host: str, port: int, *, timeout_s: float, security: Security = PLAIN) -> int:
    """How many partitions have a copy that is missing or behind, as this broker knows it. Raises as `ask` does."""
    with connected(host, port, security, timeout_s) as connection:
        every_topic = struct.pack(">i", -1)
        reader = call(connection, METADATA, 2, every_topic)
    _cluster(reader, {})
    reader.take(">i")  # the controller
    return sum(_lagging_of_topic(reader) for _ in range(reader.take(">i")))


def _lagging_of_topic(reader: Reader) -> int:
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


def _numbers(reader: Reader) -> list[int]:
    return [reader.take(">i") for _ in range(reader.take(">i"))]


def _cluster(reader: Reader, newest: dict[int, int]) -> ClusterView:
    brokers = []
    for _ in range(reader.take(">i")):
        reader.take(">i")  # node id
        host, port, _rack = reader.text(), reader.take(">i"), reader.text()
        brokers.append((host or "", port))
    return ClusterView(reader.text(), tuple(brokers), newest)
