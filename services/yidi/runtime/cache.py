"""Committed rows kept in memory: what was written a moment ago is asked for soon."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import Final

from yidi.runtime.store import Changes

Place = tuple[int, str, str]
"""Partition, table, key."""

ENTRY_BYTES: Final = 200
"""What a row costs beyond its value: key strings, tuple, dict slot."""


class RowCache:
    """Least recently used rows go first; bounded in bytes. Holds committed rows only: forget it when in doubt."""

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        # Not a plain dict: finding its first key again and again steps over every one that was removed before.
        self._rows: OrderedDict[Place, bytes] = OrderedDict()
        self._bytes = 0

    def get(self, place: Place) -> bytes | None:
        value = self._rows.get(place)
        if value is not None:
            self._rows.move_to_end(place)
        return value

    def put(self, place: Place, value: bytes | None) -> None:
        old = self._rows.pop(place, None)
        if old is not None:
            self._bytes -= len(old) + ENTRY_BYTES
        if value is not None:
            self._rows[place] = value
            self._bytes += len(value) + ENTRY_BYTES
            self._evict()

    def find(self, place: Place, read: Callable[[Place], bytes | None]) -> bytes | None:
        """The row, read from the database unless it is remembered; what the database has not is asked again."""
        value = self.get(place)
        if value is None:
            value = read(place)
            if value is not None:
                self.put(place, value)
        return value

    def remember(self, committed: Iterable[tuple[int, Changes]]) -> None:
        """A transaction is committed: the rows it wrote, by partition, are the ones most likely read next."""
        for partition, changes in committed:
            for (table, key), value in changes.rows.items():
                self.put((partition, table, key), value)

    def clear(self) -> None:
        self._rows.clear()
        self._bytes = 0

    def _evict(self) -> None:
        while self._bytes > self._bytes_max:
            _, oldest = self._rows.popitem(last=False)
            self._bytes -= len(oldest) + ENTRY_BYTES
