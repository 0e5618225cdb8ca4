"""Names of records and of their fields, in Chinese and English."""

import re
from functools import cache
from typing import Final

from yidi.contract import schemas

RECORDS: Final = {
    "EncounterCharges": ("就诊费用", "EncounterCharges"),
    "SettlementRequest": ("结算请求", "SettlementRequest"),
    "ChargeDetails": ("费用明细", "ChargeDetails"),
    "ForwardedRequest": ("转发请求", "ForwardedRequest"),
    "SettlementResult": ("结算结果", "SettlementResult"),
    "JournalEntry": ("结算日志", "JournalEntry"),
    "ErrorReport": ("错误报告", "ErrorReport"),
    "ReferenceChange": ("登记变更", "ReferenceChange"),
    "unreadable": ("无法解析", "unreadable"),
}
SUBJECTS: Final = {
    "subject": ("对象", "subject"),
    "actor": ("操作人", "by"),
    "reason": ("原因", "why"),
    "requested_at": ("申请时间", "requested"),
    "record": ("整份记录", "record"),
    "filing": ("备案", "filing"),
    "filing_id": ("备案编号", "filing_id"),
    "filing_type": ("备案类型", "filing_type"),
    "begndate": ("生效日期", "begndate"),
    "enddate": ("终止日期", "enddate"),
    "recorded_at": ("登记时间", "recorded_at"),
    "cancelled_at": ("撤销时间", "cancelled_at"),
    "channel": ("渠道", "channel"),
    "proof": ("证明材料", "proof"),
    "kind": ("报文种类", "kind"),
    "lines": ("费用明细", "lines"),
    "categories": ("费用大类", "categories"),
    "operation": ("操作", "operation"),
    "amends": ("所更正的报文", "amends"),
    "refers": ("所指的原报文", "refers"),
    "msgid": ("报文编号", "msgid"),
    "setl_id": ("结算编号", "setl_id"),
    "mdtrt_id": ("就诊编号", "mdtrt_id"),
    "psn_no": ("人员编号", "psn_no"),
    "service": ("报告方", "service"),
    "code": ("错误码", "code"),
    "stage": ("环节", "stage"),
    "detail": ("详情", "detail"),
    "attempt": ("第几次", "attempt"),
    "last_failed_at": ("失败时间", "last_failed_at"),
    "error_id": ("错误编号", "error_id"),
    "source_topic": ("来源主题", "source_topic"),
    "source_partition": ("来源分区", "source_partition"),
    "source_offset": ("来源位点", "source_offset"),
    "request": ("请求", "request"),
    "verdict": ("资格结论", "verdict"),
    "inbox": ("收件箱", "inbox"),
    "hospital_inbox": ("医院收件箱", "hospital_inbox"),
    "amt": ("金额", "amt"),
    "count": ("数量", "count"),
    "amount": ("金额", "amount"),
}
"""Names of fields for which no schema has a Chinese term, or not a short one."""
_TERM: Final = re.compile(r"[\u4e00-\u9fff][\u4e00-\u9fffA-Z]*")


@cache
def fields() -> dict[str, tuple[str, str]]:
    """Every field of every record: its Chinese term, as its schema has it, and its name."""
    found: dict[str, tuple[str, str]] = {}
    for schema in schemas.current(schemas.folder()).values():
        _walk(schema, found)
    return {**found, **SUBJECTS}


def _walk(schema: object, found: dict[str, tuple[str, str]]) -> None:
    if isinstance(schema, list):
        for part in schema:
            _walk(part, found)
    if not isinstance(schema, dict):
        return
    name, term = str(schema.get("name", "")), _TERM.search(str(schema.get("doc", "")))
    if term and "type" in schema:
        found.setdefault(name, (term[0], name))
    for part in (schema.get("fields"), schema.get("type"), schema.get("items")):
        _walk(part, found)
