"""The shipped example bills through the command line: settled, repeated, asked about, reversed, settled anew."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess, command
from yidi.cli.submit import pre_settle_msgid
from yidi.hospital.intake import read_files
from yidi.world.examples import encounter_files

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

FILES = encounter_files()
GOOD = [path for path in FILES if not path.name.startswith("fails-")]
STAY = next(path for path in GOOD if "stay" in path.name)
CODES = {
    "fails-enrolment-in-arrears": "ENROLMENT_ABNORMAL",
    "fails-filing-wrong-area": "FILING_WRONG_AREA",
    "fails-institution-not-connected": "INSTITUTION_NOT_CONNECTED",
    "fails-item-unmatched": "ITEM_UNMATCHED",
    "fails-not-filed": "NOT_FILED",
    "fails-sum-mismatch": "SUM_MISMATCH",
}


def submitted(up: UpProcess, *arguments: str) -> tuple[int, dict[str, dict[str, Any]]]:
    """Exit code and answers by msgid of `yidi submit --json`."""
    done = command("submit", "--json", *arguments, data_dir=up.place.data_dir)
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    return done.returncode, {answer["msgid"]: answer for answer in answers}


@pytest.fixture(scope="module")
def asked(up: UpProcess) -> dict[str, Any]:
    """The answer to what would be paid for the stay, before anything is settled."""
    exit_code, answers = submitted(up, "--pre-settle", str(STAY))
    (answer,) = answers.values()
    assert (exit_code, answer["outcome"], answer["content"]["operation"]) == (0, "DONE", "PRE_SETTLE")
    return answer


@pytest.fixture(scope="module")
def first(up: UpProcess, asked: dict[str, Any]) -> tuple[int, dict[str, dict[str, Any]]]:
    """Every example, sent once."""
    assert asked
    return submitted(up, *map(str, FILES))


def test_good_bills_settle(first: tuple[int, dict[str, dict[str, Any]]]) -> None:
    """Every example that is not meant to fail is settled, and its identities hold."""
    for submission in read_files(GOOD):
        answer = first[1][submission.charges["msgid"]]
        amounts = answer["content"]["amounts"]
        assert answer["outcome"] == "DONE", submission.origin
        paid = amounts["fund_pay_sumamt"] + amounts["acct_pay"] + amounts["psn_cash_pay"] + amounts["hosp_part_amt"]
        assert paid == amounts["medfee_sumamt"] == submission.charges["medfee_sumamt"]


@pytest.mark.parametrize("path", [path for path in FILES if path not in GOOD], ids=lambda path: path.stem)
def test_bad_bills_say_why(first: tuple[int, dict[str, dict[str, Any]]], path: Path) -> None:
    """Every example that fails is refused by its code, with an error report to replay from; the exit code says 1."""
    exit_code, answers = first
    (submission,) = read_files([path])
    answer = answers[submission.charges["msgid"]]
    assert (exit_code, answer["outcome"]) == (1, "REFUSED")
    assert answer["content"]["fault"]["code"] == CODES[path.stem]
    assert answer["error_id"]


def test_sent_again_the_same_answer(up: UpProcess, first: tuple[int, dict[str, dict[str, Any]]]) -> None:
    """The same files sent again get the same answers, byte for byte as far as anybody can see."""
    exit_code, again = submitted(up, *map(str, FILES))
    assert exit_code == first[0]
    assert {msgid: answer["content"] for msgid, answer in again.items()} == {
        msgid: answer["content"] for msgid, answer in first[1].items()
    }


async def test_one_journal_entry_each(talk: Talk, first: tuple[int, dict[str, dict[str, Any]]]) -> None:
    """Whatever was sent twice is in the journal once, and what was refused not at all."""
    assert await talk.entries(*first[1]) == {
        msgid: ["SETTLEMENT"] if answer["outcome"] == "DONE" else [] for msgid, answer in first[1].items()
    }


async def test_pre_settle_changes_nothing(
    talk: Talk, asked: dict[str, Any], first: tuple[int, dict[str, dict[str, Any]]]
) -> None:
    """A question of what would be paid is answered to the fen as settled afterwards, and journals nothing."""
    (submission,) = read_files([STAY])
    msgid = submission.charges["msgid"]
    settled = first[1][msgid]["content"]
    same = ("amounts", "accumulators_before", "accumulators_after", "balc_before", "balc", "policy_digest")
    assert [asked["content"][name] for name in same] == [settled[name] for name in same]
    assert asked["msgid"] == pre_settle_msgid(msgid)
    assert await talk.entries(msgid, asked["msgid"]) == {msgid: ["SETTLEMENT"], asked["msgid"]: []}


def test_queried_reversed_settled_anew(up: UpProcess, tmp_path: Path, first: tuple[int, dict[str, Any]]) -> None:
    """Settled, reversed once and not twice, asked about in each state, and settled anew under another msgid."""
    (submission,) = read_files([STAY])
    msgid = submission.charges["msgid"]
    assert first[1][msgid]["outcome"] == "DONE"

    def said(*arguments: str) -> tuple[int, str]:
        done = command(*arguments, "--json", data_dir=up.place.data_dir)
        answer = json.loads(done.stdout)
        fault = answer["content"]["fault"]
        return done.returncode, fault["code"] if fault else answer["outcome"]

    (refused,) = read_files([path for path in FILES if path.stem == "fails-not-filed"])
    assert said("query", refused.charges["msgid"]) == (1, "NOT_FILED")
    assert said("query", msgid) == (0, "DONE")
    assert said("reverse", msgid) == (0, "REVERSED")
    assert said("query", msgid) == (0, "REVERSED")
    assert said("reverse", msgid) == (1, "ALREADY_REVERSED")
    bill = json.loads(STAY.read_text(encoding="utf-8"))
    anew = tmp_path / "anew.json"
    anew.write_text(json.dumps({**bill, "msgid": f"{msgid[:-4]}9999"}), encoding="utf-8")
    exit_code, answers = submitted(up, str(anew))
    (answer,) = answers.values()
    assert (exit_code, answer["content"]["amounts"]) == (0, first[1][msgid]["content"]["amounts"])
