"""What `yidi errors` says: of a query that finds nothing, of a case that is done with, of failures for programs."""

import json
from pathlib import Path

from tests.cli.commands import run
from yidi.cli import errors_tables
from yidi.cli.errors_tables import nothing_matches


def test_a_code_that_is_none_is_told() -> None:
    """A filter that finds nothing says so, and which of its words names nothing at all."""
    said = nothing_matches("code:NOT_FILD", 3)
    assert "there are 3" in said
    assert "did you mean NOT_FILED?" in said
    assert "There is no fault code" not in nothing_matches("code:NOT_FILED region:33", 3)


def test_what_proves_a_settlement_is_named() -> None:
    """A settled case names the commands that show its amounts and prove who did it."""
    said = errors_tables.settled_words({"msgid": "M1", "error_id": "e" * 32})
    assert said == "yidi explain M1 · yidi errors actions eeeeeeee · yidi errors verify"


def test_no_id_at_all_is_bad_input(tmp_path: Path) -> None:
    """An empty id is refused in words, and is not the list of all."""
    done = run("errors", "show", "", data_dir=tmp_path)
    assert (done.code, "is no id of an error" in done.err) == (2, True)


def test_a_failure_is_json_for_programs(tmp_path: Path) -> None:
    """With --json a failure is one JSON object on standard error, with the exit code that the command has."""
    done = run("errors", "show", "2196faf6", "--json", data_dir=tmp_path)
    told = json.loads(done.err)
    assert (done.code, told["exit_code"], done.out) == (3, 3, "")
    assert "No error desk" in told["error"]
