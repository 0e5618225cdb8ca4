"""Messages on their way out, and the chunk of them that one transaction made."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from yidi.runtime.decider import Headers

RECORD_OVERHEAD_BYTES: Final = 100
"""Kafka's batch header (61) and the longest varints of one record: what a message costs beyond its bytes."""

HEADER_OVERHEAD_BYTES: Final = 10
"""Two varints of at most five bytes."""


class Message(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One message of the outbox: complete, so that it is published the same way however often it is."""

    topic: str
    partition: int
    key: bytes
    value: bytes
    headers: Headers = ()

    @property
    def wire_bytes(self) -> int:
        """Its size as Kafka's `max.message.bytes` counts it when it travels alone, rounded up."""
        return wire_bytes(self.key, self.value, self.headers)


def wire_bytes(key: bytes | None, value: bytes | None, headers: Iterable[tuple[str, bytes | None]]) -> int:
    """Upper bound of a record batch that holds only this record."""
    total = RECORD_OVERHEAD_BYTES + len(key or b"") + len(value or b"")
    for name, content in headers:
        total += HEADER_OVERHEAD_BYTES + len(name) * (1 if name.isascii() else 4) + len(content or b"")
    return total


@dataclass(frozen=True, slots=True)
class Chunk:
    """Everything that one transaction publishes for one partition, in order; `seq` rises within the partition."""

    seq: int
    messages: tuple[Message, ...]


_ENCODER: Any = msgspec.msgpack.Encoder()
_DECODER: msgspec.msgpack.Decoder[tuple[Message, ...]] = msgspec.msgpack.Decoder(tuple[Message, ...])


def packed(chunk: Chunk) -> bytes:
    """The messages as one value: an outbox row a chunk costs a tenth of a row a message."""
    content: bytes = _ENCODER.encode(chunk.messages)
    return content


def unpacked(seq: int, content: bytes) -> Chunk:
    return Chunk(seq, _DECODER.decode(content))
