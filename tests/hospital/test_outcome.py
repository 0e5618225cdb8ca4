"""What a result from the platform does to its encounter, whatever came before it."""

from typing import Any

import pytest

from tests.hospital.ward import (
    MSGID,
    Ward,
    catalogue,
    charges,
    details_of,
    item,
    line,
    refusal_of,
    request_of,
    result_of,
    state,
    stay,
)
from yidi.contract.codec import CATALOGUE
from yidi.domain.faults import Refusal
from yidi.domain.identities import derived_id
from yidi.runtime.decider import NOTHING


def test_unknown_is_adopted() -> None:
    """An unknown outcome keeps the encounter open until the answer comes."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "UNKNOWN"))
    assert state(ward) == "UNKNOWN"
    ward.answer(result_of(request))
    assert state(ward) == "DONE"


def test_unknown_never_follows_a_final_outcome() -> None:
    """A provisional answer that comes after the final one is stale."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request))
    assert ward.answer(result_of(request, "UNKNOWN")) == NOTHING


def test_refused_by_the_platform_is_sent_on_as_it_was() -> None:
    """A higher attempt sends the very bytes of the first request, though reference data has changed since."""
    ward = Ward()
    first = ward.send(stay(line("1", "OLD")))
    ward.answer(result_of(request_of(first), "REFUSED"))
    self_paid = catalogue("catalogue-110000", item("OLD", "03", "03"), version=2)
    ward.shared(CATALOGUE, "catalogue/catalogue-110000", self_paid)
    second = ward.send(stay(line("1", "OLD")), attempt=2)
    assert second.messages[0].value == first.messages[0].value
    details = details_of(ward.answer(result_of(request_of(second), attempt=2)))
    assert details["msgid"] == derived_id(MSGID, "details", 2)
    assert details["lines"][0]["chrgitm_lv"] == "02"


def test_done_supersedes_an_earlier_refusal() -> None:
    """done(2) after refused(1): the encounter is done, and holds its visit again."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "REFUSED"))
    ward.answer(result_of(request, "DONE", attempt=2))
    assert state(ward) == "DONE"
    assert ward.view.timers == {}
    assert refusal_of(ward.send(charges(msgid="M-2"))).fault.code == "ALREADY_SETTLED"


def test_superseding_settlement_takes_its_visit_back() -> None:
    """Where another message of the visit was tried and refused meanwhile, the one that is done holds the visit."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "REFUSED"))
    ward.answer(result_of(request_of(ward.send(charges(msgid="M-2", amends=MSGID))), "REFUSED"))
    ward.answer(result_of(request, "DONE", attempt=2))
    assert refusal_of(ward.send(charges(msgid="M-3"))).fault.code == "ALREADY_SETTLED"
    assert refusal_of(ward.send(charges(msgid="M-4", amends="M-2", mdtrt_id="V2"))).fault.code == "ALREADY_SETTLED"


@pytest.mark.parametrize("attempt", [1, 2])
def test_refused_never_supersedes_done(attempt: int) -> None:
    """After done nothing is refused any more: an older attempt is stale, the same or a newer one is reported."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "DONE", attempt=1))
    with pytest.raises(Refusal) as refusal:
        ward.answer(result_of(request, "REFUSED", attempt=attempt))
    assert refusal.value.fault.code == "RESULT_UNEXPECTED"
    assert state(ward) == "DONE"


def refused_by(service: str, request: Any) -> Any:
    refused = result_of(request, "REFUSED")
    return {**refused, "fault": {**(refused["fault"] or {}), "service": service}}


def test_done_of_the_attempt_that_the_agency_refused_is_reported() -> None:
    """Two finals of one attempt by the same agency contradict each other: the first stands."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(refused_by("agency", request))
    with pytest.raises(Refusal, match="RESULT_UNEXPECTED"):
        ward.answer(result_of(request, "DONE"))
    assert state(ward) == "REFUSED"


def test_a_late_done_supersedes_the_platforms_own_refusal() -> None:
    """The agency was settling while the platform refused: money moved, so the hospital adopts it."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(refused_by("platform", request))
    ward.answer(result_of(request, "DONE"))
    assert state(ward) == "DONE"


def test_older_refusal_after_done_is_stale() -> None:
    """refused(1) that arrives after done(2) is old news."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    ward.answer(result_of(request, "DONE", attempt=2))
    assert ward.answer(result_of(request, "REFUSED", attempt=1)) == NOTHING


@pytest.mark.parametrize("fields", [{"msgid": "nobody-asked"}, {"setl_id": "another"}, {"operation": "REVERSE"}])
def test_result_that_nobody_asked_for(fields: dict[str, str]) -> None:
    """A result for an unknown message, another settlement or another operation is reported and has no effect."""
    ward = Ward()
    request = request_of(ward.send(charges()))
    with pytest.raises(Refusal, match="RESULT_UNEXPECTED"):
        ward.answer(result_of(request, **fields))
    assert state(ward) == "OPEN"
