"""The slip that the person takes home: what became of the bill, what they do now, what to keep, until when.

In words for the person: whose turn it is elsewhere, and how the chain calls it, is said to operators only. Without the
person's name or number.
"""

from datetime import date
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row

from yidi.desk.cases import case
from yidi.desk.claiming import claimed
from yidi.desk.desk import Desk
from yidi.desk.fault_pages import whom_to_call
from yidi.desk.papers import deadline, treated_until
from yidi.desk.refusals import BadRequest
from yidi.desk.states import State
from yidi.domain.faults import FAULTS
from yidi.domain.instants import business_date, moment_of
from yidi.domain.money import yuan_of_fen

LANGUAGES: Final = ("zh", "en", "both")
Said = tuple[str, str]
"""In Chinese and in English."""

_FILE: Final = (
    "请补办异地就医备案（国家异地就医备案小程序、国家医保服务平台 APP 或参保地窗口），然后告诉医院医保办重新结算。",
    "Make up your filing (national app, or a counter of your insured place), then ask the hospital to settle again.",
)
_SHOW: Final = (
    "请出示医保电子凭证或社会保障卡，由医院重新结算。",
    "Show your e-certificate or social security card; the hospital settles again.",
)
_OF_CODE: Final[dict[str, Said]] = {
    **dict.fromkeys(("NOT_FILED", "FILING_EXPIRED", "UNFILED_NOT_COVERED"), _FILE),
    "FILING_WRONG_AREA": (
        "您的备案地与就医地不一致：请撤销原备案，按实际就医地重新备案，然后告诉医院医保办重新结算。",
        "Your filing is for another place: file for the place of treatment, then ask the hospital to settle again.",
    ),
    **dict.fromkeys(("CARD_UNREADABLE", "CARD_NOT_NATIONAL", "CREDENTIAL_NOT_ACCEPTED", "TOKEN_EXPIRED"), _SHOW),
    "THIRD_PARTY_LIABLE": (
        "由第三方负担的费用医保不予支付；如无第三方责任，请与医院医保办更正。",
        "What a third party is liable for is not paid here; if there is none, have the hospital correct it.",
    ),
    "RURAL_COOPERATIVE": ("请通过新农合平台结算。", "Settle on the rural cooperative's platform."),
    "LOCAL_SETTLEMENT": ("请按本地参保直接结算。", "This is a local settlement: settle it as such."),
}
"""What the person themselves can do."""
_OF_ACTOR: Final[dict[str, Said]] = {
    "person": ("请联系参保地医保经办机构。", "Ask the agency of your insured place."),
    "agency": (
        "须由参保地医保经办机构处理：请与其联系，处理好后由医院重新结算。",
        "The agency of your insured place has to act: ask them; the hospital settles again afterwards.",
    ),
    "institution": (
        "须由医院更正后重新结算：请联系医院医保办。",
        "The hospital has to correct the bill and settle again: ask its insurance office.",
    ),
}
_OF_SYSTEM: Final = (
    "这是系统原因，您不需要补办手续：系统恢复后由医院为您补记账，请留下联系方式。",
    "The system failed, not you: the hospital books it late once it works. Leave your phone number there.",
)


class _Bill(NamedTuple):
    """What the slip is about: the case, its last day for a claim, its claim, and today."""

    row: Row[Any]
    last: date | None
    claim: dict[str, Any] | None
    today: date

    @property
    def over(self) -> bool:
        return self.last is not None and self.last < self.today


def slip(desk: Desk, connection: Connection, wanted: str, lang: str = "both") -> str:
    """The slip as text, a line each; BadRequest for a language that it is not written in."""
    if lang not in LANGUAGES:
        raise BadRequest(f"There is no slip in {lang!r}.", "Use zh, en or both.")
    row, now_ms = case(connection, wanted), desk.clock()
    treated, claim = treated_until(row), claimed(connection, row.error_id)
    bill = _Bill(row, deadline(treated) if treated else None, claim, business_date(now_ms))
    day = moment_of(now_ms).strftime("%Y-%m-%d %H:%M")
    lines = [*_head(desk, bill, day), *_body(bill), *_call(desk, bill)]
    zh, en = [line for line, _ in lines], [line for _, line in lines]
    return "\n".join({"zh": zh, "en": en}.get(lang, [*zh, "", *en]))


def _head(desk: Desk, bill: _Bill, day: str) -> list[Said]:
    row, place = bill.row, desk.places.institution(bill.row.fixmedins_code)
    amount = "—" if row.medfee_sumamt is None else yuan_of_fen(row.medfee_sumamt)
    zh, en = _TITLES.get(row.state, ("未成功告知单", "did not succeed"))
    return [
        (f"跨省异地就医直接结算 {zh}（模拟数据）", f"Cross-region direct settlement: {en} (synthetic data)"),
        (f"时间 {day}   编号 {row.error_id[:12]}", f"{day}   number {row.error_id[:12]}"),
        (
            f"医疗机构 {place}   就诊号 {row.mdtrt_id or '—'}   总费用 {amount} 元",
            f"institution {place}   visit {row.mdtrt_id or '—'}   total {amount} yuan",
        ),
    ]


_TITLES: Final[dict[str, Said]] = {
    State.SETTLED: ("已结算告知单", "settled"),
    State.CLAIMED: ("转手工报销告知单", "turned into a manual claim"),
    State.DISCARDED: ("不再办理告知单", "no longer pursued"),
    State.WAITING: ("结果待定告知单", "not decided yet"),
    State.REPLAYING: ("结果待定告知单", "not decided yet"),
}


def _body(bill: _Bill) -> list[Said]:
    state = bill.row.state
    if state == State.SETTLED:
        return [
            ("结果 已直接结算，金额以医院的结算单为准。", "result: settled directly; see the hospital's receipt."),
            ("同一费用不能再申请手工报销。", "The same bill cannot be claimed again."),
        ]  # fmt: skip
    if state == State.DISCARDED:
        return [
            ("结果 本次结算请求不再办理。", "result: this request is no longer pursued."),
            ("如仍有费用未结，请联系医院医保办。", "If a bill is still open, ask the hospital's insurance office."),
        ]
    if state in (State.WAITING, State.REPLAYING):
        return [
            ("结果 正在重新结算，尚无结果：请勿重复缴费，也不要先申请报销。",
             "It is being settled again: do not pay twice, and do not claim meanwhile."),
            *_keep(bill),
        ]  # fmt: skip
    return _claim(bill) if state == State.CLAIMED else [*_failed(bill), *_keep(bill)]


def _failed(bill: _Bill) -> list[Said]:
    fault = FAULTS.get(bill.row.code)
    zh, en = (fault.zh, fault.en) if fault else (bill.row.code, bill.row.code)
    todo = _OF_CODE.get(bill.row.code) or _OF_ACTOR.get(fault.acts if fault else "", _OF_SYSTEM)
    return [
        (f"原因 {zh}（{bill.row.code}）", f"why: {en} ({bill.row.code})"),
        (f"怎么办 {todo[0]}", f"what to do: {todo[1]}"),
    ]


def _keep(bill: _Bill) -> list[Said]:
    if bill.over:
        return [(
            f"手工报销期限 {bill.last} 已过：请向参保地医保经办机构咨询能否受理。",
            f"The deadline for a manual claim, {bill.last}, is over: ask the agency whether it still takes it.",
        )]  # fmt: skip
    zh, en = ("一般在三个月内", "as a rule within three months")
    if bill.last:
        zh, en = f"截止 {bill.last}（一般为三个月）", f"until {bill.last} (as a rule)"
    return [(
        f"如已自费，请保留票据、费用清单和病历；手工报销{zh}。",
        f"If you paid yourself, keep receipts, the itemised list and records; a manual claim is possible {en}.",
    )]  # fmt: skip


def _claim(bill: _Bill) -> list[Said]:
    """Papers, what it would pay, into which account, until when."""
    claim = bill.claim or {}
    manual = (claim.get("calculation") or {}).get("manual") or {}
    amounts = manual.get("amounts")
    papers = claim.get("papers", [])
    funds = yuan_of_fen(amounts["fund_pay_sumamt"]) if amounts else ""
    over = (" 已过", " (over)") if bill.over else ("", "")
    return [
        ("怎么办 请到参保地医保经办机构申请手工报销。", "what to do: claim it at the agency of your insured place."),
        ("请带 " + "；".join(p["zh"] for p in papers), "bring: " + "; ".join(p["en"] for p in papers)),
        (
            f"基金预计支付 {funds} 元，以经办机构审核为准" if funds else "支付金额由经办机构审核确定",
            f"the funds would pay {funds} yuan; the agency decides" if funds else "the agency works out what is paid",
        ),
        ("本人银行账户（开户行、账号） ____________________", "your bank account: ____________________"),
        (f"截止 {bill.last or '—'}{over[0]}", f"until {bill.last or '—'}{over[1]}"),
    ]


def _call(desk: Desk, bill: _Bill) -> list[Said]:
    fault = FAULTS.get(bill.row.code)
    if fault is None or bill.row.state in (State.SETTLED, State.DISCARDED):
        return []
    if bill.row.state != State.CLAIMED and fault.acts not in ("person", "agency"):
        return [("联系 医院医保办", "ask: the hospital's insurance office")]
    call = whom_to_call(FAULTS["NOT_FILED"], desk.places, bill.row.insuplc_admdvs)
    return [(f"联系 {call['zh']}", f"ask: {call['en']}")]
