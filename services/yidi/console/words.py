"""Chinese and English: which one a reader gets, and how a page says a thing in it."""

from typing import Final, Literal, TypeAlias

from starlette.requests import Request

from yidi.domain.codes import CATEGORY_NAMES, MED_TYPE_NAMES

Language: TypeAlias = Literal["zh", "en"]
LANGUAGE_COOKIE: Final = "yidi_language"
_CHINESE: Final = "zh"


def language_of(request: Request) -> Language:
    """The address decides (`?lang=`), then what was chosen before, then what the browser prefers."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in ("zh", "en"):
            return "zh" if chosen == _CHINESE else "en"
    preferred = request.headers.get("accept-language", "").strip().lower()
    return "zh" if preferred.startswith(_CHINESE) else "en"


STATES: Final = {
    "open": ("待处理", "open"),
    "taken": ("已认领", "taken"),
    "replaying": ("重放中", "replaying"),
    "settled": ("已结清", "settled"),
    "refused": ("再次被拒", "refused again"),
    "waiting": ("等待应答", "waiting"),
    "discarded": ("已作废", "discarded"),
    "parked": ("已搁置", "parked"),
    "claimed": ("转手工报销", "manual claim"),
    "twice": ("重复支付", "paid twice"),
    "predicting": ("预测中", "predicting"),
    "ready": ("可执行", "ready"),
    "needs_approval": ("待复核", "needs approval"),
    "running": ("执行中", "running"),
    "stopped": ("已停止", "stopped"),
    "done": ("完成", "done"),
    "dry_run": ("试算，未发送", "dry run, nothing sent"),
    "requested": ("已申请", "requested"),
    "unchanged": ("无需改动", "nothing to change"),
    "applied": ("已生效", "applied"),
    "planned": ("已计划", "planned"),
    "sent": ("已发出", "sent"),
    "skipped": ("跳过", "skipped"),
}
"""States of cases, plans, their items, and mends."""

HISTORY: Final = {
    **STATES,
    "reported": ("报错", "reported"),
    "handed": ("移交", "handed over"),
    "replayed": ("重放", "replayed"),
    "approved": ("复核通过", "approved"),
    "amended": ("更正", "amended"),
    "mend requested": ("申请补办", "mend requested"),
    "mend refused": ("补办被拒", "mend refused"),
    "ready": ("可重放", "ready"),
    "alarm": ("警报", "alarm"),
}
"""What happens to a case."""

FILING_CLASSES: Final = {
    "LONG_TERM": ("异地长期", "long-term"),
    "REFERRAL": ("异地转诊", "referral"),
    "EMERGENCY": ("急诊抢救", "emergency"),
    "OTHER_TEMPORARY": ("其他临时外出", "other temporary"),
    "UNFILED": ("未备案", "not filed"),
    "IN_PROVINCE": ("省内异地", "in-province"),
}
ACTIONS: Final = {
    "take": ("认领", "take"),
    "hand": ("移交", "hand over"),
    "discard": ("作废", "discard"),
    "restore": ("恢复", "restore"),
    "claim": ("转手工报销", "manual claim"),
}
"""What a batch does."""

CLASSES: Final = {
    "BUSINESS": ("业务", "business"),
    "DATA": ("数据", "data"),
    "TRANSIENT": ("暂时", "transient"),
    "UNKNOWN": ("未知", "unknown"),
    "POISON": ("毒消息", "poison"),
    "DEFECT": ("缺陷", "defect"),
}
STAGES: Final = {
    "DECODE": ("解码", "decode"),
    "VALIDATE": ("校验", "validate"),
    "CONVERT": ("转换", "convert"),
    "ELIGIBILITY": ("资格", "eligibility"),
    "CALCULATE": ("计算", "calculate"),
    "PUBLISH": ("发布", "publish"),
}
SERVICES: Final = {
    "hospital": ("医院", "hospital"),
    "platform": ("国家平台", "platform"),
    "agency": ("经办机构", "agency"),
    "registry": ("登记系统", "registry"),
    "desk": ("错误台", "desk"),
}
OUTCOMES: Final = {
    "DONE": ("已结算", "settled"),
    "REFUSED": ("被拒绝", "refused"),
    "UNKNOWN": ("结果未知", "outcome unknown"),
    "REVERSED": ("已冲正", "reversed"),
}
REPLAYS: Final = {
    "NO": ("重放无济于事", "a replay cannot help"),
    "AFTER_REPAIR": ("消除原因（自就医日起生效）之后可重放", "after the cause is mended"),
    "AFTER_CORRECTION": ("原报文会再次失败：由发送方更正后重发", "after the sender's correction"),
    "AFTER_EDIT": ("重放无济于事：只有改了报文才行", "only other bytes can help"),
    "AUTOMATIC": ("系统会自动重试", "it is tried again by itself"),
    "ASK_FIRST": ("先查询原交易，再采纳、冲正或重放", "ask first"),
}
"""Whether a replay can help; in English the desk says it at more length."""
CATEGORIES: Final = CATEGORY_NAMES
MED_TYPES: Final = MED_TYPE_NAMES


def said(table: dict[str, tuple[str, str]], name: object, language: Language) -> str:
    """The table's word for a name, or the name itself: a newer desk may know words that this page does not."""
    zh, en = table.get(str(name), (str(name), str(name)))
    return zh if language == _CHINESE else en
