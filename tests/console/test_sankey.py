"""The bill as bands."""

import itertools
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yidi.console.sankey import BILL, PARTS, PAYERS, TOTAL_HEIGHT, Flow, drawing_of, flows_of

FEN = st.integers(0, 10_000_000)


@st.composite
def bills(draw: st.DrawFn) -> tuple[dict[str, Any], dict[str, int]]:
    """A request and amounts that add up, as the identities of the national interface want it (domain §5)."""
    codes = draw(st.lists(st.sampled_from([f"{n:02d}" for n in range(1, 15)]), min_size=1, max_size=6, unique=True))
    categories = []
    for code in codes:
        parts = {part: draw(FEN) for part, _, _ in PARTS}
        categories.append({"med_chrgitm_type": code, "item_sumamt": sum(parts.values()), **parts})
    total = sum(category["item_sumamt"] for category in categories)
    cuts = sorted(draw(st.lists(st.integers(0, total), min_size=len(PAYERS) - 1, max_size=len(PAYERS) - 1)))
    shares = [end - begin for begin, end in zip([0, *cuts], [*cuts, total], strict=True)]
    amounts = {payer: share for (payer, _, _), share in zip(PAYERS, shares, strict=True)}
    return {"categories": categories}, {**amounts, "medfee_sumamt": total}


def into(flows: list[Flow], name: str) -> int:
    return sum(amount for _, to, amount in flows if to == name)


def out_of(flows: list[Flow], name: str) -> int:
    return sum(amount for source, _, amount in flows if source == name)


@settings(max_examples=60, deadline=None)
@given(bills())
def test_every_bar_passes_on_what_it_gets(bill: tuple[dict[str, Any], dict[str, int]]):
    """To the fen: categories and parts neither lose nor make money, and every payer pays exactly its amount."""
    request, amounts = bill
    if not amounts["medfee_sumamt"]:
        return
    flows = flows_of(request, amounts)
    assert out_of(flows, BILL) == amounts["medfee_sumamt"]
    for middle in [c["med_chrgitm_type"] for c in request["categories"]] + [part for part, _, _ in PARTS]:
        assert into(flows, middle) == out_of(flows, middle)
    assert all(into(flows, payer) == amounts[payer] for payer, _, _ in PAYERS)


@settings(max_examples=60, deadline=None)
@given(bills())
def test_bars_of_a_column_never_touch(bill: tuple[dict[str, Any], dict[str, int]]):
    """Labels stay readable: each bar begins below the one above it, and everything lies inside the drawing."""
    request, amounts = bill
    if not amounts["medfee_sumamt"]:
        return
    drawing = drawing_of(flows_of(request, amounts))
    for column in range(4):
        bars = [node for node in drawing.nodes if node.column == column]
        assert all(below.y > above.y + above.height for above, below in itertools.pairwise(bars))
        assert all(node.y + node.height <= drawing.height for node in bars)


def test_heights_are_in_proportion():
    """The bill's bar has its whole height; a half of it has half."""
    parts = {"inscp_scp_amt": 50, "preselfpay_amt": 0, "overlmt_selfpay": 0, "fulamt_ownpay_amt": 50}
    request = {"categories": [{"med_chrgitm_type": "01", "item_sumamt": 100, **parts}]}
    amounts = {payer: 0 for payer, _, _ in PAYERS} | {"medfee_sumamt": 100, "psn_cash_pay": 100}
    heights = {node.name: node.height for node in drawing_of(flows_of(request, amounts)).nodes}
    assert heights[BILL] == TOTAL_HEIGHT
    assert heights["inscp_scp_amt"] == TOTAL_HEIGHT / 2
    assert "preselfpay_amt" not in heights


def test_negative_twin_is_not_drawn():
    """A reversal's amounts are below zero: there is no picture of that."""
    with pytest.raises(ValueError, match="nothing positive"):
        flows_of({"categories": []}, {"medfee_sumamt": -100})
