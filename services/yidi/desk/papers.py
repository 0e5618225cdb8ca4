"""The manual claim 手工报销 of one case: papers, deadline, doubts (domain §7). Pure."""

from calendar import monthrange
from datetime import date
from typing import Any, Final

from yidi.domain.codes import STAYS, MedType
from yidi.domain.instants import business_date
from yidi.domain.money import yuan_of_fen

MONTHS: Final = 3
"""As a rule; counted here from the day of discharge, or of the visit."""
_STAYS: Final = frozenset(str(code) for code in STAYS)
ALWAYS: Final = (
    ("有效身份证件或医保电子凭证", "identity card or e-certificate"),
    ("医疗费用票据原件", "receipts, originals"),
    ("费用明细清单", "itemised list of charges"),
    ("参保人本人银行账户", "bank account of the insured person"),
)
STAY: Final = (("出院小结或诊断证明", "discharge record or diagnosis"),)
VISIT: Final = (("处方或诊断证明", "prescription or diagnosis"),)
ACCOUNT: Final = (("使用个人账户的书面说明", "written word beforehand that the personal account is to pay"),)
TRAUMA: Final = (("外伤无第三方责任承诺书", "signed letter that no third party is liable for the trauma"),)
TRAUMA_TYPES: Final = frozenset({MedType.TRAUMA_OUTPATIENT.value, MedType.TRAUMA_INPATIENT.value})


def treated_until(row: Any) -> date | None:  # noqa: ANN401 — a row of CASES, or a double
    """The day from which the deadline counts: discharge, or the day of a visit [d].

    Receipts and the discharge record exist from then on, and a long stay must not outlive its own deadline. None for a
    stay that goes on, or where the record does not say, or says nonsense.
    """
    return day_of(row.endtime) if row.endtime or row.med_type in _STAYS else day_of(row.begntime)


def day_of(instant_ms: int | None) -> date | None:
    """The business date; None for nothing, or for a number that is no instant: a failed record may hold any."""
    try:
        return None if instant_ms is None else business_date(instant_ms)
    except (ValueError, OverflowError):
        return None


def deadline(treated: date) -> date:
    """Three months later, the last day of a shorter month at most."""
    months = treated.year * 12 + treated.month - 1 + MONTHS
    year, month = divmod(months, 12)
    return date(year, month + 1, min(treated.day, monthrange(year, month + 1)[1]))


def claim_of(row: Any, today: date, *, account: bool) -> dict[str, Any]:  # noqa: ANN401 — a row of CASES, or a double
    """What the person has to bring, until when, and what is doubtful."""
    treated = treated_until(row)
    last = None if treated is None else deadline(treated)
    papers = [*ALWAYS, *(STAY if row.med_type in _STAYS else VISIT)]
    papers += TRAUMA if row.med_type in TRAUMA_TYPES else ()
    papers += ACCOUNT if account else ()
    return {
        "papers": [{"zh": zh, "en": en} for zh, en in papers],
        "treated": None if treated is None else treated.isoformat(),
        "deadline": None if last is None else last.isoformat(),
        "days_left": None if last is None else (last - today).days,
        "payable_doubts": _doubts(row, today, last),
        "amount_paid": None if row.medfee_sumamt is None else yuan_of_fen(row.medfee_sumamt),
    }


def _doubts(row: Any, today: date, last: date | None) -> list[dict[str, str]]:  # noqa: ANN401 — as above
    doubts = []
    if last is None and row.med_type in _STAYS and row.begntime is not None:
        doubts.append({"zh": "尚未出院：补办后可直接结算", "en": "not discharged: mended before, it settles directly"})
    elif last is None:
        doubts.append({"zh": "报文未写明就诊时间，期限未知", "en": "the record says no date: no deadline is known"})
    elif last < today:
        doubts.append({"zh": f"期限 {last} 已过", "en": f"the deadline {last} is over"})
    if row.code in ("INSTITUTION_UNKNOWN", "INSTITUTION_NOT_CONNECTED"):
        doubts.append({"zh": "非定点机构不予支付", "en": "nothing is payable if the institution is not designated"})
    if row.code in ("THIRD_PARTY_LIABLE", "LOCAL_SETTLEMENT", "RURAL_COOPERATIVE"):
        doubts.append({"zh": "应由他方支付，见错误码说明", "en": "somebody else pays: see the fault's page"})
    return doubts
