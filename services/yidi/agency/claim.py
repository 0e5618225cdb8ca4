"""What the calculation knows of a bill and of the insured person: plain facts in fen, no rules.

The treatment place has split every line already (domain §6.1); nothing here is looked up again.
"""

from datetime import date
from typing import Final

from msgspec import Struct

from yidi.domain.codes import STAYS, MedType
from yidi.domain.money import Fen

INPATIENT: Final = "inpatient"
OUTPATIENT: Final = "outpatient"
CHRONIC: Final = "chronic"
PHARMACY: Final = "pharmacy"

CARES: Final = (INPATIENT, OUTPATIENT, CHRONIC, PHARMACY)
"""The four kinds of care that a policy writes rules for."""

LEVELS: Final = ("3", "2", "1", "none")
"""Settlement level 医保结算等级 of an institution (domain §4)."""

AIDED_CLASSES: Final = ("edge", "low_income", "destitute")
"""Classes of people whom medical assistance helps; everyone else is `none`."""


def _care_of(med_type: MedType) -> str:
    if med_type in STAYS:
        return INPATIENT
    return {MedType.CHRONIC: CHRONIC, MedType.PHARMACY: PHARMACY}.get(med_type, OUTPATIENT)


CARE_OF: Final[dict[str, str]] = {str(med_type): _care_of(med_type) for med_type in MedType}
"""`med_type` → kind of care; a closed set, an unknown code is refused before the calculation."""


class Category(Struct, frozen=True, gc=False):
    """One unified fee category of the bill; components add up to `medfee_sumamt`, all in fen."""

    med_chrgitm_type: str
    medfee_sumamt: Fen
    fulamt_ownpay_amt: Fen
    overlmt_selfpay: Fen
    preselfpay_amt: Fen
    inscp_scp_amt: Fen


class SplitLine(Struct, frozen=True, gc=False):
    """One split line, sent with outpatient, chronic and pharmacy bills; a refund's line is negative. In fen."""

    med_list_codg: str
    chrgitm_lv: str
    med_chrgitm_type: str
    det_item_fee_sumamt: Fen
    fulamt_ownpay_amt: Fen
    overlmt_amt: Fen
    preselfpay_amt: Fen
    inscp_scp_amt: Fen


class Claim(Struct, frozen=True):
    """A bill as the insured place sees it.

    `filing_class` is a value of `domain.codes.FilingClass`, decided by the platform's verdict; `level` one of
    `LEVELS`. `begndate` is the admission (visit) date and `enddate` the discharge (settlement) date, both dates in
    Asia/Shanghai. `referral`: the visit follows a referral; `selected`: the person chose this institution
    beforehand, or it is approved for the chronic disease; `primary`: a primary-care institution.
    """

    med_type: str
    filing_class: str
    level: str
    begndate: date
    enddate: date
    categories: tuple[Category, ...]
    lines: tuple[SplitLine, ...] = ()
    dise_codg: str = ""
    referral: bool = False
    selected: bool = False
    primary: bool = False
    acct_used_flag: bool = False


class Insured(Struct, frozen=True):
    """The facts of the insured person that decide which layers apply; `balance` of the account is in fen."""

    insutype: str
    psn_type: str
    cvlserv_flag: bool = False
    enterprise_flag: bool = False
    aided_class: str = "none"
    chronic: frozenset[str] = frozenset()
    balance: Fen = 0
