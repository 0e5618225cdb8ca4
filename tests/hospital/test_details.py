"""An encounter's lines: sent after a settled stay, kept while they may be wanted, dropped in time."""

import pytest

from tests.hospital.ward import (
    DAY,
    MSGID,
    NOW,
    Ward,
    catalogue,
    charges,
    details_of,
    item,
    line,
    refusal_of,
    request_of,
    result_of,
    settled,
    state,
    stay,
)
from yidi.contract import records
from yidi.contract.codec import CATALOGUE
from yidi.domain.identities import derived_id
from yidi.hospital.ledger import MESSAGES, lines_timer
from yidi.runtime.decider import NOTHING


def test_stay_sends_categories_now_and_details_once_done() -> None:
    """A stay's lines follow the settlement, once, and carry the settlement's id."""
    ward = Ward()
    request = request_of(ward.send(stay(line("1", "BED", 18_000, 3), line("2", "DRUG-B", 2_000))))
    assert request["lines"] is None
    details = details_of(ward.answer(result_of(request)))
    assert details["msgid"] == derived_id(MSGID, "details", 1)
    assert (details["setl_id"], details["request_msgid"]) == (request["setl_id"], MSGID)
    assert [row["feedetl_sn"] for row in details["lines"]] == ["1", "2"]
    assert ward.answer(result_of(request)) == NOTHING


def test_details_name_the_attempt_that_was_done() -> None:
    """After a replay at the platform the details carry the attempt of the result."""
    ward = Ward()
    request = request_of(ward.send(stay()))
    ward.answer(result_of(request, "REFUSED"))
    decision = ward.answer(result_of(request, "DONE", attempt=2))
    assert details_of(decision)["msgid"] == derived_id(MSGID, "details", 2)
    assert decision.messages[0].headers == (("attempt", b"2"),)


@pytest.mark.parametrize("encounter", [charges(), stay(operation="PRE_SETTLE")])
def test_only_a_settled_stay_has_details(encounter: records.EncounterCharges) -> None:
    """Other care sent its lines already, and a pre-settlement changes nothing."""
    ward = Ward()
    assert ward.answer(result_of(request_of(ward.send(encounter)))).messages == ()


def test_refused_encounter_keeps_its_lines_for_a_time() -> None:
    """Lines of a refused encounter stay until the manual claim's deadline; then only the bytes go, never the ids."""
    ward = Ward()
    ward.answer(result_of(request_of(ward.send(stay())), "REFUSED"))
    before = MESSAGES.get(ward.view, MSGID)
    assert ward.view.timers[lines_timer(MSGID)] >= NOW + 92 * DAY
    ward.fire(lines_timer(MSGID))
    after = MESSAGES.get(ward.view, MSGID)
    assert before is not None
    assert after is not None
    assert before.charges
    assert before.details
    assert (after.charges, after.details) == (b"", b"")
    assert (after.answer, after.state, after.setl_id) == (before.answer, "REFUSED", before.setl_id)


def test_done_after_the_lines_were_dropped_is_adopted_and_reported() -> None:
    """A stay that is done after its lines' time stays done, and people hear that its details are missing."""
    ward = Ward()
    request = request_of(ward.send(stay()))
    ward.answer(result_of(request, "REFUSED"))
    ward.fire(lines_timer(MSGID))
    decision = ward.answer(result_of(request, "DONE", attempt=2))
    assert state(ward) == "DONE"
    assert decision.failure is not None
    assert decision.failure.refusal.fault.code == "DETAILS_DIFFER"


def test_replay_after_the_time_sends_the_same_request_or_none() -> None:
    """Made anew from changed reference data it would be other content under its msgid: refused, and never left open.

    As an amended message it can be sent.
    """
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "REFUSED"))
    ward.fire(lines_timer(MSGID))
    dearer = catalogue("catalogue-110000", item("DRUG-A", "09", "02", 500), version=9)
    ward.shared(CATALOGUE, "catalogue/catalogue-110000", dearer)
    assert refusal_of(ward.send(charges(), attempt=2)).fault.code == "FIELD_INVALID"
    assert refusal_of(ward.send(charges(), attempt=3)).fault.code == "FIELD_INVALID"
    amended = request_of(ward.send(charges(msgid=f"{MSGID[:-1]}7", amends=MSGID)))
    assert amended["setl_id"] == request["setl_id"]


def test_replay_after_the_time_goes_on_where_nothing_changed() -> None:
    """Made anew from the same reference data it is the same request, byte for byte."""
    ward = Ward()
    first = ward.send(charges())
    ward.answer(result_of(request_of(first), "REFUSED"))
    ward.fire(lines_timer(MSGID))
    assert [message.value for message in ward.send(charges(), attempt=2).messages] == [first.messages[0].value]


def test_timer_of_an_encounter_that_is_done_drops_nothing() -> None:
    """A timer that fires after all has been superseded has no effect."""
    ward = Ward()
    settled(ward)
    assert ward.fire(lines_timer(MSGID)) == NOTHING
    assert ward.fire(lines_timer("never-heard-of")) == NOTHING


def test_done_drops_the_encounters_bytes() -> None:
    """Once done, lines live in the log and no longer in the state."""
    ward = Ward()
    settled(ward)
    row = MESSAGES.get(ward.view, MSGID)
    assert row is not None
    assert (row.charges, row.details) == (b"", b"")
