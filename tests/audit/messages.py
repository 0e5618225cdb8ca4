"""Synthetic messages of the contract with sound figures, for histories that tests then break."""

from typing import Any

from yidi.contract import records
from yidi.contract.results import no_figures
from yidi.domain.identities import derived_id
from yidi.domain.instants import DAY_MS

START_MS = 1_750_000_000_000
"""An instant in June 2025; everything synthetic happens after it."""

PLACE: dict[str, Any] = {
    "insuplc_admdvs": "330100",
    "mdtrtarea_admvs": "350100",
    "fixmedins_code": "H35010000001",
    "insutype": "310",
}
STAY, OUTPATIENT = "21", "11"


def setl_id_of(root: str) -> str:
    return derived_id(root, "settlement")


def charge_lines(total: int) -> list[records.ChargeLine]:
    """Three lines that add up to `total` fen."""
    first, second = total // 2, total // 4
    amounts = [first, second, total - first - second]
    return [_charge_line(number, amount) for number, amount in enumerate(amounts, 1)]


def fee_lines(charged: list[records.ChargeLine]) -> list[records.FeeLine]:
    """Line 1 class A in scope, line 2 class B with 10 % prior self-pay, line 3 class C."""
    return [_fee_line(line, f"{place:02d}") for place, line in enumerate(charged, 1)]


def categories_of(lines: list[records.FeeLine]) -> list[records.FeeCategoryTotal]:
    """One category a line: categories 01, 02, 03."""
    return [
        {
            "med_chrgitm_type": line["med_chrgitm_type"],
            "item_cnt": 1,
            "item_sumamt": line["det_item_fee_sumamt"],
            "item_claa_amt": line["det_item_fee_sumamt"] if line["chrgitm_lv"] == "01" else 0,
            "item_clab_amt": line["det_item_fee_sumamt"] if line["chrgitm_lv"] == "02" else 0,
            "fulamt_ownpay_amt": line["fulamt_ownpay_amt"],
            "overlmt_selfpay": line["overlmt_amt"],
            "preselfpay_amt": line["preselfpay_amt"],
            "inscp_scp_amt": line["inscp_scp_amt"],
        }
        for line in lines
    ]


def encounter(msgid: str, psn_no: str, med_type: str, total: int, **changes: Any) -> records.EncounterCharges:
    message: Any = {
        "msgid": msgid,
        "operation": "SETTLE",
        "amends": None,
        "refers": None,
        "psn_no": psn_no,
        **PLACE,
        "mdtrt_id": f"V-{msgid}",
        "med_type": med_type,
        "dise_codg": None,
        "mdtrt_cert_type": "01",
        "mdtrt_cert_no": "synthetic",
        "card_sn": None,
        "cert_valid_until": None,
        "card_national": True,
        "psn_name": "合成",
        "certno": "synthetic",
        "begntime": START_MS - 3 * DAY_MS,
        "endtime": START_MS,
        "er_flag": False,
        "trum_flag": False,
        "rel_ttp_flag": False,
        "trum_letter_flag": False,
        "refl_flag": False,
        "acct_used_flag": True,
        "acct_pay_amt": None,
        "inf_time": START_MS,
        "medfee_sumamt": total,
        "lines": charge_lines(total) if total else [],
    }
    return {**message, **changes}  # type: ignore[return-value]


_COPIED = (
    "msgid", "operation", "amends", "refers", "psn_no", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code",
    "mdtrt_id", "med_type", "insutype", "dise_codg", "mdtrt_cert_type", "begntime", "endtime", "er_flag", "trum_flag",
    "rel_ttp_flag", "trum_letter_flag", "refl_flag", "acct_used_flag", "acct_pay_amt", "inf_time", "medfee_sumamt",
)  # fmt: skip


def request_of(source: records.EncounterCharges, setl_id: str) -> records.SettlementRequest:
    lines = fee_lines(source["lines"])
    message: Any = {name: source[name] for name in _COPIED}  # type: ignore[literal-required]
    stay = source["med_type"] == STAY and bool(lines)
    return {
        **message,
        "setl_id": setl_id,
        "hospital_inbox": "default",
        "categories": categories_of(lines),
        "lines": None if stay or not lines else lines,
    }


def details_of(source: records.EncounterCharges, setl_id: str) -> records.ChargeDetails:
    return {
        "msgid": derived_id(source["msgid"], "details"),
        "setl_id": setl_id,
        "request_msgid": source["msgid"],
        "psn_no": source["psn_no"],
        "insuplc_admdvs": source["insuplc_admdvs"],
        "mdtrtarea_admvs": source["mdtrtarea_admvs"],
        "fixmedins_code": source["fixmedins_code"],
        "mdtrt_id": source["mdtrt_id"],
        "lines": fee_lines(source["lines"]),
    }


def verdict(version: int) -> records.Verdict:
    return {
        "filing_class": "REFERRAL",
        "filing_id": None,
        "cross_province": True,
        "setl_lv": "3",
        "medins_kind": "HOSPITAL",
        "selected_institution": False,
        "treatment_date": 20_000,
        "reference_version": {"persons": version, "filings": 1, "shared": 1},
    }


def amounts_of(request: records.SettlementRequest, account: int) -> records.SettlementAmounts:
    """The pool pays 70 % of the scope, assistance 5 %, the account what it has, up to the person's part."""
    rows = request["categories"]
    scope = sum(row["inscp_scp_amt"] for row in rows)
    pool, aid = scope * 70 // 100, scope * 5 // 100
    person = request["medfee_sumamt"] - pool - aid
    account = min(account, person)
    paid = [("310100", pool), ("610100", aid), ("310200", account)]
    return {
        "medfee_sumamt": request["medfee_sumamt"],
        "fulamt_ownpay_amt": sum(row["fulamt_ownpay_amt"] for row in rows),
        "overlmt_selfpay": sum(row["overlmt_selfpay"] for row in rows),
        "preselfpay_amt": sum(row["preselfpay_amt"] for row in rows),
        "inscp_scp_amt": scope,
        "act_pay_dedc": min(scope, 1_000),
        "hifp_pay": pool,
        "cvlserv_pay": 0,
        "hifes_pay": 0,
        "hifmi_pay": 0,
        "hifob_pay": 0,
        "maf_pay": aid,
        "oth_pay": 0,
        "fund_pay_sumamt": pool + aid,
        "hosp_part_amt": 0,
        "psn_part_amt": person,
        "acct_pay": account,
        "psn_cash_pay": person - account,
        "pool_prop_selfpay": 7_000,
        "setldetail": [{"fund_pay_type": fund, "fund_payamt": amount} for fund, amount in paid if amount],
    }


def negated(amounts: records.SettlementAmounts) -> records.SettlementAmounts:
    turned: Any = {name: -figure for name, figure in amounts.items() if isinstance(figure, int)}
    turned["pool_prop_selfpay"] = amounts["pool_prop_selfpay"]
    turned["setldetail"] = [{**row, "fund_payamt": -row["fund_payamt"]} for row in amounts["setldetail"]]
    return turned  # type: ignore[no-any-return]


def zero_amounts() -> records.SettlementAmounts:
    names = records.SettlementAmounts.__annotations__
    return {**dict.fromkeys(names, 0), "setldetail": []}  # type: ignore[return-value, typeddict-item]


def result_of(request: records.SettlementRequest, outcome: str, attempt: int, service: str, **changes: Any) -> Any:
    message = {name: request[name] for name in ("msgid", "setl_id", "operation", "refers", "psn_no", "mdtrt_id")}  # type: ignore[literal-required]
    message |= {
        **PLACE,
        "result_id": derived_id(request["msgid"], f"result/{service}/{outcome}", attempt),
        "attempt": attempt,
        "outcome": outcome,
        "inbox": "default" if service == "agency" else "",
        "med_type": request["med_type"],
        "setl_time": START_MS,
        "fault": None,
        **no_figures(),
    }
    return {**message, **changes}


def fault(code: str, fault_class: str, service: str) -> records.ResultFault:
    return {
        "code": code,
        "fault_class": fault_class,
        "stage": "VALIDATE",
        "service": service,
        "zh": "合成",
        "en": "synthetic",
        "detail": "",
    }


def journal_of(result: Any, categories: list[records.FeeCategoryTotal]) -> records.JournalEntry:
    message: Any = {name: result[name] for name in records.JournalEntry.__annotations__ if name in result}
    twin = result["outcome"] == "REVERSED"
    turned = [{name: -v if isinstance(v, int) else v for name, v in row.items()} for row in categories]
    return {
        **message,
        "journal_id": derived_id(result["result_id"], "journal"),
        "entry": "REVERSAL" if twin else "SETTLEMENT",
        "insured_node": "330000",
        "treatment_node": "350000",
        "setl_lv": "3",
        "filing_class": "REFERRAL",
        "categories": turned if twin else categories,
    }


def person(psn_no: str, version: int, deposits: list[int]) -> records.PersonHistory:
    return {
        "psn_no": psn_no,
        "version": version,
        "psn_name": "合成",
        "certno": "synthetic",
        "gend": "1",
        "brdy": 0,
        "enrolments": [],
        "cards": [],
        "qualifications": [],
        "selections": [],
        "deposits": [
            {"deposit_id": f"D{number}", "amt": amount, "recorded_at": START_MS - DAY_MS}
            for number, amount in enumerate(deposits)
        ],
    }


def _charge_line(number: int, amount: int) -> records.ChargeLine:
    return {
        "feedetl_sn": str(number),
        "init_feedetl_sn": None,
        "med_list_codg": f"N{number}",
        "medins_list_codg": f"L{number}",
        "medins_list_name": "合成项目",
        "local_category": "合成",
        "cnt": 10_000,
        "pric": amount * 10_000,
        "det_item_fee_sumamt": amount,
        "fee_ocur_time": START_MS - DAY_MS,
    }


def _fee_line(line: records.ChargeLine, code: str) -> records.FeeLine:
    amount = line["det_item_fee_sumamt"]
    own = amount if code == "03" else 0
    preself = amount // 10 if code == "02" else 0
    return {
        "feedetl_sn": line["feedetl_sn"],
        "init_feedetl_sn": None,
        "med_list_codg": line["med_list_codg"] or "",
        "med_chrgitm_type": code,
        "chrgitm_lv": code,
        "cnt": line["cnt"],
        "pric": line["pric"],
        "pric_uplmt_amt": None,
        "selfpay_prop": 1_000 if code == "02" else 0,
        "det_item_fee_sumamt": amount,
        "fulamt_ownpay_amt": own,
        "overlmt_amt": 0,
        "preselfpay_amt": preself,
        "inscp_scp_amt": amount - own - preself,
        "fee_ocur_time": line["fee_ocur_time"],
    }
