"""Draws that depend on nothing but what they are for: person 17 of seed 3 is the same everywhere, alone or not."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")

_SPARE = 1 << 64
"""Below this many possibilities left, fresh bits are drawn: a draw's bias stays under n / 2^64."""


class Dice:
    """A stream of draws named by its source; equal sources give equal streams, for ever."""

    __slots__ = ("_bits", "_seed")

    def __init__(self, *source: int | str) -> None:
        self._seed = blake2b("\x1f".join(map(str, source)).encode()).digest()
        self._bits = int.from_bytes(self._seed, "big")

    def below(self, n: int) -> int:
        """An integer from 0 to n − 1, each as likely."""
        if self._bits < _SPARE:
            self._seed = blake2b(self._seed).digest()
            self._bits = int.from_bytes(self._seed, "big")
        self._bits, drawn = divmod(self._bits, n)
        return drawn

    def between(self, low: int, high: int) -> int:
        """An integer from low to high, both included."""
        return low + self.below(high - low + 1)

    def chance(self, basis_points: int) -> bool:
        """True in that many of 10,000 draws."""
        return self.below(10_000) < basis_points

    def pick(self, choices: Sequence[T]) -> T:
        """One of the choices, each as likely."""
        return choices[self.below(len(choices))]


def weighted(*choices: tuple[T, int]) -> tuple[T, ...]:
    """Choices laid out so that `Dice.pick` draws each by its weight; weights are small whole numbers."""
    return tuple(choice for choice, weight in choices for _ in range(weight))
