"""--store and --instances: what is refused before anything is started, and where passwords may stand."""

import os
from pathlib import Path

import pytest
import typer

from tests.cli.commands import run
from yidi.chain.settings import SERVICES
from yidi.cli.stores import VARIABLE, shared_store

URL = "postgresql://yidi@db:5432/chain"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (VARIABLE, "PGPASSWORD"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--instances", "agency=3"], "need a store that they share"),
        (["--store", URL, "--instances", "agncy=3"], "no such service here: agncy"),
        (["--store", URL, "--instances", "agency"], "write SERVICE=NUMBER"),
        (["--store", "agency.sqlite"], "no postgresql:// URL"),
        (["--store", "postgresql://yidi:s3cret@db/chain"], "does not belong on a command line"),
    ],
)
@pytest.mark.parametrize("command", ["up", "chaos"])
def test_nonsense_is_refused_in_words(command: str, options: list[str], words: str) -> None:
    """Exit code 2, what is wrong, and never a password."""
    told = run(command, *options)
    assert told.code == 2
    assert words in " ".join(told.err.split())
    assert "s3cret" not in told.err


def test_a_database_that_is_not_there_ends_the_start(tmp_path: Path) -> None:
    """Exit code 3 and one line, before a broker is started; nothing is left behind."""
    told = run("up", "--store", "postgresql://yidi@127.0.0.1:1/chain", data_dir=tmp_path / "chain")
    assert told.code == 3
    assert "Connection refused" in " ".join(told.err.split())
    assert not (tmp_path / "chain" / "kafka").exists()


def test_a_password_of_the_environment_is_handed_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """YIDI_STORE may hold a password: child processes get it as libpq's own variable, and the name without it."""
    monkeypatch.setenv(VARIABLE, "postgresql://yidi:s3cret@db:5432/chain")
    assert shared_store(None, ["agency=2"], SERVICES) == (URL, {"agency": 2})
    assert os.environ["PGPASSWORD"] == "s3cret"


def test_one_instance_needs_no_database() -> None:
    """Saying what is so anyway is no error."""
    assert shared_store(None, ["agency=1"], SERVICES) == (None, {"agency": 1})
    with pytest.raises(typer.BadParameter):
        shared_store(None, ["agency=2"], SERVICES)
