"""A stay's charge details: forwarded once to the inbox that settled it."""

from typing import Any

import pytest

from tests.platform.samples import answered, detailed, details, request, requested, result
from tests.platform.seat import forwarded, seat
from yidi.runtime.decider import NOTHING

STAY = request(med_type="21")


def settled():
    taken = seat()
    taken.put(requested(STAY))
    taken.put(answered(result(STAY)))
    return taken


def test_details_go_to_the_settlements_inbox_untouched_and_without_verdict():
    """The agency compares them with the categories; the platform does not look."""
    record = detailed(details(STAY))
    (envelope,) = forwarded(settled().put(record))
    assert (envelope["request"], envelope["verdict"]) == (record.value, None)
    assert envelope["msgid"] == details(STAY)["msgid"]


def test_details_that_come_again_bring_nothing_unless_replayed():
    """A repeat is known; a higher attempt is forwarded under it."""
    taken = settled()
    taken.put(detailed(details(STAY)))
    assert taken.put(detailed(details(STAY))) == NOTHING
    assert forwarded(taken.put(detailed(details(STAY), attempt=2)))[0]["attempt"] == 2


def test_other_lines_under_the_same_msgid_are_a_conflict():
    """The first stand."""
    taken = settled()
    taken.put(detailed(details(STAY)))
    assert taken.refused(detailed(details(STAY, mdtrt_id="V2"))).fault.code == "ID_CONFLICT"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"request_msgid": "M9"}, "SETTLEMENT_NOT_FOUND"),
        ({"setl_id": "0" * 32}, "FIELD_INVALID"),
        ({"psn_no": "33010000000000000002"}, "KEY_DIFFERS"),
    ],
)
def test_details_of_no_settlement_of_ours_are_refused(changes: dict[str, Any], code: str):
    """Nobody waits for an answer: an error report only."""
    assert settled().refused(detailed(details(STAY, **changes))).fault.code == code


def test_details_of_what_is_not_settled_are_refused():
    """Open or refused: there is nothing that they could be the details of."""
    taken = seat()
    taken.put(requested(STAY))
    assert taken.refused(detailed(details(STAY))).fault.code == "SETTLEMENT_NOT_FOUND"
    taken.put(answered(result(STAY, "REFUSED")))
    assert taken.refused(detailed(details(STAY))).fault.code == "SETTLEMENT_NOT_FOUND"
