"""Taking in what services publish: exactly once, replays joined to their case, answers applied."""

import pytest
from sqlalchemy import select

from tests.desk.bench import ANNA, NOW_MS, Bench, bill, report, result
from yidi.contract import topics
from yidi.contract.codec import ERROR_REPORT
from yidi.desk import handling, plans, selection, work
from yidi.desk.cases import case
from yidi.desk.claiming import claim
from yidi.desk.handling import recover
from yidi.desk.plans import Wish
from yidi.desk.query import Query, Term
from yidi.desk.refusals import BadRequest, Unknown
from yidi.desk.showing import page, whole
from yidi.desk.tables import REPORTS
from yidi.desk.unplanned import unplanned
from yidi.runtime.decider import Record


def test_once(bench: Bench) -> None:
    """A record that is read again, or published again under another offset, makes no second case."""
    batch = bench.reported(report(bill(1)), report(bill(2)))
    work.take_in(bench.desk, batch)
    bench.reported(report(bill(1)))
    assert len(bench.cases()) == 2
    with bench.desk.store.read() as connection:
        assert len(whole(bench.desk, connection, bench.cases()[0].error_id)["history"]) == 1


def test_refused_again_joins(bench: Bench) -> None:
    """A later attempt of the same message is no new case: the case shows the newest failure."""
    charges = bill()
    bench.reported(report(charges))
    bench.reported(report(charges, code="ENROLMENT_ABNORMAL", attempt=2, service="agency"))
    (case,) = bench.cases()
    assert (case.code, case.service, case.attempt, case.state) == ("ENROLMENT_ABNORMAL", "agency", 2, "open")
    assert case.first_failed_at == NOW_MS


def test_conflict_is_a_case_of_its_own(bench: Bench) -> None:
    """A report of other content under a known msgid says nothing about the first, nor the first's answer of it."""
    charges = bill()
    bench.reported(report(charges), report(charges, code="ID_CONFLICT", stage="DECODE"))
    bench.answered(result(charges))
    assert {case.code: case.state for case in bench.cases()} == {"NOT_FILED": "settled", "ID_CONFLICT": "open"}


def test_done_of_the_same_attempt_settles_only_what_was_open(bench: Bench) -> None:
    """No answer in time is settled by the answer that comes late; a refusal by a later attempt only."""
    late, refused = bill(1), bill(2)
    bench.reported(report(late, code="NO_ANSWER"), report(refused))
    bench.answered(result(late, attempt=1), result(refused, attempt=1))
    assert {case.msgid: case.state for case in bench.cases()} == {late["msgid"]: "settled", refused["msgid"]: "open"}


def test_reversal_closes(bench: Bench) -> None:
    """What was open is closed by its confirmed reversal."""
    charges = bill()
    bench.reported(report(charges, code="NO_ANSWER"))
    bench.answered(result(charges, "REVERSED", msgid="other", operation="REVERSE", refers=charges["msgid"]))
    assert bench.cases()[0].state == "settled"


def test_late_refusal_does_not_undo(bench: Bench) -> None:
    """done(n+1) supersedes refused(n), never the reverse."""
    charges = bill()
    bench.reported(report(charges))
    bench.answered(result(charges, attempt=2))
    bench.reported(report(charges, code="DEFECT", attempt=2))
    assert bench.cases()[0].state == "settled"


def test_no_report(bench: Bench) -> None:
    """A record on an error topic that is no report is a case of its own and holds up nothing."""
    work.take_in(bench.desk, [bench.record(topics.errors("agency"), b"\xff garbage"), *()])
    bench.reported(report(bill()))
    assert sorted(case.code for case in bench.cases()) == ["NOT_FILED", "UNDECODABLE"]


def test_unreadable_says_why(bench: Bench) -> None:
    """Bytes that are no message of ours are shown with what they look like."""
    bench.reported(report(bill(), code="UNDECODABLE", value=b'{"json": true}', stage="DECODE"))
    with bench.desk.store.read() as connection:
        told = whole(bench.desk, connection, bench.cases()[0].error_id, unmask=True)
    assert "JSON" in told["unreadable"]
    assert bytes.fromhex(told["value"]) == b'{"json": true}'


def test_poison_result(bench: Bench) -> None:
    """A result that cannot be read is the hospital's matter; the desk goes on."""
    topic = topics.hospital_results("default")
    work.take_in(bench.desk, [Record(topic, 0, 0, NOW_MS, b"p", b"poison"), Record(topic, 0, 1, NOW_MS, b"p", None)])
    assert bench.cases() == []


def test_settled_though_claimed_is_an_alarm(bench: Bench) -> None:
    """A case that settles after it was claimed by hand stays unsolved, above newer ones, until it is recovered."""
    charges = bill()
    bench.reported(report(charges))
    error_id = bench.cases()[0].error_id
    claim(bench.desk, ANNA, error_id, "discharged")
    bench.answered(result(charges), result(charges))
    bench.now_ms += 1_000
    bench.reported(report(bill(2)))
    with bench.desk.store.read() as connection:
        told = whole(bench.desk, connection, error_id)
        listed = page(bench.desk, connection, "", 50, None)["cases"]
    assert [event["kind"] for event in told["history"]].count("alarm") == 1
    assert (told["state"], told["alarm"], "recover" in told["may"]) == ("twice", True, True)
    assert "recover one of the two" in told["whereabouts"]["en"]
    assert listed[0]["error_id"] == error_id
    with pytest.raises(BadRequest, match="reason"):
        recover(bench.desk, ANNA, error_id, "")
    assert recover(bench.desk, ANNA, error_id, "the claim was withdrawn")["state"] == "settled"


def test_a_reversal_of_what_is_claimed_pays_nothing(bench: Bench) -> None:
    """A settlement that is reversed leaves its claim as it is: nothing is paid twice."""
    charges = bill()
    bench.reported(report(charges))
    error_id = bench.cases()[0].error_id
    claim(bench.desk, ANNA, error_id, "discharged")
    bench.answered(result(charges, outcome="REVERSED", refers=charges["msgid"]))
    assert bench.case(error_id).state == "claimed"


def test_replay_past_the_desk_is_named(bench: Bench) -> None:
    """An attempt that no plan sent is told once, in the history and by verify; one that a plan sent is not."""
    planned_one, past = bill(), bill(2)
    bench.reported(report(planned_one), report(past))
    ids = {case.msgid: case.error_id for case in bench.cases()}
    made = plans.make(bench.desk, ANNA, Wish(ids=[ids[planned_one["msgid"]]], predict=False))
    plans.execute(bench.desk, ANNA, made["plan_id"])
    bench.step()
    bench.answered(result(planned_one), result(past), result(past))
    bench.reported(report(past, attempt=3))
    with bench.desk.store.read() as connection:
        told = unplanned(connection)
    assert [(row["error_id"], row["words"].split(":")[0]) for row in told] == [
        (ids[past["msgid"]], "attempt 3 was sent past the desk"),
        (ids[past["msgid"]], "attempt 2 was sent past the desk"),
    ]


def test_a_question_is_no_case(bench: Bench) -> None:
    """That a query finds nothing is its answer; that a cancellation finds nothing is somebody's failure."""
    asked = {**bill(), "operation": "QUERY", "refers": "H1", "lines": [], "medfee_sumamt": 0}
    bench.reported(report(asked, code="SETTLEMENT_NOT_FOUND"))  # type: ignore[arg-type]
    assert bench.cases() == []
    bench.reported(report({**asked, "operation": "CANCEL"}, code="SETTLEMENT_NOT_FOUND"))  # type: ignore[arg-type,typeddict-item]
    assert len(bench.cases()) == 1


def test_a_joined_report_finds_its_case(bench: Bench) -> None:
    """The id of a replay's own report, or its beginning, is as good as the case's: screens have shown it."""
    charges = bill()
    later = report(charges, attempt=2)
    bench.reported(report(charges), later)
    (known,) = bench.cases()
    with bench.desk.store.read() as connection:
        assert case(connection, later["error_id"][:8]).error_id == known.error_id
        with pytest.raises(Unknown):
            case(connection, "0000dead")
    assert bench.desk.full_id(later["error_id"]) == known.error_id


def test_no_answer_to_a_replay_is_no_refusal(bench: Bench) -> None:
    """A replay without an answer in time waits, and settles when the answer comes after all."""
    charges = bill()
    bench.reported(report(charges))
    (case,) = bench.cases()
    made = plans.make(bench.desk, ANNA, Wish(ids=[case.error_id], predict=False))
    plans.execute(bench.desk, ANNA, made["plan_id"])
    bench.step()
    bench.reported(report(charges, code="NO_ANSWER", attempt=2))
    assert bench.case(case.error_id).state == "waiting"
    bench.answered(result(charges, attempt=2))
    assert bench.case(case.error_id).state == "settled"


def test_parked_after_too_many_replays(bench: Bench) -> None:
    """A case that was refused after the last allowed replay is parked, and no plan replays it until it is restored."""
    charges = bill()
    bench.reported(report(charges))
    (case,) = bench.cases()
    for attempt in range(2, bench.desk.settings.replays_max + 2):
        made = plans.make(bench.desk, ANNA, Wish(ids=[case.error_id], predict=False))
        plans.execute(bench.desk, ANNA, made["plan_id"])
        assert bench.step() == 1
        bench.reported(report(charges, attempt=attempt))
    assert bench.case(case.error_id).state == "parked"
    made = plans.make(bench.desk, ANNA, Wish(ids=[case.error_id], predict=False))
    assert made["planned"] == 0
    handling.restore(bench.desk, ANNA, case.error_id, "cause found")
    assert plans.make(bench.desk, ANNA, Wish(ids=[case.error_id], predict=False))["planned"] == 1


@pytest.mark.parametrize("nonsense", ["a\x00b", "x" * 5_000, "中" * 5_000])
def test_nonsense_in_an_id_is_a_case_like_any_other(bench: Bench, nonsense: str) -> None:
    """What somebody sent in an id stops nobody: the case is there, is found by that id, and keeps the bytes."""
    wrong = report({**bill(), "msgid": nonsense, "psn_no": nonsense}, detail=f"why {nonsense}")
    bench.reported(wrong, report(bill(2)))
    assert len(bench.cases()) == 2
    with bench.desk.store.read() as connection:
        found, _ = selection.page(connection, Query((Term("person", (nonsense,)),)), 10, None)
        stored = connection.execute(select(REPORTS.c.value).where(REPORTS.c.error_id == wrong["error_id"])).scalar_one()
    assert [row.error_id for row in found] == [wrong["error_id"]]
    assert ERROR_REPORT.decode(stored) == wrong


def test_words_are_found_in_any_case(bench: Bench) -> None:
    """Free text is found whatever its letters' case, on every database."""
    bench.reported(report(bill(1), detail="No Filing at all"), report(bill(2), detail="something else"))
    with bench.desk.store.read() as connection:
        found, _ = selection.page(connection, Query((Term("text", ("no filing",)),)), 10, None)
    assert [row.detail for row in found] == ["No Filing at all"]
