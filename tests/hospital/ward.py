"""A hospital for tests: its decider on a state in memory, with a small reference world. Everything is synthetic."""

from typing import TypeVar, cast

from yidi.contract import records, topics
from yidi.contract.codec import (
    CATALOGUE,
    CHARGE_DETAILS,
    DIALECT,
    ENCOUNTER_CHARGES,
    INSTITUTION,
    PERSON_HISTORY,
    REGION,
    SETTLEMENT_REQUEST,
    SETTLEMENT_RESULT,
    RecordType,
)
from yidi.contract.results import no_figures
from yidi.domain.faults import Refusal
from yidi.hospital.ledger import MESSAGES
from yidi.hospital.service import HospitalService
from yidi.runtime.decider import Decision, Record
from yidi.runtime.memory import MemoryView

T = TypeVar("T")

DAY = 86_400_000
NOW = 1_750_000_000_000  # 2025-06-15 23:06:40 in Asia/Shanghai
BEGIN = NOW - 5 * DAY
PERSON = "33010000000000000000000001"
HOUSE = "H11010000001"
RESULTS = topics.hospital_results("default")


def region(admdvs: str, **fields: object) -> records.Region:
    base = {
        "admdvs": admdvs,
        "version": 1,
        "name": "模拟区划",
        "kind": "POOLING_AREA",
        "node": admdvs[:2] + "0000",
        "pooling_area": admdvs,
        "agency_inbox": "default",
        "hospital_inbox": "default",
        "catalogue": "",
        "openings": [],
        "id_card_accepted": False,
        "selection_required": False,
        "unfiled_settled": False,
        "expiry_ends_stay": False,
    }
    return cast("records.Region", base | fields)


def node(admdvs: str, catalogue: str) -> records.Region:
    return region(admdvs, kind="NODE", node=admdvs, pooling_area="", catalogue=catalogue)


def house(**fields: object) -> records.Institution:
    base = {
        "fixmedins_code": HOUSE,
        "version": 1,
        "name": "模拟医院",
        "admdvs": "110101",
        "kind": "HOSPITAL",
        "setl_lv": "3",
        "hosp_lv": "三级甲等",
        "dialect": "ward",
        "connections": [],
    }
    return cast("records.Institution", base | fields)


def item(code: str, category: str, grade: str = "01", ratio: int = 0, **fields: object) -> records.CatalogueItem:
    base = {
        "med_list_codg": code,
        "name": code,
        "med_chrgitm_type": category,
        "chrgitm_lv": grade,
        "selfpay_prop": ratio,
        "ceilings": {},
        "begndate": 10_000,
        "enddate": None,
    }
    return cast("records.CatalogueItem", base | fields)


CATALOGUE_ITEMS = (
    item("BED", "01", ceilings={"3": 50_000_000, "2": 40_000_000}),
    item("DRUG-A", "09"),
    item("DRUG-B", "09", "02", 500),
    item("STENT", "08", "02", 2_000, ceilings={"3": 1_000_000_000}),
    item("TONIC", "11", "03", 10_000),
    item("OLD", "03", enddate=15_000),
    item("OLD", "03", "02", 3_000, begndate=15_001),
    item("GONE", "03", enddate=15_000),
)


def catalogue(name: str = "catalogue-110000", *items: records.CatalogueItem, version: int = 1) -> records.Catalogue:
    return {"catalogue": name, "version": version, "name": name, "items": list(items or CATALOGUE_ITEMS)}


def dialect(version: int = 1, **more: str) -> records.Dialect:
    items = {f"h-{code['med_list_codg']}": code["med_list_codg"] for code in CATALOGUE_ITEMS}
    categories = {"床位": "01", "西药": "09", "材料": "08", "中成药": "11", "检查": "03"}
    return {"dialect": "ward", "version": version, "name": "模拟方言", "items": items | more, "categories": categories}


def person(**fields: object) -> records.PersonHistory:
    base = {
        "psn_no": PERSON,
        "version": 1,
        "psn_name": "模拟甲",
        "certno": "33010119900101123X",
        "gend": "1",
        "brdy": 7_305,
        "enrolments": [enrolment()],
        "cards": [card("01", "token-1"), card("03", "card-1"), card("03", "local-1", national=False)],
        "qualifications": [],
        "selections": [],
        "deposits": [],
    }
    return cast("records.PersonHistory", base | fields)


def enrolment(admdvs: str = "330100", insutype: str = "310", **fields: object) -> records.Enrolment:
    base = {
        "insuplc_admdvs": admdvs,
        "insutype": insutype,
        "psn_type": "11",
        "psn_insu_stas": "NORMAL",
        "begndate": 15_000,
        "enddate": None,
        "waiting_until": None,
        "cvlserv_flag": False,
        "hifes_flag": False,
        "aid_class": "NONE",
        "recorded_at": BEGIN,
    }
    return cast("records.Enrolment", base | fields)


def card(kind: str, number: str, **fields: object) -> records.Card:
    base = {"mdtrt_cert_type": kind, "cert_no": number, "national": True, "begndate": 15_000, "enddate": None}
    return cast("records.Card", base | fields)


def line(
    number: str = "1", code: str = "DRUG-A", amount: int = 1_000, count: int = 1, **fields: object
) -> records.ChargeLine:
    """A charge of `count` whole pieces that cost `amount` fen together."""
    local = {"BED": "床位", "STENT": "材料", "TONIC": "中成药", "OLD": "检查", "GONE": "检查"}
    base = {
        "feedetl_sn": number,
        "init_feedetl_sn": None,
        "med_list_codg": None,
        "medins_list_codg": f"h-{code}",
        "medins_list_name": "模拟项目",
        "local_category": local.get(code, "西药"),
        "cnt": count * 10_000,
        "pric": amount * 10_000 // count,
        "det_item_fee_sumamt": amount,
        "fee_ocur_time": BEGIN,
    }
    return cast("records.ChargeLine", base | fields)


def refund(number: str, original: records.ChargeLine, **fields: object) -> records.ChargeLine:
    """Takes back all of a line, unless `cnt` and `det_item_fee_sumamt` say how much."""
    mirrored = {
        "feedetl_sn": number,
        "init_feedetl_sn": original["feedetl_sn"],
        "cnt": -original["cnt"],
        "det_item_fee_sumamt": -original["det_item_fee_sumamt"],
    }
    return cast("records.ChargeLine", original | mirrored | fields)


def charges(*lines: records.ChargeLine, **fields: object) -> records.EncounterCharges:
    """An outpatient's encounter with these lines (one drug of 10 yuan unless given), valid unless told otherwise."""
    bill = list(lines) or [line()]
    base = {
        "msgid": "H11010000001202506100900000001",
        "operation": "SETTLE",
        "amends": None,
        "refers": None,
        "psn_no": PERSON,
        "insuplc_admdvs": "330100",
        "mdtrtarea_admvs": "110100",
        "fixmedins_code": HOUSE,
        "mdtrt_id": "V1",
        "med_type": "11",
        "insutype": "310",
        "dise_codg": None,
        "mdtrt_cert_type": "01",
        "mdtrt_cert_no": "token-1",
        "card_sn": None,
        "cert_valid_until": None,
        "card_national": True,
        "psn_name": "模拟甲",
        "certno": "33010119900101123X",
        "begntime": BEGIN,
        "endtime": None,
        "er_flag": False,
        "trum_flag": False,
        "rel_ttp_flag": False,
        "trum_letter_flag": False,
        "refl_flag": False,
        "acct_used_flag": False,
        "acct_pay_amt": None,
        "inf_time": BEGIN + 3_600_000,
        "medfee_sumamt": sum(row["det_item_fee_sumamt"] for row in bill),
        "lines": bill,
    }
    return cast("records.EncounterCharges", base | fields)


def stay(*lines: records.ChargeLine, **fields: object) -> records.EncounterCharges:
    return charges(*lines, **{"med_type": "21", "endtime": BEGIN + 3 * DAY, "inf_time": BEGIN + 3 * DAY, **fields})


def about_original(operation: str, refers: str, **fields: object) -> records.EncounterCharges:
    """A query or reversal of an earlier message."""
    plain = {"operation": operation, "refers": refers, "lines": [], "medfee_sumamt": 0}
    return charges(**{"msgid": f"{operation}-1", **plain, **fields})


class Ward:
    """The decider with its state; `told` collects every message that was published."""

    def __init__(self, inboxes: tuple[str, ...] = ("default",)) -> None:
        self.view = MemoryView()
        self.service = HospitalService(inboxes)
        self.told: list[tuple[str, bytes]] = []
        self.now = NOW
        for record in (node("110000", "catalogue-110000"), node("330000", "catalogue-330000")):
            self.shared(REGION, f"region/{record['admdvs']}", record)
        for area in ("110100", "330100", "330200"):
            self.shared(REGION, f"region/{area}", region(area))
        self.shared(REGION, "region/110101", region("110101", kind="COUNTY", pooling_area="110100"))
        self.shared(INSTITUTION, f"institution/{HOUSE}", house())
        self.shared(CATALOGUE, "catalogue/catalogue-110000", catalogue())
        self.shared(DIALECT, "dialect/ward", dialect())
        self.person(person())

    def shared(self, kind: RecordType[T], key: str, record: T) -> Decision:
        return self.feed(topics.REFERENCE_SHARED, key, kind.encode(record))

    def person(self, history: records.PersonHistory) -> Decision:
        return self.feed(topics.REFERENCE_PERSONS, history["psn_no"], PERSON_HISTORY.encode(history))

    def send(self, encounter: records.EncounterCharges, attempt: int = 1) -> Decision:
        return self.feed(topics.ENCOUNTERS, encounter["psn_no"], ENCOUNTER_CHARGES.encode(encounter), attempt)

    def answer(self, result: records.SettlementResult) -> Decision:
        return self.feed(RESULTS, result["psn_no"], SETTLEMENT_RESULT.encode(result), result["attempt"])

    def feed(self, topic: str, key: str, value: bytes | None, attempt: int = 1) -> Decision:
        headers = (("attempt", b"%d" % attempt),) if attempt > 1 else ()
        decision = self.service.decide(self.view, Record(topic, 0, 0, self.now, key.encode(), value, headers), self.now)
        self.view.apply(decision)
        self.told += [(message.topic, message.value) for message in decision.messages]
        return decision

    def fire(self, timer: str) -> Decision:
        decision = self.service.due(self.view, timer, self.now)
        self.view.apply(decision)
        return decision


def request_of(decision: Decision) -> records.SettlementRequest:
    """The one request that a decision sent on."""
    (message,) = decision.messages
    assert message.topic == topics.SETTLEMENT_REQUESTS
    assert message.key == PERSON.encode()
    return SETTLEMENT_REQUEST.decode(message.value)


def details_of(decision: Decision) -> records.ChargeDetails:
    (message,) = decision.messages
    assert message.topic == topics.SETTLEMENT_REQUESTS
    return CHARGE_DETAILS.decode(message.value)


def refusal_of(decision: Decision) -> Refusal:
    """The refusal of a decision, which was told to the error topic and to the waiting sender alike."""
    (message,) = decision.messages
    assert message.topic == RESULTS
    told = SETTLEMENT_RESULT.decode(message.value)
    assert decision.failure is not None
    refusal = decision.failure.refusal
    assert told["outcome"] == "REFUSED"
    assert told["fault"] is not None
    assert (told["fault"]["code"], told["fault"]["service"]) == (refusal.fault.code, "hospital")
    return refusal


def result_of(
    request: records.SettlementRequest, outcome: str = "DONE", attempt: int = 1, **fields: object
) -> records.SettlementResult:
    """What the platform answers; amounts are left out, the hospital does not look at them."""
    fault = {"code": "NOT_FILED", "fault_class": "BUSINESS", "stage": "ELIGIBILITY", "service": "platform"}
    base = {name: request[name] for name in _COPIED} | {  # type: ignore[literal-required]
        "result_id": f"result-{outcome}-{attempt}",
        "attempt": attempt,
        "outcome": outcome,
        "inbox": "default",
        "setl_time": NOW,
        "fault": fault | {"zh": "", "en": "", "detail": ""} if outcome in {"REFUSED", "UNKNOWN"} else None,
        **no_figures(),
    }
    return cast("records.SettlementResult", base | fields)


_COPIED = (
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


MSGID = charges()["msgid"]


def settled(ward: Ward, encounter: records.EncounterCharges | None = None) -> records.SettlementRequest:
    """Given a settlement that is done."""
    request = request_of(ward.send(encounter or charges()))
    ward.answer(result_of(request))
    return request


def state(ward: Ward, msgid: str = MSGID) -> str:
    """What the hospital holds of the message."""
    row = MESSAGES.get(ward.view, msgid)
    assert row is not None
    return row.state
