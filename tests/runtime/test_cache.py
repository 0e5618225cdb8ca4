"""Promises of the row cache."""

from yidi.runtime.cache import ENTRY_BYTES, Place, RowCache
from yidi.runtime.store import Changes


def place(number: int) -> Place:
    return (0, "t", str(number))


def test_least_recently_used_goes_first() -> None:
    """When it is full, the row that was not asked for the longest is dropped."""
    cache = RowCache(3 * (ENTRY_BYTES + 1))
    for number in range(3):
        cache.put(place(number), b"x")
    assert cache.get(place(0)) == b"x"
    cache.put(place(3), b"x")
    assert [cache.get(place(number)) for number in range(4)] == [b"x", None, b"x", b"x"]


def test_size_is_bounded() -> None:
    """However many rows come, the bytes stay below the limit."""
    cache = RowCache(10_000)
    for number in range(1_000):
        cache.put(place(number), b"x" * (number % 500))
        cache.put(place(number // 2), b"y")
    assert cache._bytes <= 10_000
    assert cache._bytes == sum(len(value) + ENTRY_BYTES for value in cache._rows.values())


def test_deleted_row_is_forgotten() -> None:
    """A deleted row is not remembered, nor anything after a clear."""
    cache = RowCache(10_000)
    cache.put(place(1), b"x")
    cache.put(place(1), None)
    cache.put(place(2), b"x")
    cache.clear()
    assert (cache.get(place(1)), cache.get(place(2)), cache._bytes) == (None, None, 0)


def test_database_is_asked_once_for_a_row_it_has() -> None:
    """What was found is remembered; what was not may come any moment, and is asked for again."""
    cache, asked = RowCache(10_000), []

    def read(wanted: Place) -> bytes | None:
        asked.append(wanted)
        return b"x" if wanted == place(1) else None

    assert [cache.find(place(number), read) for number in (1, 1, 2, 2)] == [b"x", b"x", None, None]
    assert asked == [place(1), place(2), place(2)]


def test_committed_rows_are_remembered_in_order() -> None:
    """What a transaction wrote last about a row is what is known of it, also that it is gone."""
    cache = RowCache(10_000)
    first = Changes({}, {("t", "1"): b"x", ("t", "2"): b"x"})
    cache.remember([(0, first), (0, Changes({}, {("t", "1"): b"y", ("t", "2"): None}))])
    assert (cache.get(place(1)), cache.get(place(2))) == (b"y", None)
