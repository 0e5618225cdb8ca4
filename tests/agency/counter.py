"""The agency's counter in a test: its state in a dict, persons and requests as people would bring them."""

from datetime import date
from typing import Any

from yidi.agency.account import Ledger
from yidi.agency.answering import Asked, done, reversed_by_twin
from yidi.agency.policy_book import shipped_book
from yidi.agency.service import AgencyDecider
from yidi.agency.settlement import Settlement
from yidi.contract import topics
from yidi.contract.codec import (
    CHARGE_DETAILS,
    FORWARDED_REQUEST,
    PERSON_HISTORY,
    SETTLEMENT_REQUEST,
    SETTLEMENT_RESULT,
)
from yidi.domain.instants import days_of, start_of
from yidi.runtime.decider import Decision, Record
from yidi.runtime.memory import MemoryView

PSN = "SYN33010000000000001"
AREA = "330100"
NOW_MS = start_of(date(2026, 6, 1))
ADMITTED = date(2026, 3, 1)


def person(**changes: Any) -> dict[str, Any]:
    """An employee of an area with a policy of its own, with 500.00 yuan on the account."""
    enrolment = {
        "insuplc_admdvs": AREA,
        "insutype": "310",
        "psn_type": "11",
        "psn_insu_stas": "NORMAL",
        "begndate": days_of(date(2020, 1, 1)),
        "enddate": None,
        "waiting_until": None,
        "cvlserv_flag": False,
        "hifes_flag": False,
        "aid_class": "NONE",
        "recorded_at": 0,
    }
    enrolment.update(changes.pop("enrolment", {}))
    return {
        "psn_no": PSN,
        "version": 1,
        "psn_name": "合成甲",
        "certno": "330101199001010000",
        "gend": "1",
        "brdy": 7_000,
        "enrolments": [enrolment],
        "cards": [],
        "qualifications": [],
        "selections": [],
        "deposits": [{"deposit_id": "d1", "amt": 50_000, "recorded_at": 0}],
        **changes,
    }


def request(msgid: str = "m1", setl_id: str = "s1", scope: int = 1_000_000, **changes: Any) -> dict[str, Any]:
    """A stay of 10,000.00 yuan in scope, discharged on 2026-03-10."""
    category = {
        "med_chrgitm_type": "05",
        "item_cnt": 1,
        "item_sumamt": scope,
        "item_claa_amt": scope,
        "item_clab_amt": 0,
        "fulamt_ownpay_amt": 0,
        "overlmt_selfpay": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": scope,
    }
    return {
        "msgid": msgid,
        "setl_id": setl_id,
        "operation": "SETTLE",
        "amends": None,
        "refers": None,
        "psn_no": PSN,
        "insuplc_admdvs": AREA,
        "mdtrtarea_admvs": "310000",
        "fixmedins_code": "H31010100001",
        "hospital_inbox": "default",
        "mdtrt_id": f"V{setl_id}",
        "med_type": "21",
        "insutype": "310",
        "dise_codg": None,
        "mdtrt_cert_type": "01",
        "begntime": start_of(ADMITTED),
        "endtime": start_of(date(2026, 3, 10)),
        "er_flag": False,
        "trum_flag": False,
        "rel_ttp_flag": False,
        "trum_letter_flag": False,
        "refl_flag": False,
        "acct_used_flag": False,
        "acct_pay_amt": None,
        "inf_time": NOW_MS,
        "medfee_sumamt": scope,
        "categories": [category],
        "lines": None,
        **changes,
    }


def reversal(refers: str, setl_id: str, msgid: str = "r1") -> dict[str, Any]:
    """The reversal of a request."""
    return request(msgid, setl_id, operation="REVERSE", refers=refers, categories=[], lines=[], medfee_sumamt=0)


def details(setl_id: str = "s1", amount: int = 1_000_000) -> dict[str, Any]:
    """The details of a stay: one line of class A."""
    line = {
        "feedetl_sn": "1",
        "init_feedetl_sn": None,
        "med_list_codg": "X",
        "med_chrgitm_type": "05",
        "chrgitm_lv": "01",
        "cnt": 10_000,
        "pric": amount * 10_000,
        "pric_uplmt_amt": None,
        "selfpay_prop": 0,
        "det_item_fee_sumamt": amount,
        "fulamt_ownpay_amt": 0,
        "overlmt_amt": 0,
        "preselfpay_amt": 0,
        "inscp_scp_amt": amount,
        "fee_ocur_time": NOW_MS,
    }
    visit = {name: request()[name] for name in ("psn_no", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code")}
    return {
        "msgid": "d1",
        "setl_id": setl_id,
        "request_msgid": "m1",
        **visit,
        "mdtrt_id": f"V{setl_id}",
        "lines": [line],
    }


class Counter:
    """One partition of the agency; every decision is applied."""

    def __init__(self, *persons: dict[str, Any]) -> None:
        self.agency = AgencyDecider(shipped_book())
        self.view = MemoryView()
        for history in persons:
            self._put(topics.REFERENCE_PERSONS, PERSON_HISTORY.encode(history))  # type: ignore[arg-type]

    def ask(self, asked: dict[str, Any], *, attempt: int = 1, filing_class: str = "LONG_TERM") -> dict[str, Any]:
        """The answer to a request, decoded; `failure` holds the reported code, or None."""
        decision = self.forward(SETTLEMENT_REQUEST.encode(asked), attempt, filing_class)  # type: ignore[arg-type]
        (message,) = decision.messages
        result: dict[str, Any] = dict(SETTLEMENT_RESULT.decode(message.value))
        return {
            **result,
            "failure": decision.failure.refusal.fault.code if decision.failure else None,
            "value": message.value,
        }

    def send_details(self, sent: dict[str, Any]) -> Decision:
        """Details of a settled stay."""
        return self.forward(CHARGE_DETAILS.encode(sent), 1, None)  # type: ignore[arg-type]

    def forward(self, value: bytes, attempt: int, filing_class: str | None) -> Decision:
        """What the platform would send."""
        verdict = {
            "filing_class": filing_class,
            "filing_id": None,
            "cross_province": True,
            "setl_lv": "3",
            "medins_kind": "HOSPITAL",
            "selected_institution": False,
            "treatment_date": days_of(ADMITTED),
            "reference_version": {},
        }
        forwarded: Any = {
            "msgid": "m",
            "psn_no": PSN,
            "attempt": attempt,
            "inbox": "default",
            "forwarded_at": NOW_MS,
            "verdict": verdict if filing_class else None,
            "request": value,
        }
        return self._put(topics.agency_requests("default"), FORWARDED_REQUEST.encode(forwarded))

    def _put(self, topic: str, value: bytes) -> Decision:
        decision = self.agency.decide(self.view, Record(topic, 0, 0, NOW_MS, PSN.encode(), value), NOW_MS)
        self.view.apply(decision)
        return decision


def twin_of(settlement: Settlement, ledger: Ledger, balance: int) -> Any:
    """What the agency answers to the reversal of a settlement, with the ledger and the balance of then."""
    asked = Asked(request(), None, "default", 1, b"", NOW_MS)
    return reversed_by_twin(asked, done(asked, settlement), ledger, balance)
