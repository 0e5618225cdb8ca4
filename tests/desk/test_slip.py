"""The slip that the person takes home, in every state of a case."""

import pytest
from sqlalchemy import update

from tests.desk.bench import ANNA, Bench, bill, report
from yidi.desk import claiming
from yidi.desk.refusals import BadRequest
from yidi.desk.slip import slip
from yidi.desk.tables import CASES

OPERATORS_WORDS = ("replay", "重放", "补记账后重放", "operator", "运维")


def text(bench: Bench, lang: str = "both", **changes: object) -> str:
    """The slip of a failed bill whose case has been brought into this shape."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    with bench.desk.store.write() as connection:
        if changes:
            connection.execute(update(CASES).where(CASES.c.error_id == error_id).values(**changes))
        return slip(bench.desk, connection, error_id, lang)


def test_open_case_says_what_the_person_can_do(bench: Bench) -> None:
    """Why, what the person themselves does, whom to ask, what to keep; no word of the operators'."""
    said = text(bench)
    assert "未成功告知单" in said
    assert "补办异地就医备案" in said
    assert "请保留票据" in said
    assert not [word for word in OPERATORS_WORDS if word in said.lower()]


def test_settled_case_says_so(bench: Bench) -> None:
    """Nobody is told that it failed, or to keep bills for a claim that would be paid twice."""
    said = text(bench, state="settled")
    assert "已结算告知单" in said
    assert "未成功" not in said
    assert "请保留" not in said
    assert "不能再申请手工报销" in said


def test_claimed_case_says_what_to_bring(bench: Bench) -> None:
    """Papers, the bank account's line, the deadline."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    claiming.claim(bench.desk, ANNA, error_id, "paid already")
    with bench.desk.store.read() as connection:
        said = slip(bench.desk, connection, error_id)
    for words in ("转手工报销告知单", "医疗费用票据原件", "本人银行账户", "截止 20", "bring: "):
        assert words in said


def test_discarded_case_is_no_longer_pursued(bench: Bench) -> None:
    """And says where to ask if a bill is open all the same."""
    said = text(bench, state="discarded")
    assert "不再办理" in said
    assert "手工报销截止" not in said


def test_case_under_way_asks_not_to_pay_twice(bench: Bench) -> None:
    """While it is settled again nothing is known."""
    assert "请勿重复缴费" in text(bench, state="replaying")


def test_deadline_that_is_over_is_said(bench: Bench) -> None:
    """Nobody is sent to claim until a day that has passed."""
    long_ago = 1_500_000_000_000
    said = text(bench, begntime=long_ago, endtime=long_ago)
    assert "已过" in said
    assert "is over" in said


@pytest.mark.parametrize(("lang", "there", "absent"), [("zh", "告知单", "settlement"), ("en", "settlement", "告知单")])
def test_one_language_alone(bench: Bench, lang: str, there: str, absent: str) -> None:
    """As chosen."""
    said = text(bench, lang)
    assert there in said
    assert absent not in said


def test_other_languages_are_refused(bench: Bench) -> None:
    """With those there are."""
    with pytest.raises(BadRequest, match="There is no slip in 'fr'"):
        text(bench, "fr")
