"""The shipped example bills, read as `yidi submit` reads them, against the rules of all four services."""

from datetime import date

import pytest
from stdnum.cn import ric

from tests.world.small_chain import SmallChain, furnished
from yidi.hospital.intake import read_files
from yidi.world.examples import encounter_files, example_filings, example_persons, examples

TODAY = date(2026, 11, 22)
FAILS = {
    "fails-enrolment-in-arrears": "ENROLMENT_ABNORMAL",
    "fails-filing-wrong-area": "FILING_WRONG_AREA",
    "fails-institution-not-connected": "INSTITUTION_NOT_CONNECTED",
    "fails-item-unmatched": "ITEM_UNMATCHED",
    "fails-not-filed": "NOT_FILED",
    "fails-sum-mismatch": "SUM_MISMATCH",
}


@pytest.fixture(scope="module")
def chain() -> SmallChain:
    return furnished(TODAY)


def test_good_examples_settle(chain: SmallChain) -> None:
    """Every example that does not say that it fails is settled, and some fund or the account pays."""
    good = [path for path in encounter_files() if not path.stem.startswith("fails-")]
    results = [chain.settle(submission.charges) for submission in read_files(good)]
    assert [result["fault"] for result in results] == [None] * 10
    assert all(r["amounts"]["fund_pay_sumamt"] + r["amounts"]["acct_pay"] > 0 for r in results if r["amounts"])


def test_failing_examples_fail_as_they_say(chain: SmallChain) -> None:
    """Every example that says that it fails is refused with the code of its name."""
    bad = [path for path in encounter_files() if path.stem.startswith("fails-")]
    heard = {path.stem: chain.settle(read_files([path])[0].charges)["fault"] for path in bad}
    assert {name: fault and fault["code"] for name, fault in heard.items()} == FAILS


def test_example_people_are_synthetic_and_valid() -> None:
    """Their numbers pass every check, their names say that they are made up, and each has a story."""
    people = example_persons()
    assert len({person["psn_no"] for person in people}) == len(people) == len(examples())
    assert all(ric.is_valid(person["certno"]) and person["psn_name"][1] == "拟" for person in people)
    assert all(person["certno"][2:6] == "0100" for person in people)
    assert [row["psn_no"] for row in example_filings()] == [person["psn_no"] for person in people]
    assert all(person.story for person in examples())
