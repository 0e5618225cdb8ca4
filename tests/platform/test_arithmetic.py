"""Sums of requests and results: every identity holds or is refused, by name."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.platform.samples import amounts, category, negated, request
from yidi.domain.faults import Refusal
from yidi.platform.arithmetic import AMOUNTS, check_balance, check_request, check_settled, check_twin


def request_code(**changes: Any):
    with pytest.raises(Refusal) as caught:
        check_request(request(**changes))
    return caught.value.fault.code


def invalid(check: Callable[..., None], *arguments: Any):
    with pytest.raises(Refusal) as caught:
        check(*arguments)
    assert caught.value.fault.code == "RESULT_INVALID"
    return caught.value.detail


def test_a_request_whose_sums_hold_passes():
    """Also the empty one, of nothing."""
    check_request(request())
    check_request(request(medfee_sumamt=0, categories=[]))


def test_a_request_whose_sums_do_not_hold_is_refused():
    """Categories against the total, and each category against its four parts."""
    assert request_code(medfee_sumamt=8001) == "TOTALS_DISAGREE"
    assert request_code(categories=[category(amount=8000, preselfpay_amt=1)]) == "TOTALS_DISAGREE"


def test_a_request_with_impossible_categories_or_totals_is_refused():
    """Codes outside the closed set, out of order or twice, negative sums, amounts beyond all measure."""
    assert request_code(categories=[category("15", 8000)]) == "CATEGORY_UNKNOWN"
    assert request_code(categories=[category("09", 4000), category("02", 4000)]) == "FIELD_INVALID"
    assert request_code(categories=[category("09", 4000), category("09", 4000)]) == "FIELD_INVALID"
    assert request_code(categories=[category("02", -1), category("09", 8001)]) == "TOTAL_NEGATIVE"
    assert request_code(medfee_sumamt=10**14) == "AMOUNT_OUT_OF_RANGE"
    assert request_code(medfee_sumamt=-1) == "AMOUNT_OUT_OF_RANGE"


@settings(max_examples=100)
@given(st.sampled_from([name for name in AMOUNTS if name != "act_pay_dedc"]), st.integers(-100, 100).filter(bool))
def test_no_single_amount_of_a_result_can_be_off(name: str, off: int):
    """Every amount is tied to the others: a change of any one of them, by one fen or a hundred, is found."""
    row = amounts(8000, 6000)
    invalid(check_settled, {**row, name: row[name] + off}, 8000)


@settings(max_examples=100)
@given(st.integers(0, 10**9), st.data())
def test_a_result_that_adds_up_passes(total: Any, data: st.DataObject):
    """Any split of a total over scope, funds, account and cash that keeps the identities is taken."""
    pool = data.draw(st.integers(0, total))
    rest = data.draw(st.integers(0, total - pool))
    account = data.draw(st.integers(0, total - pool - rest))
    rows = [("310100", pool), ("330101", rest), ("310201", account)]
    row = amounts(
        total,
        pool,
        hifob_pay=rest,
        fund_pay_sumamt=pool + rest,
        psn_part_amt=total - pool - rest,
        acct_pay=account,
        psn_cash_pay=total - pool - rest - account,
        setldetail=[{"fund_pay_type": fund, "fund_payamt": amount} for fund, amount in rows],
    )
    check_settled(row, total)
    check_twin(negated(row), row)


def test_a_result_of_another_total_than_asked_is_refused():
    """The insured place cannot change what the treatment costs."""
    assert "medfee_sumamt is 8000 fen, asked 7999" in invalid(check_settled, amounts(8000), 7999)


def test_a_negative_fund_and_a_deductible_above_the_scope_are_refused():
    """Identity 8: nothing is negative on a settlement, and the deductible eats at most the scope."""
    row = amounts(8000, -100, setldetail=[{"fund_pay_type": "310100", "fund_payamt": -100}])
    assert "hifp_pay" in invalid(check_settled, row, 8000)
    assert "act_pay_dedc" in invalid(check_settled, amounts(8000, act_pay_dedc=8001), 8000)


def test_rows_of_a_fund_must_be_that_fund():
    """Identity 5, fund by fund: the right sum under another fund's code is refused; sub-codes are the fund's."""
    other = [{"fund_pay_type": "330100", "fund_payamt": 6000}]
    assert "hif" in invalid(check_settled, amounts(setldetail=other), 8000)
    sub_code = [{"fund_pay_type": "310199", "fund_payamt": 6000}]
    check_settled(amounts(setldetail=sub_code), 8000)


def test_a_twin_is_the_exact_negative_of_what_was_done_and_nothing_else():
    """One fen off, a half reversal, and an effect out of nothing are refused; no effect has an empty twin."""
    done = amounts()
    check_twin(negated(done), done)
    check_twin(amounts(0, 0), None)
    invalid(check_twin, negated(amounts(8000, 5999)), done)
    invalid(check_twin, amounts(0, 0), done)
    invalid(check_twin, negated(done), None)


def test_the_balance_moves_by_what_the_account_paid():
    """And back by the same on a reversal; no account, no balance to check."""
    check_balance({"balc_before": 1000, "balc": 700}, 300)
    check_balance({"balc_before": 700, "balc": 1000}, -300)
    check_balance({"balc_before": None, "balc": None}, 300)
    assert "balc is 701" in invalid(check_balance, {"balc_before": 1000, "balc": 701}, 300)
