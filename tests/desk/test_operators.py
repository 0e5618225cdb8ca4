"""Operators: who has a case, who may do what, and two of them at the same time."""

import threading

import pytest

from tests.desk.bench import ANNA, BEN, Bench, bill, report
from yidi.desk import bulk, claiming, handling
from yidi.desk.people import People, Person, Role
from yidi.desk.refusals import BadRequest, BadToken, Conflict, Denied


@pytest.fixture
def error_id(bench: Bench) -> str:
    bench.reported(report(bill()))
    return str(bench.cases()[0].error_id)


def test_two_at_once(bench: Bench, error_id: str) -> None:
    """Of many who take the same case at the same moment exactly one gets it, and the others are told who has it."""
    names = [f"operator{nr}" for nr in range(6)]
    won: list[str] = []
    holders: list[str] = []
    barrier = threading.Barrier(len(names))

    def take(name: str) -> None:
        barrier.wait()
        try:
            handling.take(bench.desk, Person(name, authenticated=True, roles=frozenset(Role)), error_id)
            won.append(name)
        except Conflict as conflict:
            holders.append(conflict.more["holder"])

    threads = [threading.Thread(target=take, args=(name,)) for name in names]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert holders == won * (len(names) - 1)
    assert bench.case(error_id).owner == won[0]


def test_first_in_charge_keeps_it(bench: Bench, error_id: str) -> None:
    """Nobody else discards, claims or takes a case that somebody has, until it is handed on."""
    handling.take(bench.desk, ANNA, error_id)
    with pytest.raises(Conflict):
        handling.discard(bench.desk, BEN, error_id, "not mine")
    with pytest.raises(Conflict):
        claiming.claim(bench.desk, BEN, error_id, "not mine")
    handling.hand(bench.desk, ANNA, error_id, "ben", "yours")
    assert handling.discard(bench.desk, BEN, error_id, "a test")["state"] == "discarded"
    assert handling.restore(bench.desk, ANNA, error_id, "it was real")["owner"] is None


def test_nobody_at_all_gets_no_case(bench: Bench, error_id: str) -> None:
    """A case is handed to nobody whom the desk does not know: it would be locked for good; the refusal is recorded."""
    with pytest.raises(BadRequest, match="nobody-at-all"):
        handling.hand(bench.desk, ANNA, error_id, "nobody-at-all", "away")
    with pytest.raises(BadRequest, match="nobody-at-all"):
        bulk.make(bench.desk, ANNA, bulk.Wish("hand", ids=[error_id], reason="away", to="nobody-at-all"))
    assert bench.case(error_id).owner is None
    assert ("anna", "hand") in [deed[:2] for deed in bench.deeds()]
    bench.desk.people.add("carla", [Role.VIEW, Role.REPLAY])
    assert handling.hand(bench.desk, ANNA, error_id, "carla", "hers")["owner"] == "carla"


def test_who_approves_takes_over(bench: Bench, error_id: str) -> None:
    """The role approve takes a case from whoever has it, with a reason that stays in the history; nobody else does."""
    handling.take(bench.desk, BEN, error_id)
    plain = Person("dan", authenticated=True, roles=frozenset({Role.VIEW, Role.REPLAY}))
    with pytest.raises(Conflict):
        handling.take(bench.desk, plain, error_id, "ben is away")
    with pytest.raises(Conflict):
        handling.take(bench.desk, ANNA, error_id)
    assert handling.take(bench.desk, ANNA, error_id, "ben is away")["owner"] == "anna"
    assert bench.deeds()[-1] == ("anna", "take", "taken over from ben by anna")


def test_claim(bench: Bench, error_id: str) -> None:
    """A claim names papers, the deadline of three months and why it is not worked out; it is made once."""
    told = claiming.claim(bench.desk, ANNA, error_id, "discharged")
    assert len(told["papers"]) >= 5
    assert told["deadline"] > told["treated"]
    assert "without a calculator" in told["calculation"]["why"]["en"]
    with pytest.raises(Conflict):
        claiming.claim(bench.desk, ANNA, error_id, "again")


def test_unknown_outcome_is_not_claimed(bench: Bench) -> None:
    """What may still be paid directly is not claimed by hand."""
    bench.reported(report(bill(), code="NO_ANSWER"))
    with pytest.raises(Conflict):
        claiming.claim(bench.desk, ANNA, bench.cases()[0].error_id, "no patience")


def test_people(bench: Bench) -> None:
    """A token names its person and their roles; without one it is the system's user, who approves nothing."""
    people = People(bench.folder / "people.json")
    token = people.add("carla", [Role.VIEW, Role.APPROVE])
    carla = people.identify(token, "root")
    assert (carla.name, carla.authenticated, carla.roles) == ("carla", True, {Role.VIEW, Role.APPROVE})
    root = people.identify(None, "root")
    assert not root.authenticated
    with pytest.raises(Denied):
        root.need(Role.APPROVE)
    with pytest.raises(BadToken):
        people.identify("guessed", "root")
    assert token not in (bench.folder / "people.json").read_text(encoding="utf-8")
    assert (bench.folder / "people.json").stat().st_mode & 0o077 == 0
