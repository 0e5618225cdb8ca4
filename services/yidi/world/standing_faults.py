"""Encounters that the platform or the agency refuses: filing, openness, connection, selection, enrolment, account."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Final

from yidi.contract import records
from yidi.domain.instants import DAY_MS, business_days, days_of
from yidi.world import blemishes
from yidi.world.fault_case import FaultCase, Good, Wanted, both, filed, good, outpatient, sent, stay
from yidi.world.shipped import street

Worsen = Callable[[Good], Good]

# Places of openings.yaml that stand for one refusal each.
NEVER_OPEN: Final = "661400"
CLOSED_TO_RESIDENTS: Final = "469030"
CLOSED_TO_PHARMACIES: Final = "542500"
CHOOSES: Final = "110100"
SETTLES_UNFILED_WITHOUT_A_ROW: Final = "510100"

BEFORE_POLICIES: Final = date(2023, 11, 15)
"""The shipped policies begin in 2024, whichever day it is today."""
FAR_AHEAD_DAYS: Final = 40_000
ACCOUNT_PAYS: Final = 1000


def _settle(service: str, code: str, wanted: Wanted, worsen: Worsen, today: date) -> FaultCase:
    case = worsen(good(code, today, both(filed, wanted)))
    return FaultCase(code, service, (sent(case.encounter),), case.changes())


def _any(case: Good) -> bool:  # noqa: ARG001 — any filed case will do
    return True


def _outside(home: str) -> Wanted:
    """Treated in another node than the place that the person is moved to."""
    return lambda case: case.encounter["mdtrtarea_admvs"][:2] != home[:2]


def _insured(insutype: str) -> Wanted:
    return lambda case: case.encounter["insutype"] == insutype


def _kind(med_type: str) -> Wanted:
    return lambda case: case.encounter["med_type"] == med_type


def _busy(case: Good) -> bool:
    """Treated where there is an institution that never was connected, in one that speaks the same dialect."""
    area, code = case.encounter["mdtrtarea_admvs"], case.encounter["fixmedins_code"]
    return area in street().busy and code == f"H{area}00001"


def _unconnected(case: Good) -> Good:
    return case.with_encounter(fixmedins_code=f"H{case.encounter['mdtrtarea_admvs']}00009")


def _refiled(case: Good, **fields: object) -> Good:
    """Only the last filing is left, with some fields otherwise."""
    return case.with_filings([{**_last(case), **fields}])  # type: ignore[typeddict-item]


def _last(case: Good) -> records.Filing:
    return case.filings["filings"][-1]


def _ended(case: Good) -> Good:
    return _refiled(case, filing_type="OTHER_TEMPORARY", enddate=_last(case)["begndate"] + 1)


def _wrong_area(case: Good) -> Good:
    elsewhere = "310000" if not case.encounter["mdtrtarea_admvs"].startswith("31") else "110000"
    return _refiled(case, mdtrtarea_admvs=elsewhere)


def _unfiled(case: Good) -> Good:
    return case.with_filings([])


def _years_ago(case: Good) -> Good:
    """Before any policy began; the person was insured and filed by then, and showed the card of then."""
    bill = case.encounter
    back_ms = (business_days(bill["begntime"]) - days_of(BEFORE_POLICIES)) * DAY_MS
    lines = [{**line, "fee_ocur_time": line["fee_ocur_time"] - back_ms} for line in bill["lines"]]
    times = {"begntime": bill["begntime"] - back_ms, "inf_time": bill["inf_time"] - back_ms}
    cards = [{**card, "begndate": 0} for card in case.person["cards"]]
    early = case.with_person(cards=cards).with_enrolment(begndate=0)
    return _refiled(early, begndate=0, recorded_at=0).with_encounter(**times, lines=lines, cert_valid_until=None)


def _poor(case: Good) -> Good:
    """One fen in the account, ten yuan to be paid from it."""
    deposit = {**case.person["deposits"][0], "amt": 1}
    return case.with_person(deposits=[deposit]).with_encounter(acct_used_flag=True, acct_pay_amt=ACCOUNT_PAYS)


def _funded(case: Good) -> bool:
    return bool(case.person["deposits"]) and case.encounter["medfee_sumamt"] > 2 * ACCOUNT_PAYS


def _local(case: Good) -> Good:
    return case.living_in(case.encounter["mdtrtarea_admvs"])


def _rural(case: Good) -> Good:
    rows = [{**row, "insutype": "380"} for row in case.filings["filings"]]
    moved = case.with_enrolment(insutype="380").with_filings(rows)  # type: ignore[arg-type]
    return moved.with_encounter(insutype="380")


def _unselected(case: Good) -> Good:
    return case.living_in(CHOOSES).with_person(selections=[])


def _unqualified(case: Good) -> Good:
    return case.with_person(qualifications=[])


def _without_letter(case: Good) -> Good:
    return case.with_encounter(med_type="19", trum_flag=True, trum_letter_flag=False)


def _liable(case: Good) -> Good:
    return case.with_encounter(**blemishes.third_party_liable(case.encounter))


def _platform(code: str, wanted: Wanted, worsen: Worsen) -> Callable[[date], FaultCase]:
    return partial(_settle, "platform", code, wanted, worsen)


def _agency(code: str, wanted: Wanted, worsen: Worsen) -> Callable[[date], FaultCase]:
    return partial(_settle, "agency", code, wanted, worsen)


def _moved(home: str) -> Worsen:
    return lambda case: case.living_in(home)


STANDING_FAULTS: Final[dict[str, Callable[[date], FaultCase]]] = {
    "CHRONIC_NOT_QUALIFIED": _platform("CHRONIC_NOT_QUALIFIED", _kind("14"), _unqualified),
    "FILING_EXPIRED": _platform("FILING_EXPIRED", _any, _ended),
    "FILING_WRONG_AREA": _platform("FILING_WRONG_AREA", _any, _wrong_area),
    "INSTITUTION_NOT_CONNECTED": _platform("INSTITUTION_NOT_CONNECTED", both(stay, _busy), _unconnected),
    "INSTITUTION_NOT_SELECTED": _platform("INSTITUTION_NOT_SELECTED", both(outpatient, _outside(CHOOSES)), _unselected),
    "LOCAL_SETTLEMENT": _platform("LOCAL_SETTLEMENT", _any, _local),
    "NOT_FILED": _platform("NOT_FILED", _any, _unfiled),
    "REGION_NOT_OPEN": _platform("REGION_NOT_OPEN", _outside(NEVER_OPEN), _moved(NEVER_OPEN)),
    "RURAL_COOPERATIVE": _platform("RURAL_COOPERATIVE", _any, _rural),
    "SCHEME_NOT_OPEN": _platform(
        "SCHEME_NOT_OPEN", both(_insured("390"), _outside(CLOSED_TO_RESIDENTS)), _moved(CLOSED_TO_RESIDENTS)
    ),
    "SERVICE_NOT_OPEN": _platform(
        "SERVICE_NOT_OPEN", both(_kind("41"), _outside(CLOSED_TO_PHARMACIES)), _moved(CLOSED_TO_PHARMACIES)
    ),
    "THIRD_PARTY_LIABLE": _platform("THIRD_PARTY_LIABLE", outpatient, _liable),
    "TRAUMA_LETTER_MISSING": _platform("TRAUMA_LETTER_MISSING", outpatient, _without_letter),
    "BALANCE_INSUFFICIENT": _agency("BALANCE_INSUFFICIENT", both(outpatient, _funded), _poor),
    "ENROLMENT_ABNORMAL": _agency(
        "ENROLMENT_ABNORMAL", _any, lambda case: case.with_enrolment(psn_insu_stas="ARREARS")
    ),
    "NO_POLICY": _agency("NO_POLICY", outpatient, _years_ago),
    "UNFILED_NOT_COVERED": _agency(
        "UNFILED_NOT_COVERED",
        _outside(SETTLES_UNFILED_WITHOUT_A_ROW),
        lambda case: _unfiled(case.living_in(SETTLES_UNFILED_WITHOUT_A_ROW)),
    ),
    "WAITING_PERIOD": _agency("WAITING_PERIOD", _any, lambda case: case.with_enrolment(waiting_until=FAR_AHEAD_DAYS)),
}
