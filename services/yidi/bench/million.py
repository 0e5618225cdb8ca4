"""An agency's store with a million persons more: copies of real rows under numbers that nobody has."""

from collections.abc import Callable, Iterator, Sequence
from itertools import cycle
from pathlib import Path
from typing import Final

from yidi.agency.account import LEDGERS
from yidi.agency.enrolment import MEMBERS
from yidi.runtime.sqlite import SqliteStore
from yidi.runtime.store import Changes

PERSONS: Final = 1_000_000
BATCH: Final = 10_000
TABLES: Final = (MEMBERS.name, LEDGERS.name)

Progress = Callable[[str, int, int], None]
Rows = dict[tuple[str, str], bytes | None]


def enlarge(
    path: Path, partitions: int, patterns: Sequence[tuple[int, str]], progress: Progress, persons: int = PERSONS
) -> None:
    """Add so many persons to a store that nobody has open. `patterns`: partition and psn_no of real ones to copy.

    Positions, outbox and the rows of real persons stay as they are.
    """
    store = SqliteStore(path)
    try:
        copied = cycle([_rows_of(store, *pattern) for pattern in patterns])
        for done, first in enumerate(range(0, persons, BATCH)):
            _add(store, done % partitions, range(first, min(first + BATCH, persons)), copied)
            progress("persons added", min((done + 1) * BATCH, persons), persons)
    finally:
        store.close()


def _rows_of(store: SqliteStore, partition: int, psn_no: str) -> dict[str, bytes]:
    with store.transaction() as transaction:
        found = {table: transaction.get(partition, table, psn_no) for table in TABLES}
    return {table: value for table, value in found.items() if value is not None}


def _add(store: SqliteStore, partition: int, numbers: Sequence[int], copied: Iterator[dict[str, bytes]]) -> None:
    rows: Rows = {}
    for number in numbers:
        psn_no = f"9{number:019d}"
        rows |= {(table, psn_no): value for table, value in next(copied).items()}
    snapshot = store.snapshot(partition)
    with store.transaction() as transaction:
        transaction.fence(partition, snapshot.epoch, snapshot.positions, snapshot.now_ms)
        transaction.write(partition, Changes(snapshot.positions, rows))
