"""An amended encounter keeps its settlement id, and at most one of them is live."""

from tests.hospital.ward import (
    MSGID,
    Ward,
    about_original,
    charges,
    person,
    refusal_of,
    request_of,
    result_of,
    settled,
)
from yidi.contract import records
from yidi.domain.identities import derived_id


def amended(msgid: str = "M-2", amends: str = MSGID, **fields: object) -> records.EncounterCharges:
    return charges(msgid=msgid, amends=amends, **fields)


def refused(ward: Ward) -> None:
    """Given an encounter that this hospital refused."""
    refusal_of(ward.send(charges(psn_name="模拟乙")))


def test_amended_encounter_keeps_the_settlement_id() -> None:
    """An amendment of a refused message, and an amendment of that, settle under the first one's settlement id."""
    ward = Ward()
    refused(ward)
    refusal_of(ward.send(amended("M-2", psn_name="模拟丙")))
    request = request_of(ward.send(amended("M-3", "M-2")))
    assert request["setl_id"] == derived_id(MSGID, "settlement")


def test_amending_what_left_no_row_derives_from_its_msgid() -> None:
    """What was poison, or another person's, left no row; its amendment has the settlement id all the same."""
    request = request_of(Ward().send(amended(amends="poison")))
    assert request["setl_id"] == derived_id("poison", "settlement")


def test_amending_a_live_message_is_refused() -> None:
    """Only what was refused can be amended: a live one is reversed first."""
    ward = Ward()
    settled(ward)
    assert refusal_of(ward.send(amended(mdtrt_id="V2"))).fault.code == "ALREADY_SETTLED"


def test_amending_a_reversed_message_is_refused() -> None:
    """A reversed settlement's id is used up."""
    ward = Ward()
    settled(ward)
    ward.answer(result_of(request_of(ward.send(about_original("REVERSE", MSGID))), "REVERSED"))
    refusal = refusal_of(ward.send(amended()))
    assert refusal.fault.code == "FIELD_INVALID"
    assert "amends" in refusal.detail


def test_two_amendments_of_one_message_never_both_live() -> None:
    """A second amendment is refused while the first is live, also under another visit."""
    ward = Ward()
    refused(ward)
    request_of(ward.send(amended("M-2")))
    assert refusal_of(ward.send(amended("M-3", mdtrt_id="V2"))).fault.code == "ALREADY_SETTLED"


def test_replay_of_an_amended_message_is_refused_while_the_amendment_lives() -> None:
    """The refused original cannot come back under a higher attempt beside its amendment."""
    ward = Ward()
    refused(ward)
    request_of(ward.send(amended("M-2", mdtrt_id="V2")))
    ward.person(person(psn_name="模拟乙", version=2))
    assert refusal_of(ward.send(charges(psn_name="模拟乙"), attempt=2)).fault.code == "ALREADY_SETTLED"
