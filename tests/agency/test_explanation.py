"""A trace of rule ids and figures becomes sentences in both languages, on demand."""

import re
from pathlib import Path
from string import Formatter

import pytest

from yidi.agency import explanation
from yidi.agency.benefits import calculate
from yidi.agency.explanation import Language, explain, fund_name, proc_info, sentence, shown_figure
from yidi.agency.explanation_words import FUNDS, RULES

from .benefits_makers import FLAT_70, a_resident, a_stay, an_employee, an_employee_policy

SOURCES = Path(explanation.__file__).parent


@pytest.mark.parametrize("rule", RULES)
def test_both_languages_tell_the_same_figures(rule: str):
    """No figure is lost in one of the languages."""
    chinese, english = ({name for _, name, _, _ in Formatter().parse(words) if name} for words in RULES[rule])
    assert chinese == english


def test_every_rule_id_in_the_code_has_words():
    """An id that the calculation can emit stands in the table."""
    code = "".join(path.read_text("utf-8") for path in SOURCES.glob("*.py") if "words" not in path.name)
    families = "part|reason|person|cut|deductible|chronic|pool|cap|large|cancel|account"
    emitted = set(re.findall(rf'"((?:{families})\.[a-z_]+)"', code))
    assert len(emitted) > 20
    assert emitted <= set(RULES)


def test_a_stay_in_words():
    """Deductible, segment and fund appear with their figures, in yuan and percent."""
    policy = an_employee_policy(inpatient={"deductible": {"amounts": 100}, "segments": FLAT_70})
    settlement = calculate(policy, a_stay(1000_00), an_employee(), {})
    assert explain(settlement.steps, "en") == [
        "Deductible due 100.00, charged on this bill 100.00",
        "From 100.00 to 1000.00: 70%",
        "The basic pool pays 630.00",
    ]
    assert explain(settlement.steps, "zh")[-1] == "基本医疗统筹基金支付630.00元"


def test_each_funds_row_tells_its_own_part_only():
    """`setl_proc_info` of the account does not repeat the pool, and the other way round."""
    policy = an_employee_policy()
    settlement = calculate(policy, a_stay(1000_00, acct_used_flag=True), an_employee(balance=5_00), {})
    pool, account = (proc_info(row.fund_pay_type, settlement.steps, "en") for row in settlement.setldetail)
    assert pool == "From 0.00 to 1000.00: 70%; The basic pool pays 700.00"
    assert account == "The account may pay 300.00, holds 5.00, pays 5.00"


@pytest.mark.parametrize(
    ("name", "figure", "words"),
    [
        ("pay_fen", 12345, "123.45"),
        ("from_e4", 1_234_500, "1.2345"),
        ("to_e4", 3_000_000, "3.00"),
        ("ratio_e8", 91_500_000, "91.5%"),
        ("ratio_e8", 100_000_000, "100%"),
        ("points_bp", 505, "5.05"),
        ("percent_bp", 505, "5.05%"),
        ("days", 12, "12"),
    ],
)
def test_a_figures_unit_is_its_names_ending(name: str, figure: int, words: str):
    """Fen, ten-thousandths of a fen, percents and counts read as people write them, exactly."""
    assert shown_figure(name, figure) == words


def test_an_unknown_rule_is_shown_as_it_is():
    """A trace stored by a later version is not an error."""
    assert sentence("pool.later", {"pay_fen": 1}, "zh") == "pool.later {'pay_fen': '0.01'}"


def test_sub_codes_belong_to_their_fund():
    """Real answers use sub-codes: the first four digits decide."""
    assert fund_name("330101", "en") == FUNDS["330100"][1]
    assert fund_name("999996", "en") == "999996"


def test_residents_pool_has_its_own_fund_code():
    """390100 for residents, with the same words as the employees' pool."""
    settlement = calculate(an_employee_policy(insutype="390"), a_stay(100_00), a_resident(), {})
    [row] = settlement.setldetail
    assert row.fund_pay_type == "390100"
    assert proc_info("390100", settlement.steps, "en") == "From 0.00 to 100.00: 70%; The basic pool pays 70.00"


@pytest.mark.parametrize("language", ["zh", "en"])
def test_others_rules_are_shown_as_they_are(language: Language):
    """A foreign agency may use our ids with figures of its own, or ids of its own: shown, never an error."""
    assert sentence("pool.paid", {"amount_fen": 630_00}, language) == "pool.paid {'amount_fen': '630.00'}"
    assert sentence("their.rule", {"share_bp": 7000}, language) == "their.rule {'share_bp': '70%'}"
