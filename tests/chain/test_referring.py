"""Queries and reversals of an earlier encounter."""

from typing import Any

import pytest

from tests.chain.legs import leg
from yidi.chain.referring import NotReferable, referring
from yidi.contract.codec import ENCOUNTER_CHARGES

NOW_MS = 1_790_000_000_000


def asked(operation: Any, wanted: str = "M1", now_ms: int = NOW_MS) -> Any:
    legs = [
        leg("EncounterCharges", operation="SETTLE", msgid="M1"),
        leg("EncounterCharges", operation="QUERY", msgid="Q"),
    ]
    encounter = referring(operation, legs, wanted, now_ms)
    return ENCOUNTER_CHARGES.decode(encounter.value)


@pytest.mark.parametrize("operation", ["QUERY", "REVERSE"])
def test_it_refers_and_carries_no_lines(operation: str) -> None:
    """The request names the original by its msgid, has an id of its own, and no charges."""
    message = asked(operation)
    assert (message["operation"], message["refers"], message["amends"]) == (operation, "M1", None)
    assert (message["lines"], message["medfee_sumamt"], message["acct_pay_amt"]) == ([], 0, None)
    assert message["msgid"] != "M1"


def test_ids_differ_by_moment_and_operation() -> None:
    """Asked again later it is another message; asked at the same moment it is the same."""
    ids = [asked("QUERY")["msgid"], asked("QUERY", now_ms=NOW_MS + 1)["msgid"], asked("REVERSE")["msgid"]]
    assert len(set(ids)) == 3
    assert asked("QUERY")["msgid"] == ids[0]


def test_found_by_other_ids() -> None:
    """By visit or settlement the last settled encounter is meant."""
    assert asked("QUERY", wanted="V1")["refers"] == "M1"


def test_nothing_to_refer_to() -> None:
    """Without an encounter that was to be settled there is nothing to ask about."""
    with pytest.raises(NotReferable):
        referring("QUERY", [leg("EncounterCharges", operation="QUERY")], "Q", NOW_MS)
