"""What only the PostgreSQL store promises: many owners and one winner, lost connections, formats, words."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.postgresql import Server
from tests.runtime.lossy import LossyProxy
from yidi.runtime import postgresql_connection, postgresql_format
from yidi.runtime.postgresql import PostgresqlStore
from yidi.runtime.postgresql_connection import Address, Patience
from yidi.runtime.store import Changes, CommitUnknown, Fenced, StoreError, StoreMismatch, StoreRefused

SESSION_MS = 4_000
SHORT, LONG = Patience.below(SESSION_MS), Patience.below(120_000)
PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is held up for a moment is not one that is not there."""
    monkeypatch.setattr(postgresql_connection, "CONNECT_S_MAX", PATIENCE_S)
    monkeypatch.setattr(postgresql_connection.BoundedConnection, "answer_s_max", float(PATIENCE_S))


@pytest.fixture
def url(postgresql_server: Server) -> str:
    return postgresql_server.fresh_database()


@pytest.fixture
def stores(url: str) -> Iterator[list[PostgresqlStore]]:
    """Two instances' stores on the same schema."""
    made = [PostgresqlStore(Address(url, "agency"), LONG) for _ in range(2)]
    yield made
    for one in made:
        one.close()


@pytest.fixture
def hasty(url: str) -> Iterator[PostgresqlStore]:
    """One on the same schema whose session is short."""
    made = PostgresqlStore(Address(url, "agency"), SHORT)
    yield made
    made.close()


def put(store: PostgresqlStore, epoch: int, value: bytes, *, before: int = 0) -> None:
    with store.transaction() as transaction:
        transaction.fence(0, epoch, {"t": before} if before else {}, 1)
        transaction.write(0, Changes({"t": before + 1}, {("t", "a"): value}))


def got(store: PostgresqlStore) -> bytes | None:
    with store.transaction() as transaction:
        return transaction.get(0, "t", "a")


def sql(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def test_of_two_owners_exactly_one_wins(stores: list[PostgresqlStore]) -> None:
    """The last one to take over is the owner; the other's transaction changes nothing, whatever it remembers."""
    mine, theirs = stores
    mine.take_over(0)
    put(mine, 1, b"mine")
    theirs.take_over(0)
    put(theirs, 2, b"theirs", before=1)
    with pytest.raises(Fenced):
        put(mine, 1, b"zombie", before=1)
    assert (got(mine), got(theirs)) == (b"theirs", b"theirs")


def until_somebody_waits(url: str) -> None:
    """Until a statement waits for another one's lock."""
    deadline = time.monotonic() + PATIENCE_S
    asked = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with psycopg.connect(url, autocommit=True) as connection:
        while connection.execute(asked.encode()).fetchone() == (0,):
            assert time.monotonic() < deadline
            time.sleep(0.01)


def test_taking_over_waits_for_the_transaction_under_way(stores: list[PostgresqlStore], url: str) -> None:
    """What the former owner commits while it is being replaced is seen by the new one."""
    mine, theirs = stores
    theirs.check()
    mine.take_over(0)
    found: list[int] = []
    with mine.transaction() as transaction:
        transaction.fence(0, 1, {}, 1)
        taking = threading.Thread(target=lambda: found.append(theirs.take_over(0).positions["t"]))
        taking.start()
        until_somebody_waits(url)
        transaction.write(0, Changes({"t": 7}))
    taking.join()
    assert found == [7]


def test_an_owner_that_froze_inside_a_transaction_loses_its_lock(
    hasty: PostgresqlStore, stores: list[PostgresqlStore]
) -> None:
    """The server ends a transaction that does not go on, so that the partition can move within the session time-out."""
    assert SHORT.idle_ms < SESSION_MS
    theirs, _ = stores
    hasty.take_over(0)
    with pytest.raises(StoreError) as frozen, hasty.transaction() as transaction:  # noqa: PT012 — all of it is the deed
        transaction.fence(0, 1, {}, 1)
        transaction.write(0, Changes({"t": 1}))
        theirs.take_over(0)  # waits for the lock until the server takes it away
    assert not isinstance(frozen.value, Fenced)
    assert theirs.snapshot(0).epoch == 2
    assert theirs.snapshot(0).positions == {}


def test_a_lost_connection_heals_with_the_next_transaction(stores: list[PostgresqlStore], url: str) -> None:
    """The transaction that notices fails with words; the next one has a new connection."""
    store, _ = stores
    store.take_over(0)
    put(store, 1, b"1")
    sql(url, "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE application_name LIKE 'yidi%'")
    with pytest.raises(StoreError, match="schema agency"):
        put(store, 1, b"2", before=1)
    put(store, 1, b"3", before=1)
    assert got(store) == b"3"


@pytest.mark.parametrize("happened", [True, False])
def test_a_commit_without_an_answer_is_unknown(postgresql_server: Server, *, happened: bool) -> None:
    """The connection breaks around the commit: the store says that it does not know; reading again tells."""
    with LossyProxy(postgresql_server.port) as proxy:
        database = postgresql_server.fresh_database().replace(f":{postgresql_server.port}/", f":{proxy.port}/")
        store = PostgresqlStore(Address(database, "agency"), LONG)
        store.take_over(0)
        proxy.break_at(b"COMMIT\0", forward=happened)
        with pytest.raises(CommitUnknown):
            put(store, 1, b"1")
        assert store.snapshot(0).positions == ({"t": 1} if happened else {})
        assert got(store) == (b"1" if happened else None)
        store.close()


def test_a_silent_server_is_given_up(
    hasty: PostgresqlStore, stores: list[PostgresqlStore], postgresql_server: Server
) -> None:
    """A frozen database holds an instance up for less than its session; it heals when the database goes on."""
    assert SHORT.answer_ms < SESSION_MS
    hasty.take_over(0)
    given_up = rf"no answer within {SHORT.answer_ms / 1000:g} s"
    with postgresql_server.frozen(), pytest.raises(StoreError, match=given_up):
        put(hasty, 1, b"1")
    put(hasty, 1, b"2")
    assert got(stores[0]) == b"2"


def test_memory_ends_with_ownership(stores: list[PostgresqlStore]) -> None:
    """A partition that comes back is read anew: somebody else wrote it meanwhile."""
    mine, theirs = stores
    mine.take_over(0)
    put(mine, 1, b"mine")
    theirs.take_over(0)
    put(theirs, 2, b"theirs", before=1)
    mine.take_over(0)
    assert got(mine) == b"theirs"


# Formats ---------------------------------------------------------------------------------------------------------


def test_instances_that_start_together_make_one_store(url: str) -> None:
    """Eight instances on an empty database: the tables are made once, and nobody fails."""
    failed: list[Exception] = []

    def start() -> None:
        store = PostgresqlStore(Address(url, "agency"), LONG)
        try:
            store.check()
        except StoreError as error:
            failed.append(error)
        store.close()

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []


def test_newer_format_is_refused(stores: list[PostgresqlStore], url: str) -> None:
    """A schema of a newer program is not touched; the words say so."""
    stores[0].check()
    sql(url, "UPDATE agency.meta SET value = '99' WHERE name = 'format'")
    with pytest.raises(StoreMismatch, match="format 99, this program knows up to 1"):
        stores[1].check()


@pytest.fixture
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """This program knows format 2, and the way up from 1."""
    steps = {1: lambda connection: connection.execute("CREATE TABLE grown (x int)")}
    monkeypatch.setattr(postgresql_format, "UPGRADES", steps)
    monkeypatch.setattr(postgresql_format, "FORMAT", 2)


def test_older_format_is_upgraded(url: str, request: pytest.FixtureRequest) -> None:
    """Each older version has one step up, run once; what was stored stays."""
    old = PostgresqlStore(Address(url, "agency"), LONG)
    old.take_over(0)
    put(old, 1, b"1")
    request.getfixturevalue("newer")
    for _ in range(2):
        new = PostgresqlStore(Address(url, "agency"), LONG)
        new.check()
        assert got(new) == b"1"
        sql(url, "SELECT x FROM agency.grown")
        new.close()
    old.close()


def test_an_older_program_is_fenced_by_the_upgrade(url: str, request: pytest.FixtureRequest) -> None:
    """An instance that works on while another one upgrades writes nothing more, and cannot take over again."""
    old = PostgresqlStore(Address(url, "agency"), LONG)
    old.take_over(0)
    put(old, 1, b"1")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(postgresql_format, "UPGRADES", {1: lambda _connection: None})
        patched.setattr(postgresql_format, "FORMAT", 2)
        new = PostgresqlStore(Address(url, "agency"), LONG)
        new.check()
        new.close()
    with pytest.raises(Fenced):
        put(old, 1, b"2", before=1)
    with pytest.raises(StoreMismatch, match="format 2"):
        old.take_over(0)
    request.getfixturevalue("newer")
    assert old.snapshot(0).epoch == 2
    old.close()


def test_failed_upgrade_changes_nothing(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An upgrade happens whole or not at all."""
    first = PostgresqlStore(Address(url, "agency"), LONG)
    first.take_over(0)
    first.close()

    def breaks(connection: psycopg.Connection[object]) -> None:
        connection.execute("CREATE TABLE half (x int)")
        raise ZeroDivisionError

    with monkeypatch.context() as patched:
        patched.setattr(postgresql_format, "UPGRADES", {1: breaks})
        patched.setattr(postgresql_format, "FORMAT", 2)
        with pytest.raises(ZeroDivisionError):
            PostgresqlStore(Address(url, "agency"), LONG).check()
    again = PostgresqlStore(Address(url, "agency"), LONG)
    assert again.snapshot(0).epoch == 1
    with pytest.raises(psycopg.errors.UndefinedTable):
        sql(url, "SELECT x FROM agency.half")
    again.close()


# Words -----------------------------------------------------------------------------------------------------------


def refusal_at(address: str) -> str:
    with pytest.raises(StoreRefused) as refused:
        PostgresqlStore(Address(address, "agency"), LONG).check()
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_a_database_that_is_not_there(postgresql_server: Server) -> None:
    """Its name, and how to make it."""
    words = refusal_at(postgresql_server.of("nowhere"))
    assert 'database "nowhere" does not exist' in words
    assert "createdb" in words


def test_a_user_that_is_not_there(postgresql_server: Server) -> None:
    """Whom the server does not know."""
    words = refusal_at(postgresql_server.url.replace("yidi@", "nobody_at_all@"))
    assert 'role "nobody_at_all" does not exist' in words


def test_a_user_without_rights(postgresql_server: Server, url: str) -> None:
    """Which right is missing, and how to grant it."""
    sql(url, "CREATE ROLE humble LOGIN")
    words = refusal_at(url.replace("yidi@", "humble@"))
    sql(url, "DROP ROLE humble")
    assert "permission denied for database" in words
    assert "GRANT CREATE ON DATABASE" in words
    assert postgresql_server.port


def test_a_wrong_password(postgresql_server: Server, url: str) -> None:
    """What is wrong and where a password belongs; never the password itself."""
    rules = postgresql_server.folder / "data" / "pg_hba.conf"
    trusting = rules.read_text()
    rules.write_text("host all guarded 127.0.0.1/32 scram-sha-256\n" + trusting)
    sql(url, "CREATE ROLE guarded LOGIN PASSWORD 'right'")
    sql(url, "SELECT pg_reload_conf()")
    try:
        words = refusal_at(url.replace("yidi@", "guarded:wr0ng@"))
    finally:
        rules.write_text(trusting)
        sql(url, "SELECT pg_reload_conf()")
        sql(url, "DROP ROLE guarded")
    assert "password authentication failed" in words
    assert "PGPASSWORD" in words
    assert "wr0ng" not in words


def test_a_server_that_is_not_there() -> None:
    """Nobody has to mend the address: the service waits for it, as it waits for Kafka."""
    with pytest.raises(StoreError, match="refused") as error:
        PostgresqlStore(Address("postgresql://yidi@127.0.0.1:1/x", "agency"), LONG).check()
    assert not isinstance(error.value, StoreRefused)
    assert "\n" not in str(error.value)


def test_a_server_that_is_too_old(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which version is there, and which one is needed."""
    monkeypatch.setattr(postgresql_connection, "SERVER_MIN", 990_000)
    assert "version 99 or newer is needed" in refusal_at(url)


def test_a_database_of_another_encoding(postgresql_server: Server, url: str) -> None:
    """Chinese text would not fit; the words say how to make one for it."""
    sql(url, "CREATE DATABASE latin TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C'")
    words = refusal_at(postgresql_server.of("latin"))
    sql(url, "DROP DATABASE latin")
    assert "encoded in SQL_ASCII" in words
    assert "--encoding UTF8" in words


def test_an_address_that_is_none() -> None:
    """Refused before anything is asked."""
    with pytest.raises(StoreRefused, match="not understood"):
        Address("postgresql://[::1/x", "agency")
    with pytest.raises(StoreRefused, match="not understood"):
        Address("postgresql://host:port/x", "agency")
    assert "Write postgresql://" in refusal_at("postgresql://127.0.0.1/x?sslmode=perhaps")
    with pytest.raises(StoreRefused, match="no name for a schema"):
        Address("postgresql://host/x", 'agency"; DROP')


def test_texts_show_no_password() -> None:
    """Wherever in the address it stood."""
    address = Address("postgresql://u:s3cret@h:5433/d?password=s3cret&sslmode=require", "agency")
    assert str(address) == "postgresql://u@h:5433/d"


def test_only_our_schemas_are_wiped(stores: list[PostgresqlStore], url: str) -> None:
    """--fresh removes what is ours, and leaves a schema of the same name that is somebody else's."""
    store, _ = stores
    store.take_over(0)
    store.wipe()
    store.wipe()
    assert store.take_over(0).epoch == 1
    sql(url, "CREATE SCHEMA hospital; CREATE TABLE hospital.beds (x int)")
    with pytest.raises(StoreRefused, match="not one of ours"):
        PostgresqlStore(Address(url, "hospital"), LONG).wipe()
    sql(url, "SELECT x FROM hospital.beds")


def test_nothing_of_a_server_is_left(postgresql_server: Server) -> None:
    """The fixture's server lies in a folder of its own."""
    assert Path(postgresql_server.folder, "data").is_dir()
