"""From a forwarded request to a settlement: enrolment, claim, policy, calculation, forced account payment."""

from typing import Final

from yidi.agency.account import Ledger, forced
from yidi.agency.benefits import calculate
from yidi.agency.claim import Category, Claim, SplitLine
from yidi.agency.enrolment import Member, enrolled, insured_of
from yidi.agency.policy_book import PolicyBook
from yidi.agency.settlement import Settlement
from yidi.contract.records import SettlementRequest, Verdict
from yidi.domain.instants import business_days, date_of_days

LEVEL_NONE: Final = "0"
PRIMARY_LEVELS: Final = frozenset({"0", "1"})
"""Settlement levels of primary care: community centres, township hospitals, clinics [d]."""


def settle(
    book: PolicyBook, request: SettlementRequest, verdict: Verdict, member: Member, ledger: Ledger
) -> Settlement:
    """Work out what the insured place pays. Refuses by the codes of enrolment, policy and calculation."""
    day = verdict["treatment_date"]
    stretch = enrolled(member, request["insuplc_admdvs"], request["insutype"], day)
    balance = member.deposited - ledger.paid
    wanted = request["acct_pay_amt"]
    insured = insured_of(stretch, member.rights, day, balance if wanted is None else min(wanted, max(0, balance)))
    claim = claim_of(request, verdict)
    policy, earlier = book.for_claim(request["insuplc_admdvs"], request["insutype"], claim)
    settlement = calculate(policy, claim, insured, ledger.years, earlier)
    return settlement if wanted is None else forced(settlement, wanted, balance)


def claim_of(request: SettlementRequest, verdict: Verdict) -> Claim:
    """The bill as the calculation wants it; the verdict says what the platform found."""
    lines = request["lines"] or ()
    return Claim(
        med_type=request["med_type"],
        filing_class=verdict["filing_class"],
        level="none" if verdict["setl_lv"] == LEVEL_NONE else verdict["setl_lv"],
        begndate=date_of_days(verdict["treatment_date"]),
        enddate=date_of_days(business_days(request["endtime"] or request["begntime"])),
        categories=tuple(
            [
                Category(
                    c["med_chrgitm_type"],
                    c["item_sumamt"],
                    c["fulamt_ownpay_amt"],
                    c["overlmt_selfpay"],
                    c["preselfpay_amt"],
                    c["inscp_scp_amt"],
                )
                for c in request["categories"]
            ]
        ),
        lines=tuple(
            [
                SplitLine(
                    line["med_list_codg"],
                    line["chrgitm_lv"],
                    line["med_chrgitm_type"],
                    line["det_item_fee_sumamt"],
                    line["fulamt_ownpay_amt"],
                    line["overlmt_amt"],
                    line["preselfpay_amt"],
                    line["inscp_scp_amt"],
                )
                for line in lines
            ]
        ),
        dise_codg=request["dise_codg"] or "",
        referral=request["refl_flag"],
        selected=verdict["selected_institution"],
        primary=verdict["setl_lv"] in PRIMARY_LEVELS and verdict["medins_kind"] != "PHARMACY",
        acct_used_flag=request["acct_used_flag"] or request["acct_pay_amt"] is not None,
    )
