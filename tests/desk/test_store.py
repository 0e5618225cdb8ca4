"""The desk's store: a file of its own, or a schema beside the services' in one PostgreSQL."""

from pathlib import Path

import pytest
from sqlalchemy import inspect, select, text, update

from tests.desk.bench import Bench, bill, report
from tests.postgresql import Server
from yidi.desk import intake
from yidi.desk.refusals import Ending
from yidi.desk.settings import SCHEMA, DeskSettings
from yidi.desk.store import Store
from yidi.desk.tables import CASES
from yidi.runtime.store import StoreError

LOG = {"cluster": "one"}
LIMITS = {"lock_timeout": "10s", "idle_in_transaction_session_timeout": "1min", "search_path": SCHEMA}


def settings_of(store: str | None, folder: Path) -> DeskSettings:
    return DeskSettings(bootstrap="nowhere:1", data_dir=folder, store=store)


def test_named_as_services_name_theirs(tmp_path: Path) -> None:
    """A path is a SQLite file, a postgresql:// URL a schema of its own; without a name a file in the data directory."""
    assert settings_of("/somewhere/desk.db", tmp_path).url == "sqlite:////somewhere/desk.db"
    assert settings_of(None, tmp_path).url == f"sqlite:///{tmp_path / 'stores' / 'desk.sqlite'}"
    shared = settings_of("postgresql://yidi@db:5432/chain", tmp_path)
    assert (shared.url, shared.store_schema) == ("postgresql+psycopg://yidi@db:5432/chain", SCHEMA)
    own = shared.model_copy(update={"database": "postgresql://yidi@db:5432/own"})
    assert (own.url, own.store_schema) == ("postgresql+psycopg://yidi@db:5432/own", SCHEMA)
    other = shared.model_copy(update={"database": "mysql://yidi@db/own"})
    assert (other.url, other.store_schema) == ("mysql://yidi@db/own", None)


def test_on_postgresql(postgresql_server: Server, tmp_path: Path, bench: Bench) -> None:
    """Its tables lie in the schema `desk` only; it takes in reports, and knows its log when it comes back."""
    settings = settings_of(postgresql_server.fresh_database(), tmp_path)
    store = Store(settings.url, settings.store_schema)
    store.bind(LOG)
    bench.desk.store = store
    bench.reported(report(bill()))
    with store.read() as connection:
        assert intake.positions(connection)
        assert "cases" in inspect(connection).get_table_names(SCHEMA)
        assert inspect(connection).get_table_names("public") == []
    store.close()
    again = Store(settings.url, settings.store_schema)
    again.bind(LOG)
    with pytest.raises(StoreError, match="belongs to another log"):
        again.bind({"cluster": "two"})
    again.close()


def test_a_database_that_is_not_there_is_said_in_one_line(tmp_path: Path) -> None:
    """The address without its password, the reason, and what to do."""
    settings = settings_of("postgresql://yidi:secret@127.0.0.1:1/chain", tmp_path)
    with pytest.raises(StoreError) as refused:
        Store(settings.url, settings.store_schema)
    words = str(refused.value)
    assert "127.0.0.1:1" in words
    assert "secret" not in words
    assert "\n" not in words


def test_ended_in_the_middle(bench: Bench) -> None:
    """When the desk ends, a transaction under way goes back whole, and none begins; the store itself is as before."""
    bench.reported(report(bill()))
    before = bench.cases()

    def interrupted() -> None:
        with bench.desk.store.write() as connection:
            connection.execute(update(CASES).values(owner="anna"))
            bench.desk.end()
            connection.execute(update(CASES).values(state="taken"))

    with pytest.raises(Ending):
        interrupted()
    with pytest.raises(Ending), bench.desk.store.read() as connection:
        connection.execute(select(CASES))
    bench.reopen()
    assert bench.cases() == before


def test_frozen_writer_holds_up_nobody_for_ever(postgresql_server: Server, tmp_path: Path) -> None:
    """On PostgreSQL a write waits for another's only so long, and a desk that is frozen in one loses its lock."""
    settings = settings_of(postgresql_server.fresh_database(), tmp_path)
    store = Store(settings.url, settings.store_schema)
    with store.read() as connection:
        said = {name: connection.execute(text(f"SHOW {name}")).scalar_one() for name in LIMITS}
    store.close()

    assert said == LIMITS
