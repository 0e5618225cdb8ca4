"""What services say of a fault, and what the messages of a settlement say, in Chinese."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import yidi
from tests.desk.test_chinese import spoken
from yidi.desk.chinese import chinese
from yidi.domain.faults import FAULTS

ENGLISH = re.compile(r"[A-Za-z']+(?: [a-z']+){2,}")


@pytest.mark.parametrize(
    ("english", "said"),
    [
        ("filed for 110000, treated in mdtrtarea_admvs 310100", "备案地为110000，就医地为310100"),
        ("medfee_sumamt is 83.50 yuan, the lines add up to 71.00", "医疗费总额为83.50元，明细合计为71.00元"),
        ("SETTLE 9 lines, 3701.00 yuan", "结算，明细 9 条，3701.00 元"),
        ("SETTLE 1 line, 3701.00 yuan", "结算，明细 1 条，3701.00 元"),
        ("SETTLE 1 category, 1.00 yuan, 1 split line", "结算，大类 1 项，1.00 元，拆分明细 1 条"),
        ("parked: refused after 1 replay", "已搁置：重放 1 次后仍被拒"),
        ("SETTLE DONE: funds 1.00, account 0.00, cash 2.00", "结算完成：基金 1.00，账户 0.00，现金 2.00"),
        ("REFUSED NOT_FILED by the platform: 未备案", "被拒绝：NOT_FILED（国家平台）未备案"),
        ("to default: LONG_TERM, cross-province, level 3", "发往 default：异地长期，跨省，结算等级 3"),
    ],
)
def test_particulars_are_said_in_chinese(english: str, said: str):
    """Numbers and codes are carried over, words of ours are translated, at every depth."""
    assert chinese(english) == said


def test_history_of_a_case_holds_no_english_sentence():
    """A service's particulars inside a line of the desk are said in Chinese, too."""
    line = "FILING_WRONG_AREA at ELIGIBILITY: filed for 110000, treated in mdtrtarea_admvs 310100"
    assert not ENGLISH.search(chinese(line))


ON_A_DAY = (
    "nothing is open in",
    "insutype 42 is not open in",
    "med_type 42 is not open for insutype 42 in",
)
"""Their last hole is a region on a day: two figures."""
HOUSES = ("hospital", "platform", "agency", "registry", "runtime")
SOURCES = sorted(file for house in HOUSES for file in (Path(yidi.__file__).parent / house).rglob("*.py"))


def explained_with() -> Iterator[str]:
    """The particulars that services write beside a fault's code, with a figure in every hole."""
    for file in SOURCES:
        for call in ast.walk(ast.parse(file.read_text())):
            if isinstance(call, ast.Call) and len(call.args) > 1:
                code, said = call.args[:2]
                if isinstance(code, ast.Constant) and code.value in FAULTS:
                    yield from spoken(said)


@pytest.mark.parametrize("words", sorted(set(explained_with()) - {f"{rest} 42" for rest in ON_A_DAY}))
def test_every_explanation(words: str):
    """Nothing that a service explains a refusal with is left in English."""
    assert not ENGLISH.search(chinese(words))
