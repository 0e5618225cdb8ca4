"""A store made large is still the same store."""

from pathlib import Path

from yidi.agency.account import LEDGERS
from yidi.agency.enrolment import MEMBERS
from yidi.bench.million import BATCH, enlarge
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import Changes

PARTITIONS = 2
REAL = "33010000000000000001"
POSITIONS = {"agency.default.requests": 7}


def small(path: Path) -> None:
    store = SqliteStore(path)
    for partition in range(PARTITIONS):
        store.take_over(partition)
        with store.transaction() as transaction:
            transaction.write(partition, Changes(POSITIONS, {(MEMBERS.name, REAL): b"m", (LEDGERS.name, REAL): b"l"}))
    store.close()


def test_persons_are_added_and_nothing_else_changes(tmp_path: Path) -> None:
    """So many members and ledgers more, under numbers that nobody has; positions and real rows stay."""
    path, persons = tmp_path / "agency.sqlite", BATCH + 5
    small(path)
    enlarge(path, PARTITIONS, [(0, REAL), (1, REAL)], lambda _step, _done, _total: None, persons)
    store = SqliteStore(path)
    with store.transaction() as transaction:
        assert transaction.get(0, MEMBERS.name, f"9{0:019d}") == b"m"
        assert transaction.get(1, LEDGERS.name, f"9{persons - 1:019d}") == b"l"
        assert transaction.get(0, MEMBERS.name, f"9{persons:019d}") is None
        assert transaction.get(1, MEMBERS.name, REAL) == b"m"
    assert [store.snapshot(partition).positions for partition in range(PARTITIONS)] == [POSITIONS] * PARTITIONS
    store.close()
