"""Promises of every store: in memory, SQLite and PostgreSQL alike."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from yidi.runtime.memory import MemoryStore
from yidi.runtime.message import Chunk, Message
from yidi.runtime.postgresql import PostgresqlStore
from yidi.runtime.postgresql_connection import Address, Patience
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import Changes, Fenced, LogIdentity, Store, StoreMismatch

MESSAGE = Message("t", 0, b"k", b"v", (("h", b"1"),))
IDENTITY = LogIdentity("cluster", {"t": "id"}, 3)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    match request.param:
        case "memory":
            made = MemoryStore()
        case "sqlite":
            made = SqliteStore(tmp_path / "deep" / "store.db")
        case _:
            database = request.getfixturevalue("postgresql_server").fresh_database()
            made = PostgresqlStore(Address(database, "agency"), Patience.below(120_000))
    yield made
    made.close()


def write(store: Store, epoch: int, before: dict[str, int], changes: Changes, now_ms: int = 1) -> int | None:
    with store.transaction() as transaction:
        transaction.fence(0, epoch, before, now_ms)
        return transaction.write(0, changes)


def write_two(store: Store, second_epoch: int) -> None:
    with store.transaction() as transaction:
        transaction.fence(0, 1, {}, 1)
        transaction.write(0, Changes({"t": 1}, {("t", "a"): b"1"}))
        transaction.fence(1, second_epoch, {}, 1)


def row(store: Store, key: str, partition: int = 0) -> bytes | None:
    with store.transaction() as transaction:
        return transaction.get(partition, "t", key)


def test_new_partition_starts_from_nothing(store: Store) -> None:
    """The first owner has epoch 1, no positions, no chunks and no timers."""
    snapshot = store.take_over(0)
    assert (snapshot.epoch, snapshot.positions, snapshot.now_ms) == (1, {}, 0)
    assert (snapshot.chunks, snapshot.due_ms) == ((), None)


def test_committed_changes_are_found_again(store: Store) -> None:
    """Rows, positions, instant, timers and messages are what the next owner starts from."""
    store.take_over(0)
    changes = Changes({"t": 7}, {("t", "a"): b"1"}, {"later": 50, "soon": 20}, Chunk(1, (MESSAGE,)))
    assert write(store, 1, {}, changes, now_ms=5) == 20
    snapshot = store.take_over(0)
    assert (snapshot.epoch, snapshot.positions, snapshot.now_ms) == (2, {"t": 7}, 5)
    assert (snapshot.chunks, snapshot.due_ms) == ((Chunk(1, (MESSAGE,)),), 20)
    assert row(store, "a") == b"1"


def test_former_owner_is_fenced(store: Store) -> None:
    """Taking over raises the epoch; the former owner's transaction changes nothing."""
    store.take_over(0)
    store.take_over(0)
    with pytest.raises(Fenced):
        write(store, 1, {}, Changes({"t": 1}, {("t", "a"): b"zombie"}))
    assert row(store, "a") is None
    assert store.snapshot(0).positions == {}


def test_moved_position_fences_too(store: Store) -> None:
    """A transaction that starts from another position than the committed one is refused."""
    store.take_over(0)
    write(store, 1, {}, Changes({"t": 1}))
    with pytest.raises(Fenced):
        write(store, 1, {}, Changes({"t": 1}))


def test_snapshot_raises_no_epoch(store: Store) -> None:
    """Reading again after a commit of unknown outcome fences nobody."""
    store.take_over(0)
    assert (store.snapshot(0).epoch, store.snapshot(0).epoch) == (1, 1)


def test_failed_transaction_leaves_nothing(store: Store) -> None:
    """What is raised inside rolls everything back, over every partition of the transaction."""
    store.take_over(0)
    store.take_over(1)
    with pytest.raises(Fenced):
        write_two(store, second_epoch=99)
    assert row(store, "a") is None


def test_rows_of_partitions_are_apart(store: Store) -> None:
    """The same key in two partitions is two rows."""
    store.take_over(0)
    write(store, 1, {}, Changes({}, {("t", "a"): b"1"}))
    assert row(store, "a", partition=1) is None


def test_deleted_row_is_gone(store: Store) -> None:
    """A value of None deletes."""
    store.take_over(0)
    write(store, 1, {}, Changes({}, {("t", "a"): b"1"}))
    write(store, 1, {}, Changes({}, {("t", "a"): None}))
    assert row(store, "a") is None


def test_acknowledged_chunks_go_with_the_next_transaction(store: Store) -> None:
    """Only chunks up to the acknowledged one are removed."""
    store.take_over(0)
    write(store, 1, {}, Changes({}, chunk=Chunk(1, (MESSAGE,))))
    write(store, 1, {}, Changes({}, chunk=Chunk(2, (MESSAGE,)), published_seq=1))
    assert [chunk.seq for chunk in store.take_over(0).chunks] == [2]


def test_due_timers_come_earliest_first(store: Store) -> None:
    """Timers due by an instant are given in the order of their instants, so many at most."""
    store.take_over(0)
    write(store, 1, {}, Changes({}, timers={"c": 30, "a": 10, "b": 20, "d": 40}))
    with store.transaction() as transaction:
        assert transaction.due(0, 30, 10) == [(10, "a"), (20, "b"), (30, "c")]
        assert transaction.due(0, 30, 1) == [(10, "a")]


def test_cleared_timer_is_gone(store: Store) -> None:
    """Writing tells when the earliest timer is due now."""
    store.take_over(0)
    write(store, 1, {}, Changes({}, timers={"a": 10, "b": 20}))
    assert write(store, 1, {}, Changes({}, timers={"a": None})) == 20
    assert write(store, 1, {}, Changes({}, timers={"b": None})) is None


@pytest.mark.parametrize(
    ("other", "words"),
    [
        (LogIdentity("elsewhere", {"t": "id"}, 3), "belongs to Kafka cluster cluster, this one is elsewhere"),
        (LogIdentity("cluster", {"t": "other"}, 3), "Topic t was deleted and made anew"),
        (LogIdentity("cluster", {"t": "id"}, 5), "was made for 3 partitions, now there are 5"),
    ],
)
def test_store_of_another_log_is_refused(store: Store, other: LogIdentity, words: str) -> None:
    """A store goes with one cluster, its topics and their partitions; anything else is refused in words."""
    store.bind(IDENTITY)
    store.bind(IDENTITY)
    with pytest.raises(StoreMismatch, match=words) as refused:
        store.bind(other)
    assert "--fresh" in str(refused.value)


def test_new_topics_may_join(store: Store) -> None:
    """A plan that grows by an inbox does not lock the store out."""
    store.bind(IDENTITY)
    store.bind(LogIdentity("cluster", {"t": "id", "new": "id2"}, 3))


def test_topics_that_left_stay_bound(store: Store) -> None:
    """A topic that was not read for a while and made anew meanwhile is refused when it comes back."""
    store.bind(IDENTITY)
    store.bind(LogIdentity("cluster", {"new": "id2"}, 3))
    with pytest.raises(StoreMismatch, match="Topic t was deleted and made anew"):
        store.bind(LogIdentity("cluster", {"t": "other"}, 3))


LONG = "x" * 5_000
HOSTILE = ("", "\x00", "a\x00b", "中文 '; --", LONG, LONG + "y")


@pytest.mark.parametrize("key", HOSTILE)
def test_any_text_is_a_key(store: Store, key: str) -> None:
    """What comes from outside may be a key, whatever is in it and however long: of a row, and of a timer."""
    store.take_over(0)
    changes = Changes({}, {("t", key): b"1", ("t", key + "z"): b"2"}, {key: 10, key + "z": 20})
    assert write(store, 1, {}, changes) == 10
    store.forget()
    assert (row(store, key), row(store, key + "z")) == (b"1", b"2")
    with store.transaction() as transaction:
        assert transaction.due(0, 30, 10) == [(10, key), (20, key + "z")]
    write(store, 1, {}, Changes({}, {("t", key): None}, {key: None}))
    assert row(store, key) is None
    with store.transaction() as transaction:
        assert transaction.due(0, 30, 10) == [(20, key + "z")]


@pytest.mark.parametrize("size", [0, 1, 100_000, 9 << 20])
def test_any_bytes_are_a_value(store: Store, size: int) -> None:
    """Rows and messages come back byte for byte, empty and large ones too."""
    store.take_over(0)
    value = bytes(range(256)) * (size // 256) + b"\x00" * (size % 256)
    message = Message("t", 0, b"k", value)
    write(store, 1, {}, Changes({}, {("t", "a"): value}, chunk=Chunk(1, (message,))))
    store.forget()
    assert row(store, "a") == value
    assert store.snapshot(0).chunks == (Chunk(1, (message,)),)
