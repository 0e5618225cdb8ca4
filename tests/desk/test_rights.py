"""What a case offers to whom: exactly what the desk would take from them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import update

from tests.desk.bench import BEN, Bench, bill, report
from yidi.desk import amending, bulk, claiming, handling, mending, plans, rights
from yidi.desk.cases import case
from yidi.desk.desk import Desk
from yidi.desk.people import People, Person, Role
from yidi.desk.plans import Wish
from yidi.desk.refusals import Denied, DeskRefusal
from yidi.desk.states import State
from yidi.desk.tables import CASES
from yidi.desk.web import application

VERA = Person("vera", authenticated=True, roles=frozenset({Role.VIEW}))
RITA = Person("rita", authenticated=True, roles=frozenset({Role.VIEW, Role.REPLAY}))
ALEX = Person("alex", authenticated=True, roles=frozenset(Role))


def replay(desk: Desk, person: Person, error_id: str) -> None:
    """A plan that would leave the case out has not taken the command."""
    if plans.make(desk, person, Wish(ids=(error_id,), predict=False))["planned"] != 1:
        raise DeskRefusal("left out")


def amend(desk: Desk, person: Person, error_id: str) -> None:
    amending.amend(desk, person, error_id, {"trum_letter_flag": True}, "found", dry_run=False)


DO: dict[str, Callable[[Desk, Person, str], Any]] = {
    "take": lambda desk, who, id_: handling.take(desk, who, id_, "why"),
    "hand": lambda desk, who, id_: handling.hand(desk, who, id_, who.name, "why"),
    "discard": lambda desk, who, id_: handling.discard(desk, who, id_, "why"),
    "restore": lambda desk, who, id_: handling.restore(desk, who, id_, "why"),
    "park": lambda desk, who, id_: handling.park(desk, who, id_, "why"),
    "recover": lambda desk, who, id_: handling.recover(desk, who, id_, "why"),
    "claim": lambda desk, who, id_: claiming.claim(desk, who, id_, "why"),
    "mend": lambda desk, who, id_: mending.mend(desk, who, "filing", id_, {"reason": "why", "type": "EMERGENCY"}),
    "amend": amend,
    "replay": replay,
}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    """On one database: nothing here depends on which."""
    made = Bench(tmp_path)
    made.desk.settings = made.desk.settings.model_copy(update={"amend": True})
    return made


def put(bench: Bench, *numbers: int, state: str = "open", owner: str | None = None) -> list[str]:
    """Cases of their own, in a state and with an owner."""
    bench.reported(*(report(bill(nr)) for nr in numbers))
    ids = [report(bill(nr))["error_id"] for nr in numbers]
    with bench.desk.store.write() as connection:
        connection.execute(update(CASES).where(CASES.c.error_id.in_(ids)).values(state=state, owner=owner))
    return ids


def offered(bench: Bench, error_id: str, person: Person) -> list[str]:
    with bench.desk.store.read() as connection:
        return rights.commands(bench.desk, connection, case(connection, error_id), person)


def takes(bench: Bench, name: str, person: Person, error_id: str) -> bool:
    try:
        DO[name](bench.desk, person, error_id)
    except DeskRefusal:
        return False
    return True


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("person", [RITA, ALEX], ids=lambda person: person.name)
@pytest.mark.parametrize("owner", [None, "ben"])
def test_offered_is_what_the_desk_takes(bench: Bench, state: State, person: Person, owner: str | None) -> None:
    """In every state, for each role, free or somebody else's: what is offered is carried out, all else refused."""
    cases = put(bench, *range(1, len(DO) + 1), state=state.value, owner=owner)
    for name, error_id in zip(DO, cases, strict=True):
        may = name in offered(bench, error_id, person)
        if may or name != "mend":  # a mend without effect on this case may still heal others: it is not offered here
            assert takes(bench, name, person, error_id) == may, name


def test_who_may_only_look_is_offered_nothing(bench: Bench) -> None:
    """The role view has no command."""
    assert offered(bench, *put(bench, 1), VERA) == []


def test_own_case_need_not_be_taken(bench: Bench) -> None:
    """Who has it keeps it; everything else is offered."""
    may = offered(bench, *put(bench, 1, state="taken", owner="alex"), ALEX)
    assert "take" not in may
    assert {"hand", "replay", "amend", "mend", "claim"} <= set(may)


def test_amending_is_offered_where_it_can_be_done(bench: Bench) -> None:
    """Not while it is off, and never for what a service computed."""
    assert "amend" in offered(bench, *put(bench, 1), ALEX)
    bench.reported(report(bill(2), source_topic="settlement.requests", value=b"computed"))
    assert "amend" not in offered(bench, report(bill(2))["error_id"], ALEX)
    bench.desk.settings = bench.desk.settings.model_copy(update={"amend": False})
    assert "amend" not in offered(bench, *put(bench, 3), ALEX)


def test_own_proposal_is_approved_by_another() -> None:
    """Only the role approve, and not who proposed; a plan offers what its state waits for."""
    assert rights.of_proposal(ALEX, "ben") == ["approve"]
    assert rights.of_proposal(BEN, "ben") == rights.of_proposal(RITA, "ben") == []
    assert rights.of_plan(RITA, {"state": "ready", "made_by": "rita"}) == ["execute"]
    assert rights.of_plan(VERA, {"state": "ready", "made_by": "rita"}) == []
    assert rights.of_plan(ALEX, {"state": "needs_approval", "made_by": "alex"}) == []
    assert rights.of_plan(ALEX, {"state": "done", "made_by": "rita"}) == []


def test_batch_and_list_go_by_the_role() -> None:
    """A batch offers what its state waits for; a list every bulk command; who may only look, nothing."""
    told = {"state": "stopped", "planned": 2, "undo": "restore"}
    assert rights.of_batch(RITA, told) == ["execute", "undo"]
    assert rights.of_batch(RITA, {**told, "planned": 0}) == ["undo"]
    assert rights.of_batch(RITA, {**told, "state": "running"}) == ["stop"]
    assert rights.of_batch(VERA, told) == rights.of_list(VERA) == []
    assert set(rights.of_list(RITA)) - {"replay"} <= bulk.DEEDS.keys()


def test_denial_says_why_and_who_may(tmp_path: Path) -> None:
    """Those with a token for it are named; who made a plan is not among those who approve it."""
    people = People(tmp_path / "people.json")
    assert "errors token" in (rights.denial(people, VERA, "execute") or {})["todo"]
    for name in ("rita", "alex"):
        people.add(name, [Role.REPLAY, Role.APPROVE])
    assert rights.denial(people, RITA, "execute") is None
    denied = rights.denial(people, VERA, "execute")
    assert denied == {"what": "vera may not do this: it needs the role replay.", "todo": "Who may: alex, rita."}
    own = rights.denial(people, ALEX, "approve", made_by="alex")
    assert own == {"what": "Who asks cannot approve.", "todo": "Who may: rita."}


@pytest.mark.parametrize("action", sorted(bulk.DEEDS))
def test_batch_is_taken_from_whom_it_is_offered_to(bench: Bench, action: str) -> None:
    """The command's own role is the one that the page asks for."""
    put(bench, 1, state="discarded" if action == "restore" else "open")
    wish = bulk.Wish(action, q="state:any", reason="why", to="rita")
    with pytest.raises(Denied):
        bulk.make(bench.desk, VERA, wish)
    assert bulk.make(bench.desk, RITA, wish)["planned"] == 1


async def test_asked_over_http_for_who_asks(bench: Bench) -> None:
    """The case, the plan and the list of approvals each say what the one with this token may do."""
    (error_id,) = put(bench, 1)
    bench.desk.people = People(bench.folder / "desk-people.json")
    tokens = {
        name: bench.desk.people.add(name, roles)
        for name, roles in {"vera": [Role.VIEW], "alex": list(Role), "berta": [Role.VIEW, Role.APPROVE]}.items()
    }
    plan = plans.make(bench.desk, ALEX, Wish(ids=(error_id,), predict=False))["plan_id"]
    bench.desk.settings = bench.desk.settings.model_copy(update={"four_eyes_above": 0})
    transport = httpx.ASGITransport(application(bench.desk, "key"))

    async def commands(name: str, path: str) -> Any:
        headers = {"X-Yidi-Key": "key", "Authorization": f"Bearer {tokens[name]}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
            told = (await client.get(path)).json()
        return (told if "plans" not in told else told["plans"][0])["commands"]

    assert await commands("vera", f"/cases/{error_id}") == []
    assert "replay" in await commands("alex", f"/cases/{error_id}")
    batch = bulk.make(bench.desk, ALEX, bulk.Wish("take", ids=(error_id,)))["batch_id"]
    for path in ("/cases", f"/batches/{batch}"):
        assert await commands("vera", path) == []
        assert await commands("alex", path) != []
    for path in (f"/plans/{plan}", "/approvals"):
        assert (await commands("berta", path), await commands("alex", path)) == (["approve"], [])
