"""Rows that an older release wrote are read by this one: every table, from the stores that the release left behind.

Rows are arrays on disk. A new field comes last and has a default; nothing is renamed, moved or taken away. Whoever
breaks that fails here, before an operator's store does.
"""

import sqlite3
import tarfile
from pathlib import Path
from typing import Any

import msgspec
import pytest

from yidi.agency.account import LEDGERS
from yidi.agency.case import ANSWERS
from yidi.agency.case import VISITS as STAYS
from yidi.agency.enrolment import MEMBERS
from yidi.hospital.ledger import MESSAGES, VISITS
from yidi.hospital.person import PERSONS as PATIENTS
from yidi.platform.state import DETAILS_SEEN, INSTITUTIONS, PERSONS, REGIONS, REQUESTS
from yidi.registry.places import PLACES
from yidi.runtime.rows import Table

RELEASES = sorted(Path(__file__).parent.glob("*.tar.xz"))
TABLES: dict[str, list[Table[Any]]] = {
    "registry": [PLACES],
    "hospital": [MESSAGES, VISITS, PATIENTS],  # `settlement` has the rows of `visit`
    "platform": [PERSONS, REGIONS._table, INSTITUTIONS._table, REQUESTS, DETAILS_SEEN],
    "agency": [LEDGERS, ANSWERS, STAYS, MEMBERS],
}
CASES = [
    pytest.param(release, service, table, id=f"{release.name.removesuffix('.tar.xz')}-{service}-{table.name}")
    for release in RELEASES
    for service, tables in TABLES.items()
    for table in tables
]


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, Path]:
    """The stores of each release, unpacked."""
    unpacked = {}
    for release in RELEASES:
        unpacked[release] = tmp_path_factory.mktemp("release")
        with tarfile.open(release) as packed:
            wanted = [one for one in packed if one.name.startswith("stores/")]
            packed.extractall(unpacked[release], wanted, filter="data")
    return unpacked


def rows(store: Path, table: str) -> list[bytes]:
    database = sqlite3.connect(f"file:{store}?mode=ro", uri=True)
    try:
        return [row[0] for row in database.execute("SELECT value FROM state WHERE tab = ?", (table,))]
    finally:
        database.close()


@pytest.mark.parametrize(("release", "service", "table"), CASES)
def test_every_row_is_read(stores: dict[Path, Path], release: Path, service: str, table: Table[Any]) -> None:
    """A row of the older release decodes, and written again it begins as it was: nothing moved, nothing got lost."""
    found = rows(stores[release] / "stores" / f"{service}.sqlite", table.name)
    assert found, "a release keeps rows of every table"
    for value in found:
        read = table._decoder.decode(value)
        before, after = msgspec.msgpack.decode(value), msgspec.msgpack.decode(table._encoder.encode(read))
        assert after[: len(before)] == before


def test_there_is_a_release() -> None:
    """This test is worth something only with files of a release."""
    assert RELEASES
