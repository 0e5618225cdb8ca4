"""Made-up reference data, requests and results for tests of the platform: all synthetic, all small.

Node 330000 with the pooling areas 330100 (insured place) and 330200; node 310000 with 310100 (place of treatment).
"""

from datetime import date
from typing import Any

from yidi.contract import records, topics
from yidi.contract.codec import (
    CHARGE_DETAILS,
    FILING_HISTORY,
    INSTITUTION,
    PERSON_HISTORY,
    REGION,
    SETTLEMENT_REQUEST,
    SETTLEMENT_RESULT,
)
from yidi.domain.identities import derived_id
from yidi.domain.instants import days_of, start_of
from yidi.runtime.decider import Record

PSN_NO = "33010000000000000001"
INSURED, TREATMENT, NEIGHBOUR = "330100", "310100", "330200"
HOSPITAL, PHARMACY, UNCONNECTED, NEAR_HOSPITAL = "H31010000001", "P31010000001", "H31010000009", "H33020000001"
LONG_AGO = days_of(date(2000, 1, 1))
VISIT_DAY = days_of(date(2025, 6, 10))
VISIT_MS = start_of(date(2025, 6, 10)) + 9 * 3_600_000
NOW_MS = VISIT_MS + 2 * 3_600_000
SCHEMES, CARE = ("310", "390"), ("11", "13", "14", "19", "21", "22", "24", "41")


def opening(insutype: str, med_type: str, begndate: int = LONG_AGO, enddate: int | None = None) -> records.Opening:
    return {
        "insutype": insutype,
        "med_type": med_type,
        "begndate": begndate,
        "enddate": enddate,
        "recorded_at": 0,
    }


def region(admdvs: str, **changes: Any) -> records.Region:
    record: records.Region = {
        "admdvs": admdvs,
        "version": 1,
        "name": f"合成地区{admdvs}",
        "kind": "POOLING_AREA",
        "node": admdvs[:2] + "0000",
        "pooling_area": admdvs,
        "agency_inbox": "default",
        "hospital_inbox": "default",
        "catalogue": "synthetic",
        "openings": [opening(scheme, care) for scheme in SCHEMES for care in CARE],
        "id_card_accepted": False,
        "selection_required": False,
        "unfiled_settled": False,
        "expiry_ends_stay": False,
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def institution(code: str = HOSPITAL, **changes: Any) -> records.Institution:
    connection: records.Connection = {"med_types": [], "begndate": LONG_AGO, "enddate": None, "recorded_at": 0}
    record: records.Institution = {
        "fixmedins_code": code,
        "version": 1,
        "name": "合成医院",
        "admdvs": code[1:7],
        "kind": "PHARMACY" if code[0] == "P" else "HOSPITAL",
        "setl_lv": "3",
        "hosp_lv": "",
        "dialect": "synthetic",
        "connections": [connection],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def enrolment(**changes: Any) -> records.Enrolment:
    row: records.Enrolment = {
        "insuplc_admdvs": INSURED,
        "insutype": "310",
        "psn_type": "11",
        "psn_insu_stas": "NORMAL",
        "begndate": LONG_AGO,
        "enddate": None,
        "waiting_until": None,
        "cvlserv_flag": False,
        "hifes_flag": False,
        "aid_class": "NONE",
        "recorded_at": 0,
    }
    return {**row, **changes}  # type: ignore[typeddict-item]


def person(psn_no: str = PSN_NO, **changes: Any) -> records.PersonHistory:
    record: records.PersonHistory = {
        "psn_no": psn_no,
        "version": 1,
        "psn_name": "合成人",
        "certno": "330100190001010000",
        "gend": "1",
        "brdy": LONG_AGO,
        "enrolments": [enrolment()],
        "cards": [],
        "qualifications": [],
        "selections": [],
        "deposits": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def filing(filing_id: str = "F1", **changes: Any) -> records.Filing:
    row: records.Filing = {
        "filing_id": filing_id,
        "filing_type": "OTHER_TEMPORARY",
        "insuplc_admdvs": INSURED,
        "insutype": "310",
        "mdtrtarea_admvs": TREATMENT,
        "begndate": VISIT_DAY - 30,
        "enddate": VISIT_DAY + 150,
        "recorded_at": 0,
        "cancelled_at": None,
        "channel": "counter",
        "proof": "",
    }
    return {**row, **changes}  # type: ignore[typeddict-item]


def filings(*rows: records.Filing, version: int = 1, psn_no: str = PSN_NO) -> records.FilingHistory:
    return {"psn_no": psn_no, "version": version, "filings": list(rows)}


def category(code: str = "09", amount: int = 5000, **changes: Any) -> records.FeeCategoryTotal:
    row: records.FeeCategoryTotal = {
        "med_chrgitm_type": code,
        "item_cnt": 1,
        "item_sumamt": amount,
        "item_claa_amt": amount,
        "item_clab_amt": 0,
        "fulamt_ownpay_amt": 0,
        "overlmt_selfpay": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": amount,
    }
    return {**row, **changes}  # type: ignore[typeddict-item]


def request(msgid: str = "M1", **changes: Any) -> records.SettlementRequest:
    record: records.SettlementRequest = {
        "msgid": msgid,
        "setl_id": derived_id(msgid, "settlement"),
        "operation": "SETTLE",
        "amends": None,
        "refers": None,
        "psn_no": PSN_NO,
        "insuplc_admdvs": INSURED,
        "mdtrtarea_admvs": TREATMENT,
        "fixmedins_code": HOSPITAL,
        "hospital_inbox": "default",
        "mdtrt_id": "V1",
        "med_type": "11",
        "insutype": "310",
        "dise_codg": None,
        "mdtrt_cert_type": "01",
        "begntime": VISIT_MS,
        "endtime": None,
        "er_flag": False,
        "trum_flag": False,
        "rel_ttp_flag": False,
        "trum_letter_flag": False,
        "refl_flag": False,
        "acct_used_flag": False,
        "acct_pay_amt": None,
        "inf_time": VISIT_MS,
        "medfee_sumamt": 8000,
        "categories": [category("02", 3000), category("09", 5000)],
        "lines": None,
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def about_original(msgid: str, operation: str, refers: str | None, **changes: Any) -> records.SettlementRequest:
    """A query or reversal of `refers`: no categories, the original's settlement id."""
    setl_id = derived_id(refers or "", "settlement")
    fields = {"operation": operation, "refers": refers, "setl_id": setl_id, "categories": [], "medfee_sumamt": 0}
    return request(msgid, **{**fields, **changes})


def amounts(total: int = 8000, pool: int = 6000, **changes: Any) -> records.SettlementAmounts:
    row: records.SettlementAmounts = {
        "medfee_sumamt": total,
        "fulamt_ownpay_amt": 0,
        "overlmt_selfpay": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": total,
        "act_pay_dedc": 0,
        "hifp_pay": pool,
        "cvlserv_pay": 0,
        "hifes_pay": 0,
        "hifmi_pay": 0,
        "hifob_pay": 0,
        "maf_pay": 0,
        "oth_pay": 0,
        "fund_pay_sumamt": pool,
        "hosp_part_amt": 0,
        "psn_part_amt": total - pool,
        "acct_pay": 0,
        "psn_cash_pay": total - pool,
        "pool_prop_selfpay": 7500,
        "setldetail": [{"fund_pay_type": "310100", "fund_payamt": pool}] if pool else [],
    }
    return {**row, **changes}  # type: ignore[typeddict-item]


def negated(row: records.SettlementAmounts) -> records.SettlementAmounts:
    twin: Any = {name: -value for name, value in row.items() if isinstance(value, int)}
    details = [{**detail, "fund_payamt": -detail["fund_payamt"]} for detail in row["setldetail"]]
    return {**twin, "pool_prop_selfpay": row["pool_prop_selfpay"], "setldetail": details}  # type: ignore[return-value]


def result(asked: records.SettlementRequest, outcome: str = "DONE", attempt: int = 1, **changes: Any) -> Any:
    """What an agency answers to a request; `changes` replace any field."""
    code = {"code": "ENROLMENT_ABNORMAL", "fault_class": "BUSINESS", "stage": "CALCULATE", "service": "agency"}
    record = {name: asked[name] for name in ECHOED} | {  # type: ignore[literal-required]
        "result_id": derived_id(asked["msgid"], f"result/agency/{outcome}", attempt),
        "attempt": attempt,
        "outcome": outcome,
        "inbox": "default",
        "setl_time": NOW_MS,
        "fault": {**code, "zh": "", "en": "", "detail": ""} if outcome == "REFUSED" else None,
        "amounts": amounts(asked["medfee_sumamt"], asked["medfee_sumamt"] * 3 // 4) if outcome == "DONE" else None,
        "balc_before": None,
        "balc": None,
        "accumulators_before": {},
        "accumulators_after": {},
        "policy_id": "synthetic",
        "policy_version": "1",
        "policy_digest": "0" * 64,
        "steps": [{"rule": "pool.segment", "figures": {"ratio": 7500}}],
        "warnings": [],
    }
    return {**record, **changes}


ECHOED = (
    "msgid",
    "setl_id",
    "operation",
    "refers",
    "psn_no",
    "insuplc_admdvs",
    "mdtrtarea_admvs",
    "fixmedins_code",
    "mdtrt_id",
    "med_type",
    "insutype",
)


def details(asked: records.SettlementRequest, attempt: int = 1, **changes: Any) -> records.ChargeDetails:
    record: records.ChargeDetails = {
        "msgid": derived_id(asked["msgid"], "details", attempt),
        "setl_id": asked["setl_id"],
        "request_msgid": asked["msgid"],
        "psn_no": asked["psn_no"],
        "insuplc_admdvs": asked["insuplc_admdvs"],
        "mdtrtarea_admvs": asked["mdtrtarea_admvs"],
        "fixmedins_code": asked["fixmedins_code"],
        "mdtrt_id": asked["mdtrt_id"],
        "lines": [],
    }
    return {**record, **changes}  # type: ignore[typeddict-item]


def on_topic(topic: str, value: bytes, *, key: str = PSN_NO, attempt: int = 1, offset: int = 0) -> Record:
    headers = (("attempt", str(attempt).encode()),) if attempt > 1 else ()
    return Record(topic, 0, offset, NOW_MS, key.encode(), value, headers)


def requested(record: records.SettlementRequest, *, attempt: int = 1, key: str = PSN_NO, offset: int = 0) -> Record:
    value = SETTLEMENT_REQUEST.encode(record)
    return on_topic(topics.SETTLEMENT_REQUESTS, value, key=key, attempt=attempt, offset=offset)


def detailed(record: records.ChargeDetails, *, attempt: int = 1) -> Record:
    return on_topic(topics.SETTLEMENT_REQUESTS, CHARGE_DETAILS.encode(record), attempt=attempt)


def answered(record: Any, *, inbox: str = "default") -> Record:
    return on_topic(topics.agency_results(inbox), SETTLEMENT_RESULT.encode(record), attempt=record["attempt"])


def published(record: Any) -> Record:
    """A reference record on its topic, by what it is."""
    if "brdy" in record:
        return on_topic(topics.REFERENCE_PERSONS, PERSON_HISTORY.encode(record), key=record["psn_no"])
    if "filings" in record:
        return on_topic(topics.REFERENCE_FILINGS, FILING_HISTORY.encode(record), key=record["psn_no"])
    if "openings" in record:
        return on_topic(topics.REFERENCE_SHARED, REGION.encode(record), key=f"region/{record['admdvs']}")
    code = record["fixmedins_code"]
    return on_topic(topics.REFERENCE_SHARED, INSTITUTION.encode(record), key=f"institution/{code}")
