"""Many at once: a dry run first, then step by step across any death, each case once and in the chain of actions."""

import pytest

from tests.desk.bench import ANNA, BEN, Bench, bill, report
from yidi.desk import bulk, handling, work
from yidi.desk.bulk import Wish
from yidi.desk.people import Person, Role
from yidi.desk.refusals import BadRequest, Conflict, Denied

MANY = 2 * bulk.STEP + 50
VIEWER = Person("vera", authenticated=True, roles=frozenset({Role.VIEW}))


def filled(bench: Bench, count: int = 5) -> list[str]:
    bench.reported(*(report(bill(nr)) for nr in range(count)))
    return [case.error_id for case in bench.cases()]


def run(bench: Bench, batch_id: str) -> bulk.Answer:
    """Until it has ended."""
    while work.step_batches(bench.desk):
        pass
    with bench.desk.store.read() as connection:
        return bulk.view(connection, batch_id, with_items=True)


def test_dry_run_does_nothing(bench: Bench) -> None:
    """What would be done and what not, and why; the cases stay as they are."""
    ids = filled(bench)
    handling.take(bench.desk, BEN, ids[0])
    told = bulk.make(bench.desk, ANNA, Wish("discard", q="code:NOT_FILED", reason="a test"))
    assert told["counts"] == {"planned": 4, "skipped": 1}
    assert [item["why"] for item in told["items"] if item["outcome"] == "skipped"] == ["ben has this case."]
    assert {case.state for case in bench.cases()} == {"open", "taken"}
    assert work.step_batches(bench.desk) == 0


@pytest.mark.parametrize(
    ("action", "state", "owner"),
    [
        ("take", "taken", "anna"),
        ("hand", "taken", "carl"),
        ("discard", "discarded", None),
        ("claim", "claimed", "anna"),
    ],
)
def test_each_action(bench: Bench, action: str, state: str, owner: str | None) -> None:
    """By ids or by query, every case ends as it does one by one, each with its own link of the chain."""
    ids = filled(bench)
    bench.desk.people.add("carl", [Role.REPLAY])
    told = bulk.make(bench.desk, ANNA, Wish(action, ids=ids, reason="all of them", to="carl"))
    bulk.execute(bench.desk, ANNA, told["batch_id"])
    assert run(bench, told["batch_id"])["counts"] == {"done": len(ids)}
    assert {(case.state, case.owner) for case in bench.cases()} == {(state, owner)}
    assert sum(deed[:2] == ("anna", action) for deed in bench.deeds()) == len(ids)


def test_goes_on_after_a_death(bench: Bench) -> None:
    """A desk that dies between two steps goes on from what is written; nothing is done twice."""
    filled(bench, MANY)
    told = bulk.make(bench.desk, ANNA, Wish("discard", q="state:open", reason="a vendor's test"))
    bulk.execute(bench.desk, ANNA, told["batch_id"])
    work.step_batches(bench.desk)
    bench.reopen()
    with bench.desk.store.read() as connection:
        assert bulk.view(connection, told["batch_id"])["counts"] == {"done": bulk.STEP, "planned": MANY - bulk.STEP}
    assert run(bench, told["batch_id"])["state"] == "done"
    assert sum(deed[1] == "discard" for deed in bench.deeds()) == MANY


def test_undone(bench: Bench) -> None:
    """A discard is taken back case by case; what somebody restored meanwhile is left alone."""
    ids = filled(bench)
    told = bulk.make(bench.desk, ANNA, Wish("discard", ids=ids, reason="a mistake"))
    bulk.execute(bench.desk, ANNA, told["batch_id"])
    assert run(bench, told["batch_id"])["undo"] == "restore"
    handling.restore(bench.desk, BEN, ids[0], "this one is real")
    back = bulk.make(bench.desk, ANNA, Wish(undoes=told["batch_id"], reason="they were real"))
    assert (back["action"], back["counts"]) == ("restore", {"planned": 4, "skipped": 1})
    bulk.execute(bench.desk, ANNA, back["batch_id"])
    run(bench, back["batch_id"])
    assert {case.state for case in bench.cases()} == {"open"}


def test_what_has_moved_is_left_alone(bench: Bench) -> None:
    """Between the dry run and its turn somebody else took one: it stays theirs, and the batch says so."""
    ids = filled(bench)
    told = bulk.make(bench.desk, ANNA, Wish("take", ids=ids))
    handling.take(bench.desk, BEN, ids[1])
    bulk.execute(bench.desk, ANNA, told["batch_id"])
    done = run(bench, told["batch_id"])
    assert done["counts"] == {"done": 4, "skipped": 1}
    assert [i["why"] for i in done["items"] if i["outcome"] == "skipped"] == ["it has moved: it is taken, ben has it"]
    assert bench.case(ids[1]).owner == "ben"


def test_stopped_and_gone_on(bench: Bench) -> None:
    """Stopped half-way, what is left stays as it was until somebody goes on."""
    filled(bench, MANY)
    told = bulk.make(bench.desk, ANNA, Wish("take", q="state:open"))
    bulk.execute(bench.desk, ANNA, told["batch_id"])
    work.step_batches(bench.desk)
    bulk.stop(bench.desk, BEN, told["batch_id"])
    assert work.step_batches(bench.desk) == 0
    bulk.execute(bench.desk, ANNA, told["batch_id"])
    assert run(bench, told["batch_id"])["counts"] == {"done": MANY}
    with pytest.raises(Conflict):
        bulk.execute(bench.desk, ANNA, told["batch_id"])


@pytest.mark.parametrize(
    "wish",
    [
        Wish("explode", q="state:open", reason="x"),
        Wish("discard", q="state:open"),
        Wish("discard", reason="x"),
        Wish("hand", q="state:open", reason="x"),
        Wish("take", q="code:NONE"),
        Wish("discard", q="state:open", ids=["abcd"], reason="x"),
    ],
)
def test_nonsense_is_refused(bench: Bench, wish: Wish) -> None:
    """In words, and recorded; nothing is kept of it."""
    filled(bench)
    with pytest.raises(BadRequest):
        bulk.make(bench.desk, ANNA, wish)
    with bench.desk.store.read() as connection:
        assert bulk.listed(connection) == []


def test_who_may(bench: Bench) -> None:
    """Acting on many needs the role that acting on one needs."""
    ids = filled(bench)
    with pytest.raises(Denied):
        bulk.make(bench.desk, VIEWER, Wish("take", ids=ids))
    told = bulk.make(bench.desk, ANNA, Wish("take", ids=ids))
    with pytest.raises(Denied):
        bulk.execute(bench.desk, VIEWER, told["batch_id"])
