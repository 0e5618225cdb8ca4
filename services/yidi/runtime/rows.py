"""Typed rows of a partition's state: msgspec structs, packed compactly."""

from typing import Any, Generic, TypeVar

import msgspec

from yidi.runtime.decider import Put, View

T = TypeVar("T", bound=msgspec.Struct)


class Table(Generic[T]):
    """One kind of row in a partition's state, such as a person's accumulators by psn_no.

    Rows are arrays on disk (`array_like=True` structs stay small); new fields come last and have defaults, so that an
    older row stays readable.
    """

    def __init__(self, name: str, row: type[T]) -> None:
        self.name = name
        self._decoder: msgspec.msgpack.Decoder[T] = msgspec.msgpack.Decoder(row)
        self._encoder: Any = msgspec.msgpack.Encoder()

    def get(self, view: View, key: str) -> T | None:
        """The row, or None."""
        value = view.get(self.name, key)
        return None if value is None else self._decoder.decode(value)

    def put(self, key: str, row: T) -> Put:
        """The change that writes the row."""
        return Put(self.name, key, self._encoder.encode(row))

    def delete(self, key: str) -> Put:
        """The change that removes the row."""
        return Put(self.name, key, None)
