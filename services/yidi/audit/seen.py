"""One record as the audit sees it: decoded, with the digest of its bytes."""

import hashlib
from typing import Any, Final

import msgspec

from yidi.audit.report import Step
from yidi.runtime.decider import TRACE_HEADER, Record

DIGEST_BYTES: Final = 16
"""128 bits: two different messages with one digest do not happen."""

NOTHING: Final = b""
"""No digest: not read yet."""

_TRACE_ID: Final = slice(3, 35)


def digest_of(value: bytes | None) -> bytes:
    """Equal digests stand for equal bytes."""
    return hashlib.blake2b(value or b"", digest_size=DIGEST_BYTES).digest()


def frame_of(key: bytes | None, headers: tuple[tuple[str, bytes | None], ...], timestamp_ms: int) -> bytes:
    """Digest of what Kafka carries around the value."""
    return digest_of(repr((key, headers, timestamp_ms)).encode())


class Seen(msgspec.Struct, gc=False):
    """A record in its own partition, under its own key, that is a message of its topic."""

    record: Record
    digest: bytes
    attempt: int
    id: str
    message: Any

    def step(self, words: str) -> Step:
        record = self.record
        return Step(record.topic, record.partition, record.offset, self.id, words)

    @property
    def trace(self) -> bytes:
        """W3C trace id as it stands in `traceparent`; empty when there is none."""
        return (self.record.header(TRACE_HEADER) or b"")[_TRACE_ID]
