"""A manual claim as people read it: papers, deadline, and who would pay by either catalogue."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from yidi.domain.counting import counted
from yidi.domain.money import yuan_of_fen

Answer = Mapping[str, Any]
ROWS: Final = (
    ("medfee_sumamt", "医疗费总额 total"),
    ("fulamt_ownpay_amt", "全自费 fully self-paid"),
    ("overlmt_selfpay", "超限价 over limit"),
    ("preselfpay_amt", "先行自付 prior self-pay"),
    ("inscp_scp_amt", "政策范围内 in scope"),
    ("act_pay_dedc", "起付线 deductible charged"),
    ("fund_pay_sumamt", "基金支付 funds pay"),
    ("acct_pay", "个人账户 account pays"),
    ("psn_cash_pay", "个人负担 stays with the person"),
)


def lines(claim: Answer) -> Iterator[RenderableType]:
    """Deadline, papers, doubts, the two calculations side by side, and the payment advice."""
    days = claim["days_left"]
    left = "" if days is None else f", {counted(days, 'day')} left" if days >= 0 else ", over since then"
    yield f"manual claim until {claim['deadline'] or 'unknown'} (treated until {claim['treated'] or 'unknown'}{left})"
    if days is not None and days < 0:
        yield Text(
            f"  ! The deadline was {counted(-days, 'day')} ago: ask the agency first whether it still takes the claim.",
            "red",
        )
    for paper in claim["papers"]:
        yield f"  · {paper['zh']} {paper['en']}"
    for doubt in claim["payable_doubts"]:
        yield Text(f"  ! {doubt['zh']} {doubt['en']}", style="yellow")
    calculation = claim.get("calculation")
    if calculation is None:
        yield "not calculated yet; yidi errors claim ID --dry-run does it"
    elif calculation["why"] is not None:
        yield f"no calculation: {calculation['why']['zh']} {calculation['why']['en']}"
    else:
        yield from _calculated(calculation)


def _calculated(calculation: Answer) -> Iterator[RenderableType]:
    manual, direct = calculation["manual"], calculation["direct"]
    table = Table(title="calculation 计算 (元 yuan)", title_justify="left", box=SIMPLE_HEAD)
    table.add_column("")
    table.add_column("手工报销 manual claim", justify="right")
    table.add_column("直接结算 direct", justify="right")
    for name in ("catalogue", "filing_class", "policy"):
        table.add_row(name, manual[name] or "—", direct[name] or "—")
    for name, words in ROWS:
        table.add_row(words, _amount(manual, name), _amount(direct, name))
    yield table
    for side, words in ((manual, "no claim"), (direct, "no direct amount")):
        if side["why"] is not None:
            yield f"{words}: {side['code']} {side['why']['zh']} {side['why']['en']}"
    for note in manual["notes"]:
        yield f"  · {note['zh']} {note['en']}"
    yield Text(f"{calculation['advice']['zh']}\n{calculation['advice']['en']}", style="bold")


def _amount(side: Answer, name: str) -> str:
    return "—" if side["amounts"] is None else yuan_of_fen(side["amounts"][name])
