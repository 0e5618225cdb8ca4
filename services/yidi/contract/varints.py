"""Avro's variable-length integers: tables for the short ones, functions for the rest.

Seven bits a byte, lowest first, the high bit says that more follow; signed numbers are folded first (zig-zag), so
that small ones of either sign stay short. The generated encoders and decoders inline the common lengths.
"""

from typing import Final

ONE_BYTE: Final = 1 << 7
TWO_BYTES: Final = 1 << 14
LONG_FOLDED_MAX: Final = (1 << 64) - 1
_LAST_SHIFT: Final = 63

LAST: Final = tuple(bytes([n]) if n < ONE_BYTE else bytes([n & 127 | 128, n >> 7]) for n in range(TWO_BYTES))
"""The one or two bytes of a folded number below 2^14."""

MORE: Final = tuple(bytes([n & 127 | 128, n >> 7 | 128]) for n in range(TWO_BYTES))
"""The lowest 14 bits of a larger one, as two bytes that say that more follow."""


def folded(number: int) -> int:
    """Zig-zag: 0, −1, 1, −2 become 0, 1, 2, 3."""
    return number + number if number >= 0 else -number - number - 1


def unfolded(n: int) -> int:
    return n >> 1 if not n & 1 else ~(n >> 1)


def written(n: int) -> bytes:
    """The bytes of a folded number; OverflowError when it is no Avro long."""
    if n < TWO_BYTES:
        return LAST[n]
    if n > LONG_FOLDED_MAX:
        raise OverflowError(f"{unfolded(n)} is outside 64 bits")
    return MORE[n & 16383] + written(n >> 14)


def read_on(data: bytes, at: int, n: int, shift: int) -> tuple[int, int]:
    """Read the rest of a folded number whose lower `shift` bits are `n`; returns it and where it ends.

    ValueError when it is no Avro long, IndexError when the data ends first.
    """
    while True:
        byte = data[at]
        at += 1
        n |= (byte & 127) << shift
        if byte < ONE_BYTE:
            break
        shift += 7
        if shift > _LAST_SHIFT:
            raise ValueError("a number is longer than ten bytes")
    if n > LONG_FOLDED_MAX:
        raise ValueError("a number is outside 64 bits")
    return n, at
