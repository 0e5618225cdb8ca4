"""Replays by plan: nothing before `execute`, canaries, rate, stop, restart, four eyes, and what came of it."""

import pytest

from tests.desk.bench import ANNA, BEN, Bench, bill, encounter, report, result
from yidi.contract import topics
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.desk import handling, ledger, outbox, plans
from yidi.desk.cases import Move, move_all
from yidi.desk.foretelling import foretell
from yidi.desk.outcomes import PROBE
from yidi.desk.people import Person, Role
from yidi.desk.plans import Wish
from yidi.desk.refusals import BadRequest, Conflict, Denied
from yidi.desk.showing import whole
from yidi.desk.states import Action


def failed(bench: Bench, count: int) -> None:
    bench.reported(*(report(bill(nr)) for nr in range(count)))


def running(bench: Bench, **wish: object) -> str:
    """A plan of everything, under way."""
    made = plans.make(bench.desk, ANNA, Wish(q="code:NOT_FILED", predict=False, **wish))  # type: ignore[arg-type]
    plans.execute(bench.desk, ANNA, made["plan_id"])
    return str(made["plan_id"])


def counts(bench: Bench, plan_id: str) -> dict[str, int]:
    with bench.desk.store.read() as connection:
        found: dict[str, int] = plans.view(bench.desk, connection, plan_id, bench.now_ms)["counts"]
        return found


def sent_msgids(bench: Bench) -> list[str]:
    return [ENCOUNTER_CHARGES.decode(m.value)["msgid"] for m in bench.replays()]


def test_dry_run_sends_nothing(bench: Bench) -> None:
    """A plan without execution replays nothing, whatever time passes."""
    failed(bench, 3)
    plans.make(bench.desk, ANNA, Wish(q="code:NOT_FILED", predict=False))
    assert bench.step(60_000) == 0
    bench.publish()
    assert bench.replays() == []
    assert {case.state for case in bench.cases()} == {"open"}


def test_same_bytes_next_attempt(bench: Bench) -> None:
    """A replay is the record's own bytes under its own key, with the next attempt and what it replays."""
    failed(bench, 1)
    running(bench)
    bench.step()
    bench.publish()
    (message,) = bench.replays()
    assert message.value == ENCOUNTER_CHARGES.encode(bill(0))
    assert message.key == bill(0)["psn_no"].encode()
    headers = dict(message.headers)
    assert headers["attempt"] == b"2"
    assert headers["replays"] == bench.cases()[0].error_id.encode()


def test_canary_first(bench: Bench) -> None:
    """Nothing follows the canary before it has settled; then the rest goes."""
    failed(bench, 5)
    plan_id = running(bench, canary=1, rate=100)
    assert [bench.step() for _ in range(5)] == [1, 0, 0, 0, 0]
    bench.publish()
    bench.answered(result(bill(0)))
    assert bench.step() == 4
    bench.answered(*(result(bill(nr)) for nr in range(1, 5)))
    bench.step()
    assert counts(bench, plan_id) == {"settled": 5}
    assert bench.plan(plan_id).state == "done"
    assert {case.state for case in bench.cases()} == {"settled"}


def test_canary_that_fails_stops(bench: Bench) -> None:
    """When the canary is refused again, nothing else is sent."""
    failed(bench, 5)
    plan_id = running(bench, canary=1)
    bench.step()
    bench.reported(report(bill(0), attempt=2))
    assert [bench.step() for _ in range(3)] == [0, 0, 0]
    assert bench.plan(plan_id).state == "stopped"
    assert counts(bench, plan_id) == {"refused": 1, "planned": 4}


def test_stopped_goes_on_when_told(bench: Bench) -> None:
    """A stopped plan can be executed again for what is left; the earlier failure is forgiven, the next is not."""
    failed(bench, 3)
    plan_id = running(bench, canary=0, rate=1)
    bench.step()
    bench.reported(report(bill(0), attempt=2))
    bench.step(1_000)
    assert bench.plan(plan_id).state == "stopped"
    plans.execute(bench.desk, ANNA, plan_id)
    assert bench.step(1_000) == 1


def test_keep_on(bench: Bench) -> None:
    """A plan that shall not stop goes on after a failure."""
    failed(bench, 3)
    plan_id = running(bench, canary=1, stop=False, rate=100)
    bench.step()
    bench.reported(report(bill(0), attempt=2))
    assert bench.step() == 2
    assert counts(bench, plan_id) == {"refused": 1, "sent": 2}


def test_rate(bench: Bench) -> None:
    """No more than the rate goes within any second, however often the desk looks."""
    failed(bench, 30)
    running(bench, canary=0, rate=5)
    assert sum(bench.step(50) for _ in range(18)) == 5
    assert sum(bench.step(50) for _ in range(22)) == 5


def test_moved_is_refused(bench: Bench) -> None:
    """Execution refuses, with names, when a case has moved since the plan was made; nothing is sent."""
    failed(bench, 3)
    made = plans.make(bench.desk, ANNA, Wish(q="code:NOT_FILED", predict=False))
    moved = bench.cases()[1].error_id
    handling.take(bench.desk, BEN, moved)
    with pytest.raises(Conflict) as refused:
        plans.execute(bench.desk, ANNA, made["plan_id"])
    assert refused.value.more["moved"] == [moved]
    assert "ben" in refused.value.what
    assert bench.step() == 0


def test_taken_meanwhile_is_skipped(bench: Bench) -> None:
    """A case that somebody else discards while the plan runs is not replayed, and the plan says why."""
    failed(bench, 2)
    plan_id = running(bench, canary=1)
    bench.step()
    handling.discard(bench.desk, BEN, bench.cases()[1].error_id, "a test")
    bench.answered(result(bill(0)))
    bench.step()
    assert counts(bench, plan_id) == {"settled": 1, "skipped": 1}


def test_named_twice_is_sent_once(bench: Bench) -> None:
    """A case that stands twice in one chunk goes out once; the plan says why the other item was left out."""
    failed(bench, 1)
    whole_id = bench.cases()[0].error_id
    plan_id = plans.make(bench.desk, ANNA, Wish(ids=(whole_id, whole_id[:8]), canary=0, predict=False))["plan_id"]
    plans.execute(bench.desk, ANNA, plan_id)
    bench.step()
    bench.publish()
    assert len(bench.replays()) == 1
    assert counts(bench, plan_id) == {"sent": 1, "skipped": 1}


def test_chunk_is_whole_or_nothing(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """A desk that dies after all but the last write of a chunk has sent nothing of it; the next one sends it once."""
    failed(bench, 3)
    plan_id = running(bench, canary=0)
    with monkeypatch.context() as dying:
        dying.setattr(ledger, "append_all", lambda *_: dead())
        with pytest.raises(SystemError):
            bench.step()
    bench.reopen()
    assert counts(bench, plan_id) == {"planned": 3}
    assert not any(m.topic == topics.ENCOUNTERS for m in bench.publish())
    bench.step()
    bench.publish()
    assert sorted(sent_msgids(bench)) == [bill(nr)["msgid"] for nr in range(3)]


def dead() -> None:
    raise SystemError


def test_chunk_with_a_moved_case_is_refused(bench: Bench) -> None:
    """Cases move together only when all of them stand where they were read."""
    failed(bench, 3)
    rows = bench.cases()
    handling.take(bench.desk, BEN, rows[1].error_id)
    with pytest.raises(Conflict, match="ben has it"), bench.desk.store.write() as connection:
        move_all(connection, [Move(row, {}) for row in rows], Action.DISCARD)
    assert [row.state for row in bench.cases()] == ["open", "taken", "open"]


def test_answers_of_one_batch(bench: Bench) -> None:
    """Told twice, or refused and then settled past the plan, all in one batch: each case settles once."""
    failed(bench, 3)
    plan_id = running(bench, canary=0, stop=False)
    bench.step()
    refused = result(bill(1), "REFUSED")
    bench.answered(result(bill(0)), result(bill(0)), refused, result(bill(1), attempt=3), result(bill(2)))
    assert counts(bench, plan_id) == {"settled": 2, "refused": 1}
    assert [kinds(bench, row.error_id).count("settled") for row in bench.cases()] == [1, 1, 1]
    assert sum(kinds(bench, row.error_id).count("unplanned") for row in bench.cases()) == 1


def kinds(bench: Bench, error_id: str) -> list[str]:
    with bench.desk.store.read() as connection:
        return [event["kind"] for event in whole(bench.desk, connection, error_id)["history"]]


def test_restart_half_way(bench: Bench) -> None:
    """A desk that dies at any step of a plan goes on where it was: every record is replayed once, under one attempt."""
    failed(bench, 6)
    plan_id = running(bench, canary=0, rate=2)
    answered = 0
    for _ in range(12):
        bench.reopen()
        bench.step(500)
        bench.reopen()
        bench.publish()
        sent = sent_msgids(bench)
        for msgid in sent[answered:]:
            bench.answered(result(bill(int(msgid[1:]))))
        answered = len(sent)
    assert sorted(sent_msgids(bench)) == [bill(nr)["msgid"] for nr in range(6)]
    assert bench.plan(plan_id).state == "done"
    assert counts(bench, plan_id) == {"settled": 6}


def test_crash_before_acknowledgement(bench: Bench) -> None:
    """What may have been sent is sent again, byte for byte and under the same attempt: services know it as a repeat."""
    failed(bench, 1)
    running(bench)
    bench.step()
    with bench.desk.store.read() as connection:
        first = outbox.waiting(connection).messages
    bench.reopen()
    assert bench.publish() == first


def test_waiting_is_followed(bench: Bench) -> None:
    """A replay without an answer is waiting, stops its plan, and still settles when the answer comes."""
    failed(bench, 2)
    plan_id = running(bench, canary=1)
    bench.step()
    bench.step(61_000)
    assert counts(bench, plan_id) == {"waiting": 1, "planned": 1}
    assert bench.plan(plan_id).state == "stopped"
    bench.answered(result(bill(0)))
    assert counts(bench, plan_id) == {"settled": 1, "planned": 1}


def test_hopeless_is_skipped(bench: Bench) -> None:
    """What a replay cannot help is not replayed, and the plan says what to do instead."""
    bench.reported(report(bill(0), code="ALREADY_SETTLED"), report(bill(1), code="ID_CONFLICT"))
    made = plans.make(bench.desk, ANNA, Wish(q="state:open", predict=False))
    assert made["planned"] == 0
    assert all(item["skip"] for item in made["items"])


def test_four_eyes(bench: Bench) -> None:
    """A large plan runs only after somebody else, by role and token, has approved it; the history names both."""
    bench.desk.settings = bench.desk.settings.model_copy(update={"four_eyes_above": 2})
    failed(bench, 3)
    plan_id = plans.make(bench.desk, ANNA, Wish(q="code:NOT_FILED", predict=False))["plan_id"]
    with pytest.raises(Conflict):
        plans.execute(bench.desk, ANNA, plan_id)
    with pytest.raises(Conflict):
        plans.approve(bench.desk, ANNA, plan_id, "my own")
    system_user = Person("root", authenticated=False, roles=frozenset({Role.VIEW, Role.REPLAY}))
    with pytest.raises(Denied):
        plans.approve(bench.desk, system_user, plan_id, "nobody knows me")
    plans.approve(bench.desk, BEN, plan_id, "looked at it")
    assert plans.execute(bench.desk, ANNA, plan_id)["state"] == "running"
    bench.step()
    sent = next(case for case in bench.cases() if case.state == "replaying")
    with bench.desk.store.read() as connection:
        replayed = whole(bench.desk, connection, sent.error_id)["history"][-1]
    assert (replayed["kind"], replayed["actor"]) == ("replayed", "anna")
    assert replayed["words"].endswith(", approved by ben")


def test_nothing_found(bench: Bench) -> None:
    """A plan of nothing, or of neither query nor ids, is refused."""
    with pytest.raises(BadRequest):
        plans.make(bench.desk, ANNA, Wish(q="code:NOT_FILED"))
    with pytest.raises(BadRequest):
        plans.make(bench.desk, ANNA, Wish())


def test_foretold_and_compared(bench: Bench) -> None:
    """A probe foretells the money without being a replay or a case; what happens is compared with it."""
    failed(bench, 1)
    plan_id = plans.make(bench.desk, ANNA, Wish(q="code:NOT_FILED"))["plan_id"]
    foretell(bench.desk, plan_id)
    (probe,) = [m for m in bench.publish() if m.topic == topics.ENCOUNTERS]
    sent = ENCOUNTER_CHARGES.decode(probe.value)
    assert sent["operation"] == "PRE_SETTLE"
    assert sent["msgid"].startswith(PROBE)
    with pytest.raises(Conflict):
        plans.execute(bench.desk, ANNA, plan_id)
    bench.answered(result(sent, attempt=1, operation="PRE_SETTLE"))
    assert [case.state for case in bench.cases()] == ["open"]
    plans.execute(bench.desk, ANNA, plan_id)
    bench.step()
    bench.answered(result(bill(0)))
    with bench.desk.store.read() as connection:
        told = plans.view(bench.desk, connection, plan_id, bench.now_ms, with_items=True)
    assert told["items"][0]["differs"] is False
    assert told["money"]["predicted"] == told["money"]["actual"]


def test_refused_probe_is_no_case(bench: Bench) -> None:
    """A probe that is refused foretells the refusal and makes no case of its own."""
    failed(bench, 1)
    plan_id = plans.make(bench.desk, ANNA, Wish(q="code:NOT_FILED"))["plan_id"]
    foretell(bench.desk, plan_id)
    (probe,) = [m for m in bench.publish() if m.topic == topics.ENCOUNTERS]
    bench.reported(report(ENCOUNTER_CHARGES.decode(probe.value)))
    assert len(bench.cases()) == 1
    with bench.desk.store.read() as connection:
        (item,) = plans.view(bench.desk, connection, plan_id, bench.now_ms, with_items=True)["items"]
    assert item["predicted"]["code"] == "NOT_FILED"


def test_unpredictable_says_so(bench: Bench) -> None:
    """Where the encounter cannot be found, nothing is foretold, and the plan can still be executed."""
    request = report(encounter(), source_topic=topics.SETTLEMENT_REQUESTS)
    bench.reported(request)
    plan_id = plans.make(bench.desk, ANNA, Wish(ids=[request["error_id"]]))["plan_id"]
    foretell(bench.desk, plan_id)
    with bench.desk.store.read() as connection:
        told = plans.view(bench.desk, connection, plan_id, bench.now_ms, with_items=True)
    assert told["items"][0]["predicted"]["outcome"] == "NOT_PREDICTABLE"
    assert told["state"] == "ready"
