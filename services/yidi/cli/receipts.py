"""The receipt on the screen: Chinese with English, yuan on the right."""

from decimal import Decimal
from typing import Final

from rich.box import SIMPLE_HEAD
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from yidi.domain.codes import CATEGORY_NAMES, MED_TYPE_NAMES
from yidi.domain.identities import masked as mask
from yidi.domain.instants import moment_of
from yidi.domain.money import Fen, yuan_of_fen
from yidi.hospital.receipt import Parts, Receipt

LINES_SHOWN_MAX: Final = 40
"""A longer bill shows this many lines and says how many more there are."""

PARTS: Final = (
    "金额\namount",
    "全自费\nself-paid",
    "超限价\nover limit",
    "先行自付\nprior self-pay",
    "政策内\nin scope",
)
GRADES: Final = {"01": "甲 A", "02": "乙 B", "03": "丙 C"}
OUTCOMES: Final = {
    "DONE": ("收费结算单", "receipt"),
    "REVERSED": ("冲正单", "reversal"),
    "REFUSED": ("结算被拒绝", "refused, nothing was paid"),
    "UNKNOWN": ("结果未知", "outcome unknown, ask again"),
}


def render_receipt(receipt: Receipt, *, masked: bool = True) -> RenderableType:
    """The receipt, ready to print. The person's name and number are masked unless told otherwise."""
    zh, en = OUTCOMES.get(receipt.result["outcome"], ("结算结果", "result"))
    if receipt.request["operation"] == "PRE_SETTLE":
        zh, en = f"预结算 · {zh}", f"pre-settlement, changes nothing · {en}"
    parts: list[RenderableType] = [_head(receipt, hide=masked)]
    if receipt.lines:
        parts.append(_lines(receipt))
    if receipt.categories:
        parts.append(_categories(receipt))
    parts.append(_payment(receipt) if receipt.amounts is not None else _refusal(receipt))
    subtitle = "模拟 simulated — 非官方票据 no official document"
    return Panel(Group(*parts), title=f"{zh} {en}", subtitle=subtitle, expand=False)


def _head(receipt: Receipt, *, hide: bool) -> Table:
    request, result = receipt.request, receipt.result
    name, number = receipt.psn_name, request["psn_no"]
    if hide:
        name, number = mask(name) if name else "", mask(number)
    zh, en = MED_TYPE_NAMES.get(request["med_type"], (request["med_type"], ""))
    until = f" – {_day(request['endtime'])}" if request["endtime"] is not None else ""
    table = Table.grid(padding=(0, 2))
    for label, told in (
        ("人员 person", f"{name} {number}".strip()),
        ("机构 institution", f"{request['fixmedins_code']} ({request['mdtrtarea_admvs']})"),
        ("就诊 visit", f"{request['mdtrt_id']}  {zh} {en}  {_day(request['begntime'])}{until}"),
        ("参保 insured", f"{request['insuplc_admdvs']}  {request['insutype']}"),
        ("结算 settlement", f"{request['setl_id']}  {moment_of(result['setl_time']):%Y-%m-%d %H:%M:%S}"),
    ):
        table.add_row(Text(label, style="dim"), Text(told))
    return table


def _lines(receipt: Receipt) -> Table:
    table = Table(box=SIMPLE_HEAD, title="费用明细 lines", title_justify="left")
    table.add_column("项目\nitem", max_width=30, overflow="fold")
    table.add_column("等级\ngrade", overflow="fold")
    _add_figures(table, "数量\ncount", "单价\nprice", *PARTS)
    for line in receipt.lines[:LINES_SHOWN_MAX]:
        scaled = (_plain(line.cnt, 4), _price(line.pric))
        table.add_row(Text(line.name), GRADES.get(line.grade, line.grade), *scaled, *_parts(line.parts))
    if len(receipt.lines) > LINES_SHOWN_MAX:
        table.caption = f"… 另有 {len(receipt.lines) - LINES_SHOWN_MAX} 行 more lines"
    return table


def _add_figures(table: Table, *columns: str) -> None:
    """Heads give way on a narrow screen, and nothing is cut: what is cut cannot be told apart from what is missing."""
    for column in columns:
        table.add_column(column, justify="right", overflow="fold")


def _categories(receipt: Receipt) -> Table:
    table = Table(box=SIMPLE_HEAD, title="费用大类 categories", title_justify="left")
    table.add_column("类别\ncategory", overflow="fold")
    _add_figures(table, "项数\nlines", *PARTS)
    for category in receipt.categories:
        zh, en = CATEGORY_NAMES[category.code]
        table.add_row(f"{category.code} {zh} {en}", str(category.item_cnt), *_parts(category.parts))
    return table


def _payment(receipt: Receipt) -> Table:
    amounts = receipt.amounts
    table = Table(box=SIMPLE_HEAD, title="支付 payment (元 yuan)", title_justify="left", show_header=False)
    table.add_column()
    table.add_column(justify="right", no_wrap=True)
    if amounts is None:
        return table
    _row(table, "医疗费总额 total", amounts["medfee_sumamt"], strong=True)
    _row(table, "起付线 deductible charged", amounts["act_pay_dedc"])
    table.add_row("统筹支付比例 pool's ratio", f"{_plain(amounts['pool_prop_selfpay'], 2)} %", end_section=True)
    for fund in receipt.funds:
        _row(table, f"{fund.zh} {fund.en}", fund.amount)
    _row(table, "基金支付总额 funds together", amounts["fund_pay_sumamt"], strong=True)
    if amounts["hosp_part_amt"]:
        _row(table, "医院负担 borne by the hospital", amounts["hosp_part_amt"])
    _row(table, "个人账户支付 personal account", amounts["acct_pay"])
    _row(table, "个人现金支付 cash", amounts["psn_cash_pay"], strong=True)
    if receipt.result["balc"] is not None:
        _row(table, "账户余额 balance after", receipt.result["balc"])
    if receipt.result["warnings"]:
        table.caption = Text(f"提示 notes: {', '.join(receipt.result['warnings'])}", style="dim italic")
    return table


def _refusal(receipt: Receipt) -> RenderableType:
    fault = receipt.result["fault"]
    if fault is None:
        return ""
    detail = f"\n{fault['detail']}" if fault["detail"] else ""
    return Text.assemble((fault["code"], "bold"), f" {fault['zh']} — {fault['en']} ({fault['service']}){detail}")


def _row(table: Table, label: str, amount: Fen, *, strong: bool = False) -> None:
    table.add_row(label, yuan_of_fen(amount), style="bold" if strong else None)


def _parts(parts: Parts) -> tuple[str, ...]:
    amounts = (parts.fulamt_ownpay, parts.overlmt, parts.preselfpay, parts.inscp_scp)
    return yuan_of_fen(parts.amount), *(yuan_of_fen(amount) if amount else "" for amount in amounts)


def _plain(scaled: int, places: int) -> str:
    """A scaled number without trailing zeros: 25000 by 4 places → 2.5."""
    return f"{Decimal(scaled).scaleb(-places).normalize():f}"


def _price(pric: int) -> str:
    """A unit price in yuan with two decimals, or as many as it needs."""
    yuan = _plain(pric, 6)
    decimals = len(yuan.partition(".")[2])
    return yuan if decimals > 1 else f"{Decimal(yuan):.2f}"


def _day(instant_ms: int) -> str:
    return f"{moment_of(instant_ms):%Y-%m-%d}"
