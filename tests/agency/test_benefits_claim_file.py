"""Claim files and `yidi calculate`: exact amounts in, settlements and words out, mistakes named."""

import json
from copy import deepcopy
from pathlib import Path

import pytest
from typer.testing import CliRunner

from yidi.agency.amount_words import AMOUNT_WORDS
from yidi.agency.claim_file import ClaimFile, ClaimFileError, claim_of, read_claim_file
from yidi.agency.settlement import AMOUNTS
from yidi.agency.worked import as_lines, as_record, work_out
from yidi.cli.calculate import app

from .benefits_makers import FLAT_70, a_policy, an_employee_policy

ROOT = Path(__file__).parents[2]
POLICY = ROOT / "services" / "yidi" / "agency" / "policies" / "worked-employee.yaml"
CLAIM = ROOT / "examples" / "claims" / "e4.yaml"

LINE = {
    "med_list_codg": "XA",
    "chrgitm_lv": "01",
    "med_chrgitm_type": "09",
    "det_item_fee_sumamt": "10.50",
    "inscp_scp_amt": "10.50",
}
GOOD = {
    "person": {"insutype": "390", "psn_type": "1501"},
    "bills": [{"med_type": "11", "level": "3", "begndate": "2026-03-01", "lines": [LINE]}],
}

MISTAKES = [
    ("person.psn_type", "99", "person: psn_type '99' is unknown"),
    ("person.balance", "1.005", "person.balance: '1.005' is no amount in yuan with at most two decimals"),
    ("bills", [], "bills: "),
    ("bills.0.level", "4", "bills[1].level: '4' is not known here"),
    ("bills.0.med_type", "21", "a stay is settled by categories"),
    ("bills.0.med_type", "14", "dise_codg is missing"),
    ("bills.0.lines", [], "the bill is empty"),
    ("bills.0.enddate", "2026-02-01", "enddate lies before begndate"),
    ("bills.0.lines.0.inscp_scp_amt", "10.505", "bills[1].lines[1].inscp_scp_amt: '10.505' is no amount"),
    ("bills.0.lines.0.inscp_scp_amt", "10.40", "det_item_fee_sumamt is not fulamt_ownpay_amt"),
    ("bills.0.lines.0.med_chrgitm_type", "15", "bills[1].lines[1].med_chrgitm_type: "),
    ("bills.0.lines.0.price", "1", "bills[1].lines[1].price: is no field that belongs here"),
    ("used", {"2026": {"admissions": "1.5"}}, "used.2026: admissions '1.5' is no number of stays"),
    ("used", {"2026": "12"}, "used.2026: is no table of accumulators"),
]


def text_of(content: object):
    return json.dumps(content)


def spoilt(path: str, value: object):
    content = deepcopy(GOOD)
    *way, last = path.split(".")
    place = content
    for key in way:
        place = place[int(key)] if isinstance(place, list) else place[key]
    place[last] = value
    return content


@pytest.mark.parametrize(("path", "value", "words"), MISTAKES)
def test_a_mistake_in_a_claim_names_the_field(path: str, value: object, words: str):
    """One spoilt field gives a ClaimFileError whose sentences name it and what to do."""
    with pytest.raises(ClaimFileError) as error:
        read_claim_file(text_of(spoilt(path, value)))
    assert any(words in problem for problem in error.value.problems), error.value.problems


def test_category_that_does_not_add_up():
    """A category whose components differ from its total is refused."""
    category = {"med_chrgitm_type": "09", "medfee_sumamt": "2.00", "inscp_scp_amt": "1.00"}
    content = spoilt("bills.0.categories", [category])
    with pytest.raises(ClaimFileError, match="medfee_sumamt is not"):
        read_claim_file(text_of(content))


def test_lines_become_categories():
    """Lines of one category are added up, refunds included; a visit ends on the day it begins."""
    refund = {**LINE, "det_item_fee_sumamt": "-0.50", "inscp_scp_amt": "-0.50"}
    claim = claim_of(read_claim_file(text_of(spoilt("bills.0.lines", [LINE, refund]))).bills[0])
    [category] = claim.categories
    assert (category.med_chrgitm_type, category.medfee_sumamt, category.inscp_scp_amt) == ("09", 1000, 1000)
    assert claim.enddate == claim.begndate
    assert claim.filing_class == "LONG_TERM"


def test_bills_are_settled_one_after_the_other():
    """The second bill meets the accumulators and the balance that the first has left, on top of what was used."""
    bill = {**GOOD["bills"][0], "acct_used_flag": True}
    content = {"person": {**GOOD["person"], "balance": "5.00"}, "bills": [bill, bill]}
    claims = ClaimFile.model_validate({**content, "used": {"2026": {"outpatient_dedc": "99.00", "admissions": "1"}}})
    plan = {"deductible": {"amounts": 100, "period": "year"}, "segments": FLAT_70}
    first, second = work_out(a_policy(outpatient=plan).policy, claims).settlements
    assert (first.act_pay_dedc, second.act_pay_dedc) == (100, 0)
    assert second.balc_before == first.balc
    assert second.after[2026]["admissions"] == 1


def test_claim_and_policy_that_do_not_belong_together():
    """Another scheme, a day outside the policy's dates, an unfiled person without a row: each is named."""
    claims = read_claim_file(text_of(GOOD))
    with pytest.raises(ClaimFileError, match=r"person\.insutype: is 390, but the policy is for 310"):
        work_out(an_employee_policy().policy, claims)
    with pytest.raises(ClaimFileError, match=r"bills\[1\].enddate: the policy is not valid on 2026-03-01"):
        work_out(a_policy(valid_to="2025-12-31").policy, claims)
    unfiled = read_claim_file(text_of(spoilt("bills.0.filing_class", "unfiled")))
    with pytest.raises(ClaimFileError, match=r"bills\[1\]: UNFILED_NOT_COVERED"):
        work_out(a_policy(outpatient={"segments": FLAT_70}).policy, unfiled)


def test_record_and_lines_tell_the_same():
    """The record carries fen and words of both languages, the lines the same figures in yuan."""
    worked = work_out(a_policy(outpatient={"segments": FLAT_70}).policy, read_claim_file(text_of(GOOD)))
    [settlement] = as_record(worked)["settlements"]
    assert settlement["hifp_pay"] == 735
    assert settlement["words"]["en"][-1] == "The basic pool pays 7.35"
    assert settlement["setldetail"][0]["setl_proc_info"].endswith("基本医疗统筹基金支付7.35元")
    assert "  hifp_pay                       7.35  basic pool" in as_lines(worked)
    assert "  hifp_pay                       7.35  基本医疗统筹基金" in as_lines(worked, "zh")


def test_every_amount_has_words():
    """No amount is shown by its national name alone."""
    assert AMOUNT_WORDS.keys() == set(AMOUNTS)


BILL = ROOT / "examples" / "encounters" / "03-chronic-diabetes.json"
WRONG_FILES = [
    (CLAIM, POLICY, "this is a claim file: give it with --claim", "this is a policy: give it with --policy"),
    (POLICY, BILL, "this is an itemised bill: `yidi submit --pre-settle`"),
    (BILL, CLAIM, "this is an itemised bill: `yidi submit --pre-settle`"),
    ("none", "nobody", "none: cannot be read: No such file", "nobody: cannot be read: No such file"),
    (POLICY, ROOT, "cannot be read: Is a directory"),
]


@pytest.mark.parametrize(("policy", "claim", "told"), [(one, other, told) for one, other, *told in WRONG_FILES])
def test_a_wrong_file_is_told_in_one_line(policy: object, claim: object, told: list[str]):
    """Each file that is another kind of file, or none, is named with what it is: one line, no list of its fields."""
    result = CliRunner().invoke(app, ["--policy", str(policy), "--claim", str(claim)])
    assert result.exit_code == 2
    lines = result.output.splitlines()
    assert len(lines) == len(told)
    assert all(words in line for words, line in zip(told, lines, strict=True)), lines


def test_a_file_of_no_kind_is_told_what_is_wanted():
    """Where nothing of a claim is there, it says what a claim has and where one lies."""
    with pytest.raises(ClaimFileError, match=r"no claim: it has neither person nor bills.*examples/claims"):
        read_claim_file("{}")


def test_a_known_name_in_a_wrong_place_is_not_suggested_again():
    """It is said to stand in the wrong place; only a name that is nearly right gets a suggestion."""
    for name, words in (
        ("level", "has another place"),
        ("med_typo", "did you mean 'med_type'?"),
        ("moon", "remove it"),
    ):
        with pytest.raises(ClaimFileError) as error:
            read_claim_file(text_of({**GOOD, name: "1"}))
        assert words in str(error.value)


def test_command_prints_figures_and_reasons():
    """Exit code 0; E4's figures for both visits, in words or as JSON."""
    runner = CliRunner()
    words = runner.invoke(app, ["--policy", str(POLICY), "--claim", str(CLAIM)])
    assert words.exit_code == 0
    assert "455.00" in words.output
    machine = runner.invoke(app, ["--policy", str(POLICY), "--claim", str(CLAIM), "--json"])
    assert [each["hifp_pay"] for each in json.loads(machine.stdout)["settlements"]] == [45500, 65000]


def test_command_prints_the_schema():
    """`--schema` needs neither policy nor claim."""
    result = CliRunner().invoke(app, ["--schema"])
    assert result.exit_code == 0
    assert json.loads(result.stdout)["title"] == "Policy"


@pytest.mark.parametrize(
    "arguments", [[], ["--policy", str(POLICY), "--claim", "missing"], ["--policy", str(CLAIM), "--claim", str(CLAIM)]]
)
def test_command_refuses_bad_input_with_exit_code_2(arguments: list[str]):
    """Missing options, a missing file, a claim in the policy's place: exit code 2 and words, no traceback."""
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "Traceback" not in result.output
