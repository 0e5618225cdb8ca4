"""The receipt on the screen."""

import io

from rich.console import Console

from tests.hospital.test_receipt import BILL, REQUEST, RESULT
from tests.hospital.ward import PERSON, result_of
from yidi.cli.receipts import render_receipt
from yidi.contract import records
from yidi.hospital.receipt import receipt_of


def printed(result: records.SettlementResult, *, masked: bool = True) -> str:
    screen = io.StringIO()
    receipt = receipt_of(REQUEST, result, None, BILL)
    Console(markup=False, width=160, file=screen).print(render_receipt(receipt, masked=masked))
    return screen.getvalue()


def test_printed_receipt_says_that_it_is_simulated_and_hides_the_person() -> None:
    """Every receipt says simulated; name and number are masked unless the user asks."""
    text = printed(RESULT)
    assert "simulated" in text
    assert "模拟甲" not in text
    assert PERSON not in text
    assert "40.00" in text
    assert "85.5 %" in text
    shown = printed(RESULT, masked=False)
    assert "模拟甲" in shown
    assert PERSON in shown


def test_printed_refusal_names_its_fault() -> None:
    """A refusal has no payment, but its code."""
    text = printed(result_of(REQUEST, "REFUSED"))
    assert "NOT_FILED" in text
    assert "cash" not in text


def test_a_narrow_screen_cuts_nothing() -> None:
    """A long name or head goes on in the next line: what is cut cannot be told apart from what is missing."""
    screen = io.StringIO()
    receipt = receipt_of(REQUEST, RESULT, None, BILL)
    Console(markup=False, width=80, file=screen).print(render_receipt(receipt, masked=True))
    text = screen.getvalue()
    assert all(word in text for word in ("床位费", "50.00", "4.29", "scope"))
    assert "…" not in text


def test_a_detail_with_brackets_is_printed_as_it_is() -> None:
    """A refusal's words come from another organisation: they colour and break nothing on our screen."""
    refused = result_of(REQUEST, "REFUSED")
    assert refused["fault"] is not None
    told = {**refused, "fault": {**refused["fault"], "detail": "see [/b] and [red]this"}}
    assert "see [/b] and [red]this" in printed(told)  # type: ignore[arg-type]
