"""Faults planted into the flow of messages: exactly the promise that is broken fails, and names the records."""

import dataclasses
from typing import Any

import pytest

from tests.audit import messages as make
from tests.audit.history import ANSWERS, ASKED, TOLD
from tests.audit.plants import alter, audited, drop, edit, failed, follow_up, named, open_questions, planted
from tests.audit.sound import ALICE, BOB, CAROL, sound_history
from yidi.audit import Verdict
from yidi.contract import codec, topics
from yidi.domain.identities import derived_id

HOUR_MS = 3_600_000


def test_refused_after_done():
    """A refusal after a done outcome fails, whatever its attempt."""
    history = sound_history()
    source = next(record for record in history.logs[topics.SETTLEMENT_REQUESTS] if record.key == ALICE.encode())
    history.tell_self("out-1", "REFUSED", "NOT_FILED", "platform", source, attempt=2)
    report = audited(history)
    assert failed(report) == {"outcomes"}
    assert "out-1" in named(report, "outcomes")


def test_two_refusals_in_one_attempt():
    """One attempt has one final outcome."""
    history = sound_history()
    source = next(record for record in history.logs[topics.SETTLEMENT_REQUESTS] if record.key == BOB.encode())
    history.tell_self("unfiled", "REFUSED", "REGION_NOT_OPEN", "platform", source, result_id="another")
    report = audited(history)
    assert failed(report) == {"outcomes"}
    assert "unfiled" in named(report, "outcomes")


def test_unknown_twice():
    """Unknown comes at most once."""
    history = sound_history()
    request = history.request(history.encounter("twice", CAROL, total=7_000))
    history.forward(request, "twice")
    for instant in (1, 2):
        history.tell_self("twice", "UNKNOWN", "NO_ANSWER", "platform", request, setl_time=make.START_MS + instant)
    history.tell(history.answer("twice"))
    report = audited(history)
    assert failed(report) == {"outcomes"}
    assert "twice" in named(report, "outcomes")


def test_query_of_what_never_was():
    """A query may not say done of a settlement that the hospital was never told of."""
    history = sound_history()
    asked = history.request(history.encounter("ask", BOB, operation="QUERY", refers="unfiled"))
    history.tell_self("ask", "DONE", "", "platform", asked)
    report = audited(history)
    assert failed(report) == {"outcomes"}
    assert {"ask", "unfiled"} <= named(report, "outcomes")


def test_query_tells_other_figures():
    """A query repeats the settlement's figures to the fen."""
    report = planted(tamper=alter(TOLD, "query", amounts__psn_cash_pay=lambda fen: fen + 1))
    assert failed(report) == {"journal"}
    assert {"query", "stay-1"} <= named(report, "journal")


def test_open_unknown_is_no_verdict():
    """An unknown outcome that nobody closed makes the audit unknown, not failed."""
    history = sound_history()
    request = history.request(history.encounter("open", CAROL, total=7_000))
    history.forward(request, "open")
    history.tell_self("open", "UNKNOWN", "NO_ANSWER", "platform", request)
    report = audited(history)
    assert report.verdict is Verdict.UNKNOWN
    assert report.verdict.exit_code == 2
    assert open_questions(report) == {"outcomes", "accounting"}


def test_request_on_its_way_is_no_verdict():
    """What only waits at the end of a topic is open; nothing is called lost."""
    history = sound_history()
    history.encounter("waiting", CAROL, total=7_000)
    report = audited(history)
    assert report.verdict is Verdict.UNKNOWN
    assert failed(report) == set()


def test_two_live_settlements_of_one_visit():
    """A second settlement of a visit fails while the first is live."""
    history = sound_history()
    history.settle("again", ALICE, mdtrt_id="V-out-2")
    report = audited(history)
    assert failed(report) == {"visits"}
    assert {"again", "out-2"} <= named(report, "visits")


def test_reversed_twice():
    """A second reversal is an effect twice, of a visit that is not live any more."""
    history = sound_history()
    history.reverse("undo-again", ALICE, "out-1")
    report = audited(history)
    assert failed(report) == {"visits", "effects"}
    assert {"undo-again", "undo-1"} <= named(report, "effects")


def test_two_contents_of_one_journal_entry():
    """An entry that comes again must be equal byte for byte."""
    report = planted(tamper=follow_up(topics.JOURNAL, "out-2", filing_class="OTHER_TEMPORARY"))
    assert failed(report) == {"effects"}
    assert named(report, "effects") == {"out-2"}


def test_one_journal_id_for_two_entries():
    """A journal id stands for one entry."""
    first = derived_id(derived_id("out-1", "result/agency/DONE"), "journal")
    report = planted(tamper=alter(topics.JOURNAL, "out-2", journal_id=first))
    assert failed(report) == {"effects"}
    assert named(report, "effects") == {"out-1", "out-2"}


def test_agency_settles_twice():
    """Two answers that move money for one request are an effect twice, even under other ids."""
    report = planted(tamper=follow_up(ANSWERS, "out-2", result_id="other", attempt=2))
    assert "effects" in failed(report)
    assert {"other"} <= named(report, "effects")


@pytest.mark.parametrize("topic", [topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS, ASKED])
def test_lost_on_the_way(topic: str):
    """What has an effect must have come in; a record that is gone is missed."""
    report = planted(tamper=drop(topic, "out-2"))
    assert failed(report) == {"accounting"}
    assert "out-2" in named(report, "accounting")


def test_hospital_with_its_own_system():
    """A hospital with an inbox of its own keeps its charges to itself; one of the shared inbox owes its encounter."""
    gone = drop(topics.ENCOUNTERS, "last")
    own = edit(topics.SETTLEMENT_REQUESTS, "last", hospital_inbox="other")
    assert audited(sound_history(edit=own, tamper=gone)).verdict is Verdict.PASS
    assert failed(planted(tamper=gone)) == {"accounting"}


def test_answer_never_relayed():
    """An answer that the hospital never gets is lost."""
    history = sound_history()
    encounter = history.encounter("kept", ALICE, total=5_000)
    history.forward(history.request(encounter), "kept")
    history.answer("kept")
    history.settle("later", ALICE)
    report = audited(history)
    assert failed(report) == {"accounting"}
    assert derived_id("kept", "result/agency/DONE") in named(report, "accounting")


def test_answer_that_nobody_sent():
    """What the hospital is told must be the agency's own bytes."""
    report = planted(tamper=drop(ANSWERS, "out-2"))
    assert {"journal", "accounting"} <= failed(report)
    assert "out-2" in named(report, "journal")


def test_told_other_bytes():
    """One fen on the last leg is noticed."""
    report = planted(tamper=alter(TOLD, "out-2", amounts__psn_cash_pay=lambda fen: fen + 1))
    assert "journal" in failed(report)
    assert "out-2" in named(report, "journal")


def test_replay_that_led_to_nothing():
    """A replay of what was refused long ago must leave a trace of its attempt."""
    history = sound_history()
    replay = history.encounter("arrears", BOB, total=9_000, attempt=2)
    history.logs[topics.ENCOUNTERS][-1] = dataclasses.replace(replay, timestamp_ms=replay.timestamp_ms + HOUR_MS)
    report = audited(history)
    assert failed(report) | open_questions(report) == {"accounting"}
    assert report.verdict is not Verdict.PASS


def test_replay_that_may_have_found_it_open():
    """A replay that came while the refusal was on its way brings nothing, and that is right."""
    history = sound_history()
    history.encounter("arrears", BOB, total=9_000, attempt=2)
    assert audited(history).verdict is Verdict.PASS


@pytest.mark.parametrize("msgid", ["unmapped", "unfiled", "arrears", "late"])
def test_refusal_without_report(msgid: str):
    """A refusal, or giving up, goes to the error topic too."""
    services = {"unmapped": "hospital", "unfiled": "platform", "arrears": "agency", "late": "platform"}
    report = planted(tamper=drop(topics.errors(services[msgid]), msgid))
    assert failed(report) == {"accounting"}
    assert msgid in named(report, "accounting")


@pytest.mark.parametrize(
    "change",
    [
        {"value": lambda value: value + b"!"},
        {"key": b"somebody"},
        {"headers": []},
        {"source_timestamp": 1},
        {"source_offset": 10_000},
    ],
    ids=lambda change: next(iter(change)),
)
def test_report_is_not_the_record(change: dict[str, Any]):
    """An error report holds its record byte for byte, and says where it lies."""
    report = planted(tamper=alter(topics.errors("platform"), "unfiled", **change))
    assert failed(report) == {"accounting"}


@pytest.mark.parametrize(
    "topic", [topics.ENCOUNTERS, topics.SETTLEMENT_REQUESTS, ASKED, ANSWERS, TOLD, topics.JOURNAL, "errors.agency"]
)
@pytest.mark.parametrize("value", [b"", b"\x00", b"\x00\x00\x00\x00\x63body", b"\x01random", None])
def test_poison_that_nobody_reported(topic: str, value: bytes | None):
    """Bytes that are no message are reported, or the audit says so."""
    history = sound_history()
    history.raw(topic, ALICE, value)
    report = audited(history)
    assert failed(report) == {"accounting"}


def test_message_on_a_foreign_topic():
    """A sound message where it does not belong is poison."""
    history = sound_history()
    history.raw(topics.ENCOUNTERS, ALICE, history.logs[topics.JOURNAL][0].value)
    assert failed(audited(history)) == {"accounting"}


def test_other_content_under_a_known_id():
    """The same id with other content must end in an error report."""
    history = sound_history()
    history.raw(topics.ENCOUNTERS, ALICE, codec.ENCOUNTER_CHARGES.encode(make.encounter("out-1", ALICE, "11", 7_000)))
    report = audited(history)
    assert failed(report) == {"accounting"}
    assert "out-1" in named(report, "accounting")


def test_wrong_partition():
    """A record in a partition that is not its key's is reported, or it fails."""
    history = sound_history()
    value = codec.ENCOUNTER_CHARGES.encode(make.encounter("stray", ALICE, "11", 7_000))
    elsewhere = 1 - topics.partition_of(ALICE.encode(), 2)
    history.raw(topics.ENCOUNTERS, ALICE, value, partition=elsewhere)
    report = audited(history)
    assert failed(report) == {"placement"}
    assert named(report, "placement") == {"stray"}


def test_wrong_key():
    """The key is the person inside."""
    history = sound_history()
    history.raw(topics.ENCOUNTERS, BOB, codec.ENCOUNTER_CHARGES.encode(make.encounter("stray", ALICE, "11", 7_000)))
    report = audited(history)
    assert failed(report) == {"placement"}
    assert named(report, "placement") == {"stray"}


def test_forwarded_bytes_differ():
    """The platform forwards the request's own bytes."""
    report = planted(tamper=alter(ASKED, "out-2", request=lambda value: value[:-1] + b"\x7f"))
    assert failed(report) == {"unchanged"}
    assert named(report, "unchanged") == {"out-2"}


def test_forwarded_without_verdict():
    """A request is never forwarded without the platform's verdict."""
    assert failed(planted(tamper=alter(ASKED, "out-2", verdict=None))) == {"unchanged"}


def test_another_inbox_answers():
    """The answer comes from the inbox that was asked."""
    report = planted(tamper=alter(ASKED, "out-2", inbox="other"))
    assert "unchanged" in failed(report)
    assert "out-2" in named(report, "unchanged")


@pytest.mark.parametrize("change", [{"er_flag": True}, {"fixmedins_code": "H35010000002"}, {"acct_pay_amt": 1}])
def test_request_says_other_than_the_encounter(change: dict[str, Any]):
    """Flags, places and wishes travel from the encounter to the request as they are."""
    report = planted(edit=edit(topics.SETTLEMENT_REQUESTS, "last", **change))
    assert "unchanged" in failed(report)
    assert "last" in named(report, "unchanged")


def test_result_about_another_visit():
    """The answer is about what was asked."""
    report = planted(edit=edit(ANSWERS, "last", mdtrt_id="V-other"))
    assert "unchanged" in failed(report)


def test_reference_goes_back():
    """A version of reference data never goes back, save as the very same record again."""
    history = sound_history()
    history.put(topics.REFERENCE_PERSONS, ALICE, codec.PERSON_HISTORY, make.person(ALICE, 1, [1]))
    report = audited(history)
    assert failed(report) == {"versions"}
    assert named(report, "versions") == {ALICE}


def test_two_contents_of_one_version():
    """One version has one content."""
    history = sound_history()
    history.put(topics.REFERENCE_PERSONS, ALICE, codec.PERSON_HISTORY, make.person(ALICE, 2, [3_000, 7_001]))
    assert failed(audited(history)) == {"versions"}


def test_verdict_saw_less():
    """A later verdict never sees older reference data."""
    report = planted(edit=edit(ASKED, "last", verdict__reference_version__persons=0))
    assert failed(report) == {"versions"}
    assert "last" in named(report, "versions")


def test_broken_trace_is_a_warning():
    """A trace that breaks off costs no verdict."""
    history = sound_history()
    entry = history.logs[topics.JOURNAL][0]
    strange = (("traceparent", b"00-" + b"f" * 32 + b"-0000000000000001-01"),)
    history.logs[topics.JOURNAL][0] = dataclasses.replace(entry, headers=strange)
    report = audited(history)
    assert report.verdict is Verdict.PASS
    assert report.check("traces").warnings == 1


def test_truncated_topic_is_no_verdict():
    """Where the first records are gone, what is missing is unknown, not lost."""
    history = sound_history()
    del history.logs[topics.ENCOUNTERS][:3]
    report = audited(history)
    assert report.verdict is Verdict.UNKNOWN
    assert {"logs", "accounting"} <= open_questions(report)
