"""One request and its answer on a bare socket, as Kafka frames them (Kafka protocol guide; header version 1).

Written out because a refusal has to tell apart what a client library folds into one error.
"""

import socket
import struct
from typing import Final

ANSWER_BYTES_MIN: Final = 4
ANSWER_BYTES_MAX: Final = 4 << 20
"""A longer "answer" is no Kafka's: other servers' text reads as a huge length."""
CLIENT: Final = b"yidi-probe"
TLS_ALERT: Final = b"\x15\x03"
"""How a TLS server's complaint about plain bytes begins."""


class NotKafkaError(Exception):
    """Something answered, but not as a Kafka does."""


class ClosedError(NotKafkaError):
    """The other side hung up instead of answering."""


class TlsSpokenError(NotKafkaError):
    """The other side speaks TLS and was spoken to in plain."""


class Reader:
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
        raw = self.raw(self.take(">h"))
        return None if raw is None else raw.decode("utf-8", "replace")

    def raw(self, length: int) -> bytes | None:
        """So many bytes; None for a negative length."""
        if length < 0:
            return None
        self._at += length
        return self._data[self._at - length : self._at]


def call(connection: socket.socket, api: int, version: int, body: bytes) -> Reader:
    """Ask, and return the answer behind its header. Raises OSError when there is no talk, `NotKafkaError` when odd."""
    head = struct.pack(">hhih", api, version, api, len(CLIENT)) + CLIENT
    connection.sendall(struct.pack(">i", len(head) + len(body)) + head + body)
    front = _exactly(connection, 4)
    (length,) = struct.unpack(">i", front)
    if not ANSWER_BYTES_MIN <= length <= ANSWER_BYTES_MAX:
        odd = "the answer's length makes no sense"
        raise TlsSpokenError(odd) if front.startswith(TLS_ALERT) else NotKafkaError(odd)
    reader = Reader(_exactly(connection, length))
    if reader.take(">i") != api:
        raise NotKafkaError("the answer is to another question")
    return reader


def string(text: str) -> bytes:
    """A text as a request carries it."""
    raw = text.encode()
    return struct.pack(">h", len(raw)) + raw


def _exactly(connection: socket.socket, length: int) -> bytes:
    received = b""
    while len(received) < length:
        chunk = connection.recv(length - len(received))
        if not chunk:
            raise ClosedError("the connection was closed without an answer")
        received += chunk
    return received
