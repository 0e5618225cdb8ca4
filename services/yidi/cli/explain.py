"""`yidi explain`: a settlement taken apart to the fen: line → category → policy rule → fund."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, NamedTuple

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Group
from rich.table import Column, Table
from rich.text import Text

from yidi.agency.explanation import Language, fund_name, proc_info
from yidi.agency.explanation import explain as in_words
from yidi.chain.journey import NotFound, journey_of
from yidi.chain.leg import Leg
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.session import run_until_interrupted
from yidi.cli.options import DataDir, Json, running_chain
from yidi.cli.screen import out, print_json, progress_bars
from yidi.domain.codes import CATEGORY_NAMES
from yidi.domain.money import yuan_of_fen

app = typer.Typer(rich_markup_mode=None)

LINES_SHOWN_MAX: Final = 40
"""A long stay's lines are counted beyond this; `--json` has them all."""


class Parts(NamedTuple):
    """What an explanation is made of: the answer, the request, and the split lines."""

    result: Mapping[str, Any]
    request: Mapping[str, Any]
    lines: list[Mapping[str, Any]]


@app.command()
def explain(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="msgid, setl_id or mdtrt_id of a settlement.")],
    *,
    zh: Annotated[bool, typer.Option("--zh", help="Reasons in Chinese.")] = False,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Take a settlement apart to the fen: every line, every category, every rule of the policy, every fund.

    Example: yidi explain H33010000001202611200930000001 --zh
    """
    parts = parts_of(run_until_interrupted(_journey(running_chain(data_dir), wanted)), wanted)
    language: Language = "zh" if zh else "en"
    if json:
        print_json(_as_json(parts, language))
        return
    out.print(explanation(parts, language))


async def _journey(chain: Descriptor, wanted: str) -> list[Leg]:
    with progress_bars() as bars:
        async with Reader(chain.connection, chain.partitions) as reader:
            return await journey_of(
                reader, chain.inboxes, wanted, chain.partitions, lambda done, total: bars("topics read", done, total)
            )


def parts_of(legs: Iterable[Leg], wanted: str) -> Parts:
    """Pick the last settled answer and what it answers; NotFound when nothing was settled under the id."""
    request: Mapping[str, Any] | None = None
    result: Mapping[str, Any] | None = None
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for leg in legs:
        if leg.kind == "SettlementRequest" and leg.content["categories"]:
            request = leg.content
        elif leg.kind == "SettlementResult" and leg.content["outcome"] == "DONE" and leg.content["policy_id"]:
            result = leg.content
        elif leg.kind == "ChargeDetails":
            lines[leg.content["setl_id"]] = leg.content["lines"]
    if request is None or result is None:
        raise NotFound(f"Nothing was settled under {wanted}.", "See what happened with `yidi trace`.")
    return Parts(result, request, request["lines"] or lines.get(request["setl_id"], []))


def explanation(parts: Parts, language: Language) -> Group:
    """The whole explanation, from the lines down to the funds."""
    result = parts.result
    policy = f"{result['policy_id']} version {result['policy_version']} ({(result['policy_digest'] or '')[:12]}…)"
    steps = [(step["rule"], step["figures"]) for step in result["steps"]]
    numbered = [f"{number:>3}. {words}" for number, words in enumerate(in_words(steps, language), 1)]
    return Group(
        _lines_table(parts.lines),
        _categories_table(parts.request["categories"]),
        Text(f"\nPolicy 待遇政策  {policy}", style="bold"),
        *(Text(line) for line in numbered),
        Text(""),
        _funds_table(result, steps, language),
        Text("Synthetic data; a simulator, not the official platform. 模拟数据", style="dim"),
    )


def _lines_table(lines: list[Mapping[str, Any]]) -> Table:
    table = _table("Lines 费用明细", "line", "item", "category", "grade")
    for name in ("amount", "self-paid 全自费", "over limit 超限价", "prior 先行自付", "in scope 范围内"):
        table.add_column(name, justify="right")
    for line in lines[:LINES_SHOWN_MAX]:
        table.add_row(
            line["feedetl_sn"],
            line["med_list_codg"],
            _category(line["med_chrgitm_type"]),
            {"01": "甲", "02": f"乙 {line['selfpay_prop'] / 100:g}%", "03": "丙"}.get(line["chrgitm_lv"], "?"),
            *_yuan(line, "det_item_fee_sumamt", "fulamt_ownpay_amt", "overlmt_amt", "preselfpay_amt", "inscp_scp_amt"),
        )
    if len(lines) > LINES_SHOWN_MAX:
        table.caption = f"… and {len(lines) - LINES_SHOWN_MAX} more lines (--json has all)"
    return table


def _categories_table(categories: list[Mapping[str, Any]]) -> Table:
    table = _table("Categories 费用大类", "category", "lines")
    for name in ("amount", "self-paid", "over limit", "prior", "in scope"):
        table.add_column(name, justify="right")
    names = ("item_sumamt", "fulamt_ownpay_amt", "overlmt_selfpay", "preselfpay_amt", "inscp_scp_amt")
    for total in categories:
        table.add_row(_category(total["med_chrgitm_type"]), str(total["item_cnt"]), *_yuan(total, *names))
    table.add_section()
    sums = {name: sum(total[name] for total in categories) for name in names}
    table.add_row("Σ", "", *_yuan(sums, *names), style="bold")
    return table


def _funds_table(result: Mapping[str, Any], steps: list[tuple[str, dict[str, int]]], language: Language) -> Table:
    amounts = result["amounts"]
    table = _table("Who pays 谁来付", "fund")
    table.add_column("yuan", justify="right")
    table.add_column("because")
    for row in amounts["setldetail"]:
        reason = proc_info(row["fund_pay_type"], steps, language)
        table.add_row(fund_name(row["fund_pay_type"], language), yuan_of_fen(row["fund_payamt"]), reason)
    table.add_row("现金 cash", yuan_of_fen(amounts["psn_cash_pay"]), "what no fund and no account pays")
    table.add_section()
    table.add_row("Σ", yuan_of_fen(amounts["medfee_sumamt"]), "", style="bold")
    return table


def _table(title: str, *columns: str) -> Table:
    """Narrow terminals fold long words: a name that is cut is no name."""
    folding = (Column(name, overflow="fold") for name in columns)
    return Table(*folding, title=title, title_justify="left", box=SIMPLE_HEAD)


def _yuan(row: Mapping[str, int], *names: str) -> list[str]:
    return [yuan_of_fen(row[name]) if row[name] else "·" for name in names]


def _category(code: str) -> str:
    zh, en = CATEGORY_NAMES.get(code, ("?", "unknown"))
    return f"{code} {zh} {en}"


def _as_json(parts: Parts, language: Language) -> dict[str, Any]:
    steps = [(step["rule"], step["figures"]) for step in parts.result["steps"]]
    return {
        "setl_id": parts.result["setl_id"],
        "policy": {name: parts.result[f"policy_{name}"] for name in ("id", "version", "digest")},
        "lines": parts.lines,
        "categories": parts.request["categories"],
        "steps": [
            {"rule": rule, "figures": figures, "words": words}
            for (rule, figures), words in zip(steps, in_words(steps, language), strict=True)
        ],
        "amounts": parts.result["amounts"],
        "unit": "fen",
    }
