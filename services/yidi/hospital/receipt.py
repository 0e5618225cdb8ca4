"""The receipt 收费结算单 as data: lines → categories → funds → account and cash. Pure; amounts in fen.

It says who pays what, and proves on the way that it adds up: a receipt that does not is never made.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from yidi.contract import records
from yidi.domain.codes import CATEGORY_NAMES
from yidi.domain.funds import FUNDS
from yidi.domain.money import Fen


class ReceiptWrong(ValueError):
    """Messages that do not belong together, or do not add up."""


@dataclass(frozen=True, slots=True)
class Parts:
    """An amount and its four components (domain §5, identity 1)."""

    amount: Fen
    fulamt_ownpay: Fen
    overlmt: Fen
    preselfpay: Fen
    inscp_scp: Fen


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One charge. `cnt` is scaled by 10^4, `pric` by 10^6 yuan; `name` as the hospital has it, else the item's code."""

    feedetl_sn: str
    name: str
    category: str
    grade: str
    cnt: int
    pric: int
    parts: Parts


@dataclass(frozen=True, slots=True)
class ReceiptCategory:
    """One of the 14 fee categories."""

    code: str
    zh: str
    en: str
    item_cnt: int
    parts: Parts


@dataclass(frozen=True, slots=True)
class ReceiptFund:
    """What one fund pays; only funds that pay."""

    field: str
    zh: str
    en: str
    amount: Fen


@dataclass(frozen=True, slots=True)
class Receipt:
    """Everything that stands on a receipt. `request` and `result` are the messages that it was made of.

    `psn_name` is "" when the encounter was not at hand. `lines` is empty while a stay's details are on their way, and
    for a query or reversal. `amounts` is None unless the outcome is done or reversed.
    """

    request: records.SettlementRequest
    result: records.SettlementResult
    psn_name: str
    lines: tuple[ReceiptLine, ...]
    categories: tuple[ReceiptCategory, ...]
    funds: tuple[ReceiptFund, ...]
    amounts: records.SettlementAmounts | None


def receipt_of(
    request: records.SettlementRequest,
    result: records.SettlementResult,
    details: records.ChargeDetails | None = None,
    encounter: records.EncounterCharges | None = None,
) -> Receipt:
    """The receipt of an answered request; a stay's lines come from its `details`, names from the `encounter`.

    ReceiptWrong when the messages are not of one settlement, or break an identity of domain §5.
    """
    _check_together(request, result, details)
    lines = request["lines"] if request["lines"] is not None else details["lines"] if details is not None else []
    amounts = result["amounts"]
    receipt = Receipt(
        request=request,
        result=result,
        psn_name=encounter["psn_name"] if encounter is not None else "",
        lines=_lines(lines, encounter),
        categories=tuple(_category(total) for total in request["categories"]),
        funds=_funds(amounts) if amounts is not None else (),
        amounts=amounts,
    )
    _check_sums(receipt)
    return receipt


def _check_together(
    request: records.SettlementRequest, result: records.SettlementResult, details: records.ChargeDetails | None
) -> None:
    if (request["msgid"], request["setl_id"]) != (result["msgid"], result["setl_id"]):
        raise ReceiptWrong(f"result {result['result_id']} does not answer request {request['msgid']}")
    if details is not None and (details["request_msgid"], details["setl_id"]) != (request["msgid"], request["setl_id"]):
        raise ReceiptWrong(f"details {details['msgid']} are not those of request {request['msgid']}")


def _lines(lines: Sequence[records.FeeLine], encounter: records.EncounterCharges | None) -> tuple[ReceiptLine, ...]:
    charged = encounter["lines"] if encounter is not None else []
    names = {line["feedetl_sn"]: line["medins_list_name"] for line in charged}
    return tuple(_line(line, names.get(line["feedetl_sn"]) or line["med_list_codg"]) for line in lines)


def _line(line: records.FeeLine, name: str) -> ReceiptLine:
    parts = Parts(
        line["det_item_fee_sumamt"],
        line["fulamt_ownpay_amt"],
        line["overlmt_amt"],
        line["preselfpay_amt"],
        line["inscp_scp_amt"],
    )
    category, grade = line["med_chrgitm_type"], line["chrgitm_lv"]
    return ReceiptLine(line["feedetl_sn"], name, category, grade, line["cnt"], line["pric"], parts)


def _category(total: records.FeeCategoryTotal) -> ReceiptCategory:
    parts = Parts(
        total["item_sumamt"],
        total["fulamt_ownpay_amt"],
        total["overlmt_selfpay"],
        total["preselfpay_amt"],
        total["inscp_scp_amt"],
    )
    zh, en = CATEGORY_NAMES[total["med_chrgitm_type"]]
    return ReceiptCategory(total["med_chrgitm_type"], zh, en, total["item_cnt"], parts)


def _funds(amounts: records.SettlementAmounts) -> tuple[ReceiptFund, ...]:
    paid = {field: amounts[field] for field in FUNDS}  # type: ignore[literal-required] # FUNDS names its fields
    return tuple(ReceiptFund(field, *FUNDS[field], amount) for field, amount in paid.items() if amount)


def _check_sums(receipt: Receipt) -> None:
    """Identities 2, 3, 4 and 6 of domain §5; lines against categories where both are there."""
    amounts = receipt.amounts
    if amounts is not None:
        _same("medfee_sumamt", amounts["medfee_sumamt"], _payers(amounts))
        _same("psn_part_amt", amounts["psn_part_amt"], amounts["acct_pay"] + amounts["psn_cash_pay"])
        _same("fund_pay_sumamt", amounts["fund_pay_sumamt"], sum(fund.amount for fund in receipt.funds))
    if receipt.categories:
        total = _sum([category.parts for category in receipt.categories])
        _same("categories", total.amount, receipt.request["medfee_sumamt"])
        if receipt.lines and _sum([line.parts for line in receipt.lines]) != total:
            raise ReceiptWrong("lines and categories differ")
        if amounts is not None:
            _same("medfee_sumamt", amounts["medfee_sumamt"], total.amount)


def _payers(amounts: records.SettlementAmounts) -> Fen:
    return amounts["fund_pay_sumamt"] + amounts["hosp_part_amt"] + amounts["psn_part_amt"]


def _sum(parts: Sequence[Parts]) -> Parts:
    return Parts(
        sum(part.amount for part in parts),
        sum(part.fulamt_ownpay for part in parts),
        sum(part.overlmt for part in parts),
        sum(part.preselfpay for part in parts),
        sum(part.inscp_scp for part in parts),
    )


def _same(what: str, said: Fen, found: Fen) -> None:
    if said != found:
        raise ReceiptWrong(f"{what} is {said} fen, its parts are {found}")
