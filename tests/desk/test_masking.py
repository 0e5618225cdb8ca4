"""Names and numbers of persons: masked in every answer of the desk unless somebody asks, and that is recorded."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.desk.bench import ANNA, Bench, bill, report
from yidi.contract.records import EncounterCharges
from yidi.desk import amending, bulk, mending, plans
from yidi.desk.plans import Wish
from yidi.desk.routes import ROUTES
from yidi.desk.web import application

KEY = "the key of this start"
PLANTED = {
    "psn_name": "欧阳合成甲乙丙",
    "psn_no": "41130000000000009999",
    "certno": "410100199309170167",
    "mdtrt_cert_no": "EC411300000000009999",
}
"""A synthetic person whose name and numbers stand nowhere else."""


def planted() -> EncounterCharges:
    return {**bill(1), **PLANTED}  # type: ignore[typeddict-item]


@pytest.fixture
async def http(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    bench.desk.settings = bench.desk.settings.model_copy(update={"amend": True})
    transport = httpx.ASGITransport(application(bench.desk, KEY))
    headers = {"X-Yidi-Key": KEY, "X-Yidi-User": "root"}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        yield client


def busy(bench: Bench) -> dict[str, str]:
    """A desk on which something of every kind is about the planted person; ids for the routes."""
    bench.reported(report(planted()))
    error_id = str(bench.cases()[0].error_id)
    mend = mending.mend(bench.desk, ANNA, "filing", error_id, {"reason": "x"})["mend"]
    by_person = Wish(q=f"person:{PLANTED['psn_no']}", reason="x", predict=False)
    plan = plans.make(bench.desk, ANNA, by_person)["plan_id"]
    changes = {"psn_name": "欧阳合成丁戊己", "medfee_sumamt": planted()["medfee_sumamt"]}
    amending.amend(bench.desk, ANNA, error_id, changes, "x")
    batch = bulk.make(bench.desk, ANNA, bulk.Wish("take", q=by_person.q))["batch_id"]
    return {
        "batches": batch,
        "cases": error_id,
        "plans": plan,
        "mends": mend,
        "codes": "NOT_FILED",
        "amendments": "none",
    }


async def test_no_answer_names_a_person(bench: Bench, http: httpx.AsyncClient) -> None:
    """Every route that the desk has is asked; none says the planted name or a planted number."""
    ids = busy(bench)
    asked = 0
    for route in ROUTES:
        path = route.path.replace("{id}", ids.get(route.path.split("/")[1], ""))
        body = {"reason": "x", "case": ids["cases"], "kind": "filing", "ids": [ids["cases"]], "to": "ben"}
        answer = await (http.get(path) if route.method == "GET" else http.post(path, json=body))
        asked += 1
        assert not [name for name, secret in PLANTED.items() if secret in answer.text], route.path
    assert asked == len(ROUTES)
    for value in bench.log.operations():
        assert PLANTED["psn_no"].encode() not in value


async def test_unmasking_is_recorded(bench: Bench, http: httpx.AsyncClient) -> None:
    """Whoever looks at names and numbers is in the chain of actions, and the number that was asked for is not."""
    ids = busy(bench)
    whole = await http.get(f"/cases/{ids['cases']}", params={"unmask": 1, "reason": "the person calls"})
    listed = await http.get("/cases", params={"q": f"person:{PLANTED['psn_no']}", "unmask": 1})
    assert PLANTED["psn_name"] in whole.text
    assert PLANTED["psn_no"] in listed.text
    bench.publish()
    actions = (await http.get("/actions")).json()["actions"]
    assert [a["action"] for a in actions][-2:] == ["unmask", "unmask"]
    assert PLANTED["psn_no"] not in str(actions)
