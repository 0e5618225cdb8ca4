"""What `yidi errors` says: of a query that finds nothing, of a case that is done with, of failures for programs."""

import json
from pathlib import Path

from tests.cli.commands import run
from yidi.cli import errors_tables
from yidi.cli.errors_tables import no_codes, nothing_matches


def test_a_code_that_is_none_is_told() -> None:
    """A filter that finds nothing says so; a fault code that does not exist is told with the one it may be."""
    assert "there are 3" in nothing_matches("code:NOT_FILED", 3)
    assert no_codes("code:NOT_FILD region:33") == ["There is no fault code NOT_FILD: did you mean NOT_FILED?"]
    assert no_codes("-code:QQQQ") == ["There is no fault code QQQQ: `yidi errors code` has all of them."]
    assert no_codes("code:NOT_FILED region:33") == []


def test_a_plan_not_carried_out_says_so() -> None:
    """What a plan foretells is not taken for what happened: until something was sent there are no actual figures."""
    money = {"records": 1, "fund_pay_sumamt": 110655, "psn_cash_pay": 259445}
    made = {"plan_id": "p", "why": "", "money": {"predicted": money, "actual": money, "differing": 0}}
    ready = errors_tables.plan({**made, "state": "ready", "counts": {"planned": 1, "skipped": 2}})
    done = errors_tables.plan({**made, "state": "done", "counts": {"settled": 1}})
    assert ready.caption == "foretold 1: funds 1106.55, cash 2594.45 · not carried out yet"
    assert (
        done.caption == f"{str(ready.caption).partition(' · ')[0]} · actual 1: funds 1106.55, cash 2594.45 · 0 differ"
    )


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
