"""One history with everything that a sound chain can bring: the oracle must pass it."""

from typing import Any

from tests.audit import messages as make
from tests.audit.history import ANSWERS, ASKED, TOLD, History
from yidi.contract import codec, topics

ALICE, BOB, CAROL, DAVE = "P0001", "P0002", "P0003", "P0004"
"""Synthetic persons; their keys fall into both partitions."""


def sound_history(**hooks: Any) -> History:
    """Settlements, a stay with details, reversals, refusals of all three, unknowns, replays, repeats, poison."""
    history = History(**hooks)
    for psn_no in (ALICE, BOB, CAROL, DAVE):
        history.person(psn_no, [3_000])
    _settled(history)
    _refused(history)
    _unknown(history)
    _foreign(history)
    history.settle("last", ALICE)
    history.settle("last-too", BOB)
    return history


def _settled(history: History) -> None:
    history.settle("out-1", ALICE)
    history.settle("stay-1", ALICE, make.STAY, 500_000)
    history.settle("rehearsal", ALICE, operation="PRE_SETTLE", mdtrt_id="V-out-2")
    history.person(ALICE, [3_000, 7_000])
    history.settle("out-2", ALICE)
    history.reverse("undo-1", ALICE, "out-1")
    history.settle("out-1-anew", ALICE, mdtrt_id="V-out-1")
    query = history.encounter("query", ALICE, operation="QUERY", refers="stay-1", mdtrt_id="V-stay-1")
    asked = history.request(query)
    history.tell_self("query", "DONE", "", "platform", asked, amounts=history.results["stay-1"]["amounts"])
    for topic in (topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS, ASKED, ANSWERS, TOLD, topics.JOURNAL):
        history.again(history.logs[topic][0])
    history.again(history.logs[topics.REFERENCE_PERSONS][0])


def _refused(history: History) -> None:
    _by_hospital(history)
    at_platform = history.encounter("unfiled", BOB, total=8_000)
    request = history.request(at_platform)
    history.tell_self("unfiled", "REFUSED", "NOT_FILED", "platform", request)
    history.settle("amended", BOB, total=8_000, amends="unfiled", root="unfiled", mdtrt_id="V-unfiled")
    at_agency = history.request(history.encounter("arrears", BOB, total=9_000))
    forwarded = history.forward(at_agency, "arrears")
    history.tell(history.refuse("arrears", "ENROLMENT_ABNORMAL", forwarded))
    _by_agency(history)


def _by_agency(history: History) -> None:
    """Refused for arrears; settled by a replay; the first asking comes once more, late."""
    encounter = history.encounter("paid-up", BOB, total=4_000)
    first = history.forward(history.request(encounter), "paid-up")
    history.tell(history.refuse("paid-up", "ENROLMENT_ABNORMAL", first))
    history.forward(history.request(encounter, attempt=2), "paid-up", attempt=2)
    history.tell(history.answer("paid-up", attempt=2))
    history.again(first)


def _by_hospital(history: History) -> None:
    """Refused for an item nobody mapped; settled by a replay."""
    encounter = history.encounter("unmapped", BOB, total=6_000)
    source = codec.ENCOUNTER_CHARGES.decode(encounter.value or b"")
    history.requests["unmapped"] = make.request_of(source, make.setl_id_of("unmapped"))
    history.tell_self("unmapped", "REFUSED", "ITEM_UNMATCHED", "hospital", encounter)
    replay = history.encounter("unmapped", BOB, total=6_000, attempt=2)
    history.forward(history.request(replay, attempt=2), "unmapped", attempt=2)
    history.tell(history.answer("unmapped", attempt=2))


def _unknown(history: History) -> None:
    request = history.request(history.encounter("late", CAROL, total=7_000))
    forwarded = history.forward(request, "late")
    history.tell_self("late", "UNKNOWN", "NO_ANSWER", "platform", request)
    history.again(forwarded)
    history.tell(history.answer("late"))
    _tombstone(history)


def _tombstone(history: History) -> None:
    """The reversal overtakes the request at the agency: it reverses nothing and refuses what comes later."""
    request = history.request(history.encounter("lost", CAROL, total=7_000))
    forwarded = history.forward(request, "lost")
    history.tell_self("lost", "UNKNOWN", "NO_ANSWER", "platform", request)
    history.reverse("undo-lost", CAROL, "lost")
    history.tell(history.refuse("lost", "REQUEST_REVERSED", forwarded))
    _query_of_nothing(history)


def _query_of_nothing(history: History) -> None:
    """What was reversed before it was done: the query says so, with the zeros of its reversal."""
    query = history.encounter("query-lost", CAROL, operation="QUERY", refers="lost", mdtrt_id="V-lost")
    zeros = history.results["undo-lost"]["amounts"]
    history.tell_self("query-lost", "REVERSED", "", "platform", history.request(query), amounts=zeros)


def _foreign(history: History) -> None:
    """Bytes that are no message, a forged result, a wrong key, a wrong partition, an id used again: all reported."""
    services = {topics.ENCOUNTERS: "hospital", topics.SETTLEMENT_REQUESTS: "platform", ASKED: "agency"}
    services |= {ANSWERS: "platform", TOLD: "hospital", topics.REFERENCE_PERSONS: "agency"}
    for topic, service in services.items():
        history.report(history.raw(topic, DAVE, b"\x01garbage"), service, "UNDECODABLE")
    history.report(history.raw(topics.ENCOUNTERS, DAVE, None), "hospital", "UNDECODABLE")
    message = make.encounter("wrong", DAVE, "11", 5_000)
    value = codec.ENCOUNTER_CHARGES.encode(message)
    history.report(history.raw(topics.ENCOUNTERS, BOB, value), "hospital", "KEY_DIFFERS", "wrong")
    elsewhere = 1 - topics.partition_of(DAVE.encode(), 2)
    history.report(history.raw(topics.ENCOUNTERS, DAVE, value, partition=elsewhere), "hospital", "WRONG_PARTITION")
    conflict = codec.ENCOUNTER_CHARGES.encode(make.encounter("out-1", ALICE, "11", 5_000))
    history.report(history.raw(topics.ENCOUNTERS, ALICE, conflict), "hospital", "ID_CONFLICT", "out-1")
    _forged(history)


def _forged(history: History) -> None:
    forged = make.result_of(history.requests["late"], "REFUSED", 1, "agency", result_id="forged", inbox="other")
    record = history.raw("agency.other.results", CAROL, codec.SETTLEMENT_RESULT.encode(forged))
    history.report(record, "platform", "RESULT_UNEXPECTED")
