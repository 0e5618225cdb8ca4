"""Which partition a key belongs to: murmur2, as in Kafka's Java client and aiokafka (librdkafka's default differs)."""

import struct
from functools import lru_cache
from typing import Final

_MASK: Final = 0xFFFFFFFF
_SEED: Final = 0x9747B28C
_M: Final = 0x5BD1E995
_R: Final = 24

KEYS_REMEMBERED_MAX: Final = 8_192
"""A key is hashed when its message comes in and for each that goes out: soon, or not again. About 2 MB."""


def murmur2(data: bytes) -> int:
    """The 32-bit hash of Kafka's `Utils.murmur2`, unsigned."""
    length = len(data)
    h = _SEED ^ length
    whole = length & ~3
    for word in struct.unpack_from(f"<{whole >> 2}I", data):
        k = word * _M & _MASK
        h = h * _M & _MASK ^ (k ^ (k >> _R)) * _M & _MASK
    if length > whole:
        h = (h ^ int.from_bytes(data[whole:], "little")) * _M & _MASK
    h = (h ^ (h >> 13)) * _M & _MASK
    return h ^ (h >> 15)


@lru_cache(maxsize=KEYS_REMEMBERED_MAX)
def partition_of(key: bytes, partitions: int) -> int:
    """The partition, from 0, that every correct producer chooses for a key; the sign bit is dropped, as Java does."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions
