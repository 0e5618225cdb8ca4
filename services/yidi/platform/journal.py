"""The journal's entries: one for every settlement, and its negative twin if it is reversed (domain §5, identity 7)."""

from yidi.contract import records
from yidi.domain.identities import derived_id
from yidi.platform.lifecycle import Categories, Ledger, Request


def entry_of(request: Request, result: records.SettlementResult) -> records.JournalEntry:
    """What a done settlement brought about."""
    return _entry("SETTLEMENT", result, request, categories_of(_ledger(request).categories))


def twin_of(original: Request, result: records.SettlementResult) -> records.JournalEntry:
    """The record that negates the original's: a new one with its own ids; nothing is updated in place.

    Every amount of it is negated, the category's count of lines too, so that the two add up to nothing.
    """
    negated = [_negated(row) for row in categories_of(_ledger(original).categories)]
    return _entry("REVERSAL", result, original, negated)


def stored(categories: list[records.FeeCategoryTotal]) -> Categories:
    """Categories as a row keeps them."""
    return tuple(tuple(row.values()) for row in categories)  # type: ignore[misc] # decoded in the schema's order


def categories_of(rows: Categories) -> list[records.FeeCategoryTotal]:
    """Stored categories as the contract has them."""
    return [
        {
            "med_chrgitm_type": row[0],
            "item_cnt": row[1],
            "item_sumamt": row[2],
            "item_claa_amt": row[3],
            "item_clab_amt": row[4],
            "fulamt_ownpay_amt": row[5],
            "overlmt_selfpay": row[6],
            "preselfpay_amt": row[7],
            "inscp_scp_amt": row[8],
        }
        for row in rows
    ]


def _negated(row: records.FeeCategoryTotal) -> records.FeeCategoryTotal:
    return {
        "med_chrgitm_type": row["med_chrgitm_type"],
        "item_cnt": -row["item_cnt"],
        "item_sumamt": -row["item_sumamt"],
        "item_claa_amt": -row["item_claa_amt"],
        "item_clab_amt": -row["item_clab_amt"],
        "fulamt_ownpay_amt": -row["fulamt_ownpay_amt"],
        "overlmt_selfpay": -row["overlmt_selfpay"],
        "preselfpay_amt": -row["preselfpay_amt"],
        "inscp_scp_amt": -row["inscp_scp_amt"],
    }


def _ledger(request: Request) -> Ledger:
    if request.ledger is None:
        raise ValueError(f"a {request.operation} that is {request.state} has nothing for the journal")
    return request.ledger


def _entry(
    kind: records.JournalKind,
    result: records.SettlementResult,
    settled: Request,
    categories: list[records.FeeCategoryTotal],
) -> records.JournalEntry:
    """Routing fields and ledger are those of the settlement, ids and amounts those of the result."""
    amounts, subject, ledger = result["amounts"], settled.subject, _ledger(settled)
    if amounts is None:
        raise ValueError("a result without amounts is not for the journal")
    return {
        "journal_id": derived_id(result["result_id"], "journal"),
        "entry": kind,
        "result_id": result["result_id"],
        "msgid": result["msgid"],
        "setl_id": result["setl_id"],
        "refers": result["refers"],
        "attempt": result["attempt"],
        "psn_no": subject.psn_no,
        "insuplc_admdvs": subject.insuplc_admdvs,
        "mdtrtarea_admvs": subject.mdtrtarea_admvs,
        "fixmedins_code": subject.fixmedins_code,
        "insured_node": ledger.insured_node,
        "treatment_node": ledger.treatment_node,
        "setl_lv": ledger.setl_lv,
        "mdtrt_id": subject.mdtrt_id,
        "med_type": subject.med_type,
        "insutype": subject.insutype,
        "filing_class": ledger.filing_class,
        "setl_time": result["setl_time"],
        "amounts": amounts,
        "categories": categories,
    }
