"""The one table of faults: what can go wrong, whose turn it is, and what to do (design §7, domain §7).

Deciders refuse by raising `Refusal` with a code of this table. Everything that people read about a fault comes from here.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class FaultClass(StrEnum):
    BUSINESS = "BUSINESS"
    DATA = "DATA"
    TRANSIENT = "TRANSIENT"
    UNKNOWN = "UNKNOWN"
    POISON = "POISON"
    DEFECT = "DEFECT"


class Stage(StrEnum):
    """Where in its way a message failed."""

    DECODE = "DECODE"
    VALIDATE = "VALIDATE"
    CONVERT = "CONVERT"
    ELIGIBILITY = "ELIGIBILITY"
    CALCULATE = "CALCULATE"
    PUBLISH = "PUBLISH"


class Replayable(StrEnum):
    """When sending the record again can help."""

    NO = "NO"
    AFTER_REPAIR = "AFTER_REPAIR"
    AFTER_CORRECTION = "AFTER_CORRECTION"
    AFTER_EDIT = "AFTER_EDIT"
    AUTOMATIC = "AUTOMATIC"
    ASK_FIRST = "ASK_FIRST"


@dataclass(frozen=True, slots=True)
class Fault:
    """One row of the table; `code` is stable for ever, words may improve."""

    code: str
    fault_class: FaultClass
    acts: str
    zh: str
    en: str
    todo: str
    replayable: Replayable


class Refusal(Exception):
    """A decider's explicit no: the fault's code, the stage it was found at, and the particulars.

    `detail` is one English sentence naming the field and the value; it never holds a person's name or full number.
    """

    def __init__(self, code: str, detail: str = "", *, stage: Stage = Stage.VALIDATE) -> None:
        self.fault = FAULTS[code]
        self.detail = detail
        self.stage = stage
        super().__init__(f"{code}: {detail or self.fault.en}")


_B, _D, _T, _U, _P, _X = (
    FaultClass.BUSINESS,
    FaultClass.DATA,
    FaultClass.TRANSIENT,
    FaultClass.UNKNOWN,
    FaultClass.POISON,
    FaultClass.DEFECT,
)
_NO, _REPAIR, _CORRECT = Replayable.NO, Replayable.AFTER_REPAIR, Replayable.AFTER_CORRECTION
_EDIT, _AUTO, _ASK = Replayable.AFTER_EDIT, Replayable.AUTOMATIC, Replayable.ASK_FIRST

# ruff: noqa: E501
# fmt: off
_ROWS: Final = (
    # Filing, openness, connection: found by the platform.
    Fault("NOT_FILED", _B, "person", "未备案", "the person has no filing for this place", "File (make-up filing works before discharge settlement), then replay.", _REPAIR),
    Fault("FILING_EXPIRED", _B, "person", "备案已过期或未生效", "the filing does not cover the treatment date", "File again with effect from the treatment date, then replay.", _REPAIR),
    Fault("FILING_WRONG_AREA", _B, "person", "备案到错误统筹区", "the filing is for another place of treatment", "Cancel it and file for the place of treatment, then replay.", _REPAIR),
    Fault("REGION_NOT_OPEN", _B, "agency", "参保地未开通", "the insured region is not open for this service on the treatment date", "Replay only once it is open with effect from the treatment date; else manual claim.", _REPAIR),
    Fault("SCHEME_NOT_OPEN", _B, "agency", "险种未开通", "the insured region does not settle this scheme across regions", "Replay only once it is open with effect from the treatment date; else manual claim.", _REPAIR),
    Fault("SERVICE_NOT_OPEN", _B, "agency", "业务未开通", "the insured region does not settle this kind of care across regions", "Replay only once it is open with effect from the treatment date; else manual claim.", _REPAIR),
    Fault("INSTITUTION_NOT_CONNECTED", _B, "institution", "医院未联网", "the institution was not connected on the treatment date", "Replay only once it is connected with effect from the treatment date; else manual claim.", _REPAIR),
    Fault("INSTITUTION_NOT_SELECTED", _B, "person", "未选定该定点医疗机构", "the insured place wants this institution chosen beforehand", "Choose the institution with the insured place, then replay.", _REPAIR),
    Fault("CHRONIC_NOT_QUALIFIED", _B, "person", "无该门诊慢特病待遇资格", "the person has no qualification for this chronic disease", "Have the qualification recorded by the insured place, then replay.", _REPAIR),
    Fault("TRAUMA_LETTER_MISSING", _B, "institution", "外伤未上传标识或承诺书", "trauma without the flag or the signed letter that no third party is liable", "Have the letter signed, send the flags, correct the encounter.", _CORRECT),
    Fault("THIRD_PARTY_LIABLE", _B, "person", "外伤有第三方责任", "a third party is liable for the injury", "Not payable here: the third party pays. Correct the flag if it is wrong.", _CORRECT),
    Fault("LOCAL_SETTLEMENT", _B, "institution", "本地就医不属于异地结算", "the person is insured in the region of treatment", "Settle through the region's own system.", _NO),
    Fault("RURAL_COOPERATIVE", _B, "person", "新农合参保人请走新农合平台", "the rural cooperative scheme settles on its own platform", "Settle through the rural cooperative's platform.", _NO),
    # Enrolment and benefits: found by the agency.
    Fault("ENROLMENT_ABNORMAL", _B, "agency", "参保状态异常", "the enrolment was in arrears, suspended or ended on the treatment date", "Repair the enrolment with effect from the treatment date, then replay.", _REPAIR),
    Fault("WAITING_PERIOD", _B, "agency", "待遇等待期", "the person is in the waiting period for benefits", "Replay once the insured place has corrected the period; else manual claim.", _REPAIR),
    Fault("NO_POLICY", _B, "agency", "无适用待遇政策", "the insured place has no policy for this scheme, kind of care, level or date", "The agency records the policy, then replay.", _REPAIR),
    Fault("UNFILED_NOT_COVERED", _B, "person", "参保地不支持未备案结算", "the insured place's policy has no row for unfiled people", "File for the place of treatment, then replay.", _REPAIR),
    Fault("BALANCE_INSUFFICIENT", _B, "person", "个人账户余额不足", "the account cannot pay what it was told to pay", "Pay cash (clear the forced account flag) or replay with a sufficient balance.", _REPAIR),
    # Credential and encounter: found by the hospital.
    Fault("CARD_UNREADABLE", _B, "institution", "卡消磁/未上传", "the card could not be read or its number is missing", "Show a readable credential (a lost card is re-issued at once), then correct the encounter.", _CORRECT),
    Fault("CARD_NOT_NATIONAL", _B, "person", "非全国标准卡", "the card is not of the national standard", "Show the e-certificate or a card of the national standard.", _CORRECT),
    Fault("CREDENTIAL_NOT_ACCEPTED", _B, "person", "凭证类型不支持", "this kind of credential is not accepted for this settlement", "Show the e-certificate or the social security card.", _CORRECT),
    Fault("TOKEN_EXPIRED", _B, "person", "电子凭证已过期", "the e-certificate token has expired", "Show a fresh e-certificate, then correct the encounter.", _CORRECT),
    Fault("IDENTITY_DIFFERS", _B, "institution", "信息不一致", "the credential belongs to somebody else than the encounter says", "Check the person's identity and correct the encounter.", _CORRECT),
    Fault("PERSON_UNKNOWN", _B, "institution", "查无此人", "the registry knows no such insured person", "Check psn_no; a person just enrolled appears once the registry has published them.", _REPAIR),
    Fault("INSTITUTION_UNKNOWN", _B, "institution", "定点机构不存在", "the registry knows no such institution", "Check fixmedins_code.", _REPAIR),
    Fault("REGION_UNKNOWN", _B, "institution", "统筹区不存在", "the registry knows no such region", "Check mdtrtarea_admvs and insuplc_admdvs.", _CORRECT),
    Fault("REGION_DIFFERS", _B, "institution", "参保地与登记不一致", "the encounter names another region than the registry has for this person or institution", "Correct the region in the encounter.", _CORRECT),
    Fault("SCHEME_DIFFERS", _B, "institution", "险种与参保登记不一致", "the person was not insured in this scheme on the treatment date", "Correct insutype, or have the enrolment repaired.", _CORRECT),
    Fault("NOT_ADMITTED", _B, "institution", "未办理入院", "the visit is not known as admitted", "Register the admission first.", _NO),
    Fault("NOT_DISCHARGED", _B, "institution", "未办理出院", "a stay is settled at discharge and this one has no end", "Register the discharge, then send the encounter.", _CORRECT),
    Fault("ALREADY_SETTLED", _B, "institution", "已结算", "the encounter has a live settlement already", "Reverse that settlement first if it is wrong.", _NO),
    # Bill data: found by the hospital.
    Fault("ITEM_UNMATCHED", _D, "institution", "项目未匹配", "an item is not in the catalogue that applies", "Map the item to the national code, then replay.", _REPAIR),
    Fault("CATEGORY_UNKNOWN", _D, "institution", "费用类别未对照", "a local fee category folds into none of the national ones", "Map the category, then replay; it is never put under other fees silently.", _REPAIR),
    Fault("SUM_MISMATCH", _D, "institution", "医疗总费用与已上传费用不相等", "the total differs from the sum of the lines", "Correct the total or the lines, then send an amended encounter.", _CORRECT),
    Fault("LINE_SUM_MISMATCH", _D, "institution", "明细金额与数量单价不符", "a line's amount differs from count times price by more than one fen", "Correct the line.", _CORRECT),
    Fault("LINE_DUPLICATE", _D, "institution", "费用明细流水号重复", "a feedetl_sn stands twice in the visit", "Number the lines uniquely.", _CORRECT),
    Fault("REFUND_WITHOUT_ORIGINAL", _D, "institution", "负数明细无对应原记录", "a negative line names no original line of this visit", "Give init_feedetl_sn of the line that is refunded.", _CORRECT),
    Fault("REFUND_EXCEEDS_ORIGINAL", _D, "institution", "退费超过原明细", "refunds of a line exceed the line", "Correct the refund's count or amount.", _CORRECT),
    Fault("BILL_EMPTY", _D, "institution", "费用明细为空", "a bill without lines cannot be settled", "Send the lines.", _CORRECT),
    Fault("BILL_TOO_LONG", _D, "institution", "费用明细过多", "the bill has more lines than one message may carry", "Settle the stay in parts as the insured place allows, or merge equal lines.", _CORRECT),
    Fault("TOTAL_NEGATIVE", _D, "institution", "合计金额为负", "a category or the bill is negative in total", "Correct the refunds.", _CORRECT),
    Fault("AMOUNT_OUT_OF_RANGE", _D, "institution", "金额超出范围", "an amount is outside what the chain accepts", "Correct the amount.", _CORRECT),
    Fault("DATE_IN_FUTURE", _D, "institution", "日期在未来", "a date lies in the future", "Correct the date or the sender's clock.", _CORRECT),
    Fault("DATES_DISORDERED", _D, "institution", "日期先后矛盾", "the end lies before the beginning, or a fee outside the visit", "Correct the dates.", _CORRECT),
    Fault("FIELD_INVALID", _D, "sender", "字段不合规", "a field holds what its definition does not allow", "Correct the field named in the detail.", _CORRECT),
    Fault("TOTALS_DISAGREE", _D, "platform", "大类与明细或总额不一致", "categories, lines and total of a request do not add up", "The sender corrects its conversion; nothing was calculated.", _CORRECT),
    Fault("DETAILS_DIFFER", _D, "institution", "事后明细与已结算大类不一致", "the stay's details do not add up to the categories already settled", "Send the details of this settlement again, corrected.", _CORRECT),
    # Settlement life cycle.
    Fault("OPERATION_NOT_BUILT", _B, "sender", "该交易尚未开通", "this operation is not built yet", "Use settle, pre-settle, query or reverse.", _NO),
    Fault("SETTLEMENT_NOT_FOUND", _B, "sender", "查无原交易", "there is no settlement under this msgid", "Not found means: it may be sent again.", _NO),
    Fault("NOTHING_TO_REVERSE", _B, "sender", "原交易未生效，无需冲正", "the original was refused and had no effect", "Nothing is owed; no reversal is needed.", _NO),
    Fault("ALREADY_REVERSED", _B, "sender", "原交易已冲正", "the settlement was reversed before", "Nothing more to do.", _NO),
    Fault("REQUEST_REVERSED", _B, "sender", "原交易已被冲正，不再受理", "a reversal of this request was confirmed before the request arrived", "Settle anew under a new msgid.", _NO),
    Fault("ID_CONFLICT", _D, "sender", "同一报文号内容不同", "the same msgid came with other content", "The first stands and is untouched. Send the other content under a new msgid.", _EDIT),
    Fault("ATTEMPT_LIMIT", _B, "operator", "重放次数超限", "the record was replayed as often as is allowed", "Park it; solve it by hand.", _NO),
    Fault("NO_ANSWER", _U, "operator", "应答超时，结果未知", "no answer came in time; the outcome is unknown", "Ask with the original msgid: adopt, or reverse. It is adopted by itself when the answer comes.", _ASK),
    Fault("RESULT_UNEXPECTED", _D, "agency", "收到未请求的结算结果", "a result came that nobody asked for, or from an inbox that was not asked", "The sender checks its routing; the result had no effect.", _NO),
    Fault("RESULT_INVALID", _D, "agency", "结算结果恒等式不成立", "a result breaks an identity of the national interface", "The agency corrects its calculation; the settlement stays open until then.", _CORRECT),
    # Reference data: found by the registry.
    Fault("REFERENCE_INVALID", _D, "registry", "基础数据不合规", "a change of reference data is not valid", "Correct the change; nothing was published.", _CORRECT),
    Fault("REFERENCE_STALE", _D, "registry", "基础数据版本过旧", "a change was made against an older version of the record", "Read the record again and repeat the change.", _CORRECT),
    Fault("REFERENCE_AWAITED", _T, "operator", "等待基础数据生效", "the reference version this record needs has not arrived", "Check that the registry runs; then replay.", _REPAIR),
    # Wire.
    Fault("UNDECODABLE", _P, "sender", "报文无法解析", "the bytes are no message of ours", "Find the sender by the headers; only an edit can mend the bytes.", _EDIT),
    Fault("SCHEMA_UNKNOWN", _P, "sender", "模式编号未知", "the schema id is not one that this topic carries", "The sender registers its schema or uses ours.", _EDIT),
    Fault("KEY_DIFFERS", _P, "sender", "键与内容不一致", "the record's key is not the insured person in the message", "The sender keys by psn_no.", _EDIT),
    Fault("WRONG_PARTITION", _P, "sender", "分区错误", "the record lies in another partition than its key belongs to", "Set the producer's partitioner to murmur2 (librdkafka: partitioner=murmur2_random).", _AUTO),
    Fault("TOO_LARGE", _P, "sender", "报文过大", "the message is larger than its topic allows", "Split the bill.", _EDIT),
    Fault("STORE_UNREACHABLE", _T, "operator", "数据库不可用", "the service's own store does not answer", "It is tried again by itself; nothing is lost.", _AUTO),
    Fault("BROKER_UNREACHABLE", _T, "operator", "消息系统不可用", "Kafka does not answer", "It is tried again by itself; nothing is lost.", _AUTO),
    Fault("DEFECT", _X, "developer", "程序缺陷", "the service failed in a way that nobody foresaw", "Report it with the trace; replay after the fix.", _REPAIR),
)
# fmt: on

FAULTS: Final[dict[str, Fault]] = {row.code: row for row in _ROWS}
"""Every fault by its code."""
