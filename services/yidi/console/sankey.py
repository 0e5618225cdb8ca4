"""Where a bill's money goes, as bands between columns: bill → categories → parts → funds and person. Pure.

Bill → category → part are exact sums of the request. Which yuan of a part a fund paid is nobody's figure: the
drawing gives the funds the in-scope part first, then what the person would bear; every band and every node adds up.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from yidi.domain.codes import CATEGORY_NAMES

PARTS: Final = (
    ("inscp_scp_amt", "政策范围内", "in scope"),
    ("preselfpay_amt", "先行自付", "prior self-pay"),
    ("overlmt_selfpay", "超限价自费", "over limit"),
    ("fulamt_ownpay_amt", "全自费", "fully self-paid"),
)
PAYERS: Final = (
    ("hifp_pay", "统筹基金", "basic pool"),
    ("hifob_pay", "大额补助", "large amount"),
    ("hifmi_pay", "大病保险", "serious illness"),
    ("cvlserv_pay", "公务员补助", "civil servants"),
    ("hifes_pay", "企业补充", "enterprise"),
    ("maf_pay", "医疗救助", "assistance"),
    ("oth_pay", "其他基金", "other funds"),
    ("hosp_part_amt", "医院负担", "hospital"),
    ("acct_pay", "个人账户", "personal account"),
    ("psn_cash_pay", "个人现金", "cash"),
)
"""In the order in which they stand beneath each other; funds before the person."""
BILL: Final = "bill"


@dataclass(frozen=True, slots=True)
class Node:
    """A bar: `column` 0 to 3, place and height in the drawing's units, amount in fen."""

    name: str
    zh: str
    en: str
    kind: str
    column: int
    x: float
    y: float
    height: float
    amount: int


@dataclass(frozen=True, slots=True)
class Band:
    """A flow between two bars, as an SVG path; `kind` is that of the node it leads to."""

    path: str
    kind: str
    amount: int
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Drawing:
    width: float
    height: float
    nodes: tuple[Node, ...]
    bands: tuple[Band, ...]


Flow = tuple[str, str, int]
"""From, to, fen."""

WIDTH: Final = 1000.0
LEFT: Final = 96.0
"""Room for the bill's label, left of its bar."""
BAR: Final = 14.0
GAP: Final = 14.0
LABEL_HEIGHT: Final = 30.0
"""Two lines of text: bars stand far enough from each other for their labels."""
TOTAL_HEIGHT: Final = 300.0
"""Height of the whole bill; gaps come on top."""
HEIGHT_MIN: Final = 1.5
"""The thinnest bar: one fen stays visible."""
RIGHT: Final = 150.0
"""Room for the payers' labels, right of their bars."""
_STEP: Final = (WIDTH - LEFT - RIGHT) / 3


def flows_of(request: Mapping[str, Any], amounts: Mapping[str, int]) -> list[Flow]:
    """Every flow with an amount; ValueError when there is nothing positive to draw (a reversal's twin)."""
    categories = [c for c in request["categories"] if c["item_sumamt"] > 0]
    if amounts["medfee_sumamt"] <= 0 or not categories:
        raise ValueError("nothing positive to draw")
    first = [(BILL, c["med_chrgitm_type"], c["item_sumamt"]) for c in categories]
    second = [(c["med_chrgitm_type"], part, c[part]) for c in categories for part, _, _ in PARTS]
    parts = {part: sum(c[part] for c in categories) for part, _, _ in PARTS}
    third = _shared_out(parts, {payer: amounts[payer] for payer, _, _ in PAYERS})
    return [flow for flow in (*first, *second, *third) if flow[2] > 0]


def _shared_out(parts: Mapping[str, int], payers: Mapping[str, int]) -> Iterable[Flow]:
    """Fill the payers, in their order, from the parts, in theirs."""
    left = dict(parts)
    for payer, amount in payers.items():
        wanted = amount
        for part, there in left.items():
            taken = min(wanted, there)
            left[part], wanted = there - taken, wanted - taken
            yield part, payer, taken


def drawing_of(flows: Sequence[Flow]) -> Drawing:
    """Bars and bands laid out; bars of a column stand beneath each other in the order of the tables above."""
    totals = _totals(flows)
    bill = totals[BILL]
    columns = [[name for name in column if totals.get(name)] for column in _columns(flows)]
    nodes = {node.name: node for number, names in enumerate(columns) for node in _stacked(number, names, totals, bill)}
    bottom = max(node.y + max(node.height, LABEL_HEIGHT) for node in nodes.values())
    return Drawing(WIDTH, bottom + GAP, tuple(nodes.values()), tuple(_bands(flows, nodes, bill)))


def _columns(flows: Sequence[Flow]) -> list[list[str]]:
    categories = sorted({to for source, to, _ in flows if source == BILL})
    return [[BILL], categories, [part for part, _, _ in PARTS], [payer for payer, _, _ in PAYERS]]


def _totals(flows: Sequence[Flow]) -> dict[str, int]:
    """What flows into each bar; the bill has what flows out."""
    totals = {BILL: sum(amount for source, _, amount in flows if source == BILL)}
    for _, to, amount in flows:
        totals[to] = totals.get(to, 0) + amount
    return totals


def _stacked(column: int, names: Sequence[str], totals: Mapping[str, int], bill: int) -> Iterable[Node]:
    y = GAP
    for name in names:
        zh, en = _words(name)
        height = max(HEIGHT_MIN, totals[name] / bill * TOTAL_HEIGHT)
        yield Node(name, zh, en, _kind(name), column, LEFT + column * _STEP, y, height, totals[name])
        y += max(height, LABEL_HEIGHT) + GAP


def _bands(flows: Sequence[Flow], nodes: Mapping[str, Node], bill: int) -> Iterable[Band]:
    leaving = {name: node.y for name, node in nodes.items()}
    entering = dict(leaving)
    for source, to, amount in sorted(
        flows, key=lambda flow: (nodes[flow[0]].column, nodes[flow[0]].y, nodes[flow[1]].y)
    ):
        thick = amount / bill * TOTAL_HEIGHT
        path = _path(nodes[source].x + BAR, leaving[source], nodes[to].x, entering[to], max(thick, HEIGHT_MIN))
        leaving[source] += thick
        entering[to] += thick
        words = (f"{nodes[source].zh} → {nodes[to].zh}", f"{nodes[source].en} → {nodes[to].en}")
        yield Band(path, nodes[to].kind, amount, *words)


def _path(x1: float, y1: float, x2: float, y2: float, thick: float) -> str:
    middle = (x1 + x2) / 2
    upper = f"M{x1:.1f} {y1:.1f}C{middle:.1f} {y1:.1f} {middle:.1f} {y2:.1f} {x2:.1f} {y2:.1f}"
    back = f"V{y2 + thick:.1f}C{middle:.1f} {y2 + thick:.1f} {middle:.1f} {y1 + thick:.1f} {x1:.1f} {y1 + thick:.1f}Z"
    return upper + back


def _words(name: str) -> tuple[str, str]:
    named = {key: (zh, en) for key, zh, en in (*PARTS, *PAYERS)}
    return named.get(name) or CATEGORY_NAMES.get(name) or ("医疗费总额", "the bill")


def _kind(name: str) -> str:
    """The style class: categories in one calm colour, parts, funds and the person each in theirs."""
    if name in ("acct_pay", "psn_cash_pay"):
        return "person"
    if name == "hosp_part_amt":
        return "hospital"
    if any(name == payer for payer, _, _ in PAYERS):
        return "fund"
    parts = {"inscp_scp_amt": "scope", "preselfpay_amt": "prior", "overlmt_selfpay": "over", "fulamt_ownpay_amt": "own"}
    return parts.get(name, "category")
