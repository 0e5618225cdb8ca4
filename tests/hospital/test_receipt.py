"""The receipt: what stands on it, and that a wrong one is never made."""

from typing import cast

import pytest

from tests.hospital.ward import Ward, charges, details_of, line, request_of, result_of, stay
from yidi.contract import records
from yidi.domain.funds import FUNDS
from yidi.hospital.receipt import ReceiptWrong, receipt_of


def amounts(total: int, **paid: int) -> records.SettlementAmounts:
    """What is paid of a total; the rest is cash."""
    funds = {field: paid.get(field, 0) for field in FUNDS}
    funded, account = sum(funds.values()), paid.get("acct_pay", 0)
    base = {
        "medfee_sumamt": total,
        "fulamt_ownpay_amt": 0,
        "overlmt_selfpay": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": total,
        "act_pay_dedc": 0,
        "fund_pay_sumamt": funded,
        "hosp_part_amt": 0,
        "psn_part_amt": total - funded,
        "acct_pay": account,
        "psn_cash_pay": total - funded - account,
        "pool_prop_selfpay": 8_550,
        "setldetail": [],
    }
    return cast("records.SettlementAmounts", base | funds | paid)


BILL = charges(line("1", "DRUG-B", 452), line("2", "BED", 6_000))
REQUEST = request_of(Ward().send(BILL))
RESULT = result_of(REQUEST, amounts=amounts(6_452, hifp_pay=4_000, acct_pay=1_000), balc=12_345)


def test_receipt_leads_from_lines_to_cash() -> None:
    """Lines with names and components, categories with their words, the funds that pay, and the rest."""
    receipt = receipt_of(REQUEST, RESULT, None, BILL)
    assert [(row.name, row.parts.amount, row.parts.preselfpay) for row in receipt.lines] == [
        ("模拟项目", 452, 23),
        ("模拟项目", 6_000, 0),
    ]
    assert [(c.code, c.en, c.parts.overlmt) for c in receipt.categories] == [
        ("01", "bed", 1_000),
        ("09", "western drug", 0),
    ]
    assert [(fund.field, fund.amount) for fund in receipt.funds] == [("hifp_pay", 4_000)]
    assert receipt.psn_name == "模拟甲"


def test_lines_of_a_stay_come_with_its_details() -> None:
    """While they are on their way the receipt has categories only."""
    ward = Ward()
    request = request_of(ward.send(stay(line("1", "BED", 18_000, 3))))
    result = result_of(request, amounts=amounts(18_000))
    details = details_of(ward.answer(result))
    assert receipt_of(request, result).lines == ()
    assert [row.name for row in receipt_of(request, result, details).lines] == ["BED"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"medfee_sumamt": 6_453},
        {"psn_cash_pay": 1},
        {"fund_pay_sumamt": 4_001, "psn_part_amt": 2_451, "psn_cash_pay": 1_451},
    ],
)
def test_amounts_that_do_not_add_up_make_no_receipt(wrong: dict[str, int]) -> None:
    """Identities 2, 3 and 4 are checked before anything is printed."""
    broken = amounts(6_452, **{"hifp_pay": 4_000, "acct_pay": 1_000, **wrong})
    with pytest.raises(ReceiptWrong, match="fen, its parts are"):
        receipt_of(REQUEST, result_of(REQUEST, amounts=broken))


def test_messages_of_two_settlements_make_no_receipt() -> None:
    """A result or details of another request are refused."""
    with pytest.raises(ReceiptWrong, match="does not answer"):
        receipt_of(REQUEST, result_of(REQUEST, msgid="another"))
    ward = Ward()
    details = details_of(ward.answer(result_of(request_of(ward.send(stay(msgid="S-1"))))))
    with pytest.raises(ReceiptWrong, match="are not those"):
        receipt_of(REQUEST, RESULT, details)


def test_lines_that_differ_from_the_categories_make_no_receipt() -> None:
    """Lines and categories are compared component by component."""
    with pytest.raises(ReceiptWrong, match="lines and categories differ"):
        receipt_of({**REQUEST, "lines": (REQUEST["lines"] or [])[:1]}, RESULT)
