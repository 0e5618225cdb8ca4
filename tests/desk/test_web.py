"""The desk over HTTP: only with the key, roles for every request, refusals as JSON, news as they come."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.desk.bench import Bench, bill, encounter, report
from yidi.desk import routes
from yidi.desk.people import People, Role
from yidi.desk.refusals import OutOfReach
from yidi.desk.web import application

KEY = "the key of this start"
PATIENCE_S = 120


@pytest.fixture
async def http(bench: Bench) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the key, acting as the system's user `root`."""
    transport = httpx.ASGITransport(application(bench.desk, KEY))
    headers = {"X-Yidi-Key": KEY, "X-Yidi-User": "root"}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        yield client


async def test_without_the_key(http: httpx.AsyncClient) -> None:
    """Who does not hold the key of this start gets nothing, not even whether something is there."""
    for path in ("/health", "/cases", "/events"):
        answer = await http.get(path, headers={"X-Yidi-Key": "guessed"})
        assert answer.status_code == 401
        assert answer.json()["kind"] == "bad_key"


async def test_see(bench: Bench, http: httpx.AsyncClient) -> None:
    """Groups, pages and the whole case; persons are masked, and unmasking is recorded."""
    bench.reported(*(report(bill(nr)) for nr in range(3)), report(bill(4), code="DEFECT"))
    groups = (await http.get("/groups")).json()
    assert [(g["code"], g["count"]) for g in groups["groups"]] == [("NOT_FILED", 3), ("DEFECT", 1)]
    found = (await http.get("/cases", params={"q": groups["groups"][0]["q"], "limit": 2})).json()
    assert (found["total"], len(found["cases"]), found["next"] is not None) == (3, 2, True)
    error_id = found["cases"][0]["error_id"]
    whole = await http.get(f"/cases/{error_id[:10]}")
    assert whole.json()["content"]["kind"] == "EncounterCharges"
    charges = encounter()
    assert all(secret not in whole.text for secret in (charges["psn_no"], charges["certno"], charges["psn_name"]))
    unmasked = await http.get(f"/cases/{error_id}", params={"unmask": 1})
    assert charges["certno"] in unmasked.text
    assert [deed[:2] for deed in bench.deeds()] == [("root", "unmask")]


async def test_every_get_answers(http: httpx.AsyncClient) -> None:
    """Every question has an answer on an empty desk, too."""
    for path in ("/health", "/groups", "/cases", "/codes", "/codes/NOT_FILED", "/plans", "/mends", "/approvals",
                 "/actions", "/flow", "/events", "/export"):  # fmt: skip
        assert (await http.get(path)).status_code == 200, path
    assert (await http.get("/cases/none-such")).status_code == 404
    assert (await http.get("/codes/NONE")).status_code == 404
    assert (await http.get("/groups", params={"by": "moon"})).status_code == 400


async def test_act(bench: Bench, http: httpx.AsyncClient) -> None:
    """Commands answer with the case; what cannot be done is refused with words, the holder and what to do."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    assert (await http.post(f"/cases/{error_id}/take", json={})).json()["owner"] == "root"
    other = await http.post(f"/cases/{error_id}/take", json={}, headers={"X-Yidi-User": "ben"})
    assert (other.status_code, other.json()["holder"]) == (409, "root")
    bare = await http.post(f"/cases/{error_id}/discard", json={})
    assert (bare.status_code, bare.json()["kind"]) == (400, "bad_request")
    assert (await http.post(f"/cases/{error_id}/discard", content=b"no json")).status_code == 400
    assert (await http.post("/verify", json={})).json()["findings"] == []


async def test_tokens(bench: Bench, http: httpx.AsyncClient) -> None:
    """A wrong token is refused and recorded; a person who may only view can command nothing."""
    bench.reported(report(bill()))
    error_id = bench.cases()[0].error_id
    wrong = await http.post(f"/cases/{error_id}/take", json={}, headers={"Authorization": "Bearer guessed"})
    assert wrong.status_code == 401
    token = People(bench.folder / "desk-people.json").add("vera", [Role.VIEW])
    bench.desk.people = People(bench.folder / "desk-people.json")
    vera = {"Authorization": f"Bearer {token}"}
    assert (await http.get("/cases", headers=vera)).status_code == 200
    denied = await http.post(f"/cases/{error_id}/take", json={}, headers=vera)
    assert (denied.status_code, denied.json()["kind"]) == (403, "denied")
    assert [deed[:2] for deed in bench.deeds()] == [("root", f"POST /cases/{error_id}/take"), ("vera", "take")]


async def test_news(bench: Bench, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Waiting for news ends as soon as there is some."""
    monkeypatch.setattr(routes, "WAIT_S_MAX", PATIENCE_S * 2)
    waiting = asyncio.create_task(http.get("/events", params={"after": 0, "wait": PATIENCE_S * 2}))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await asyncio.to_thread(bench.reported, report(bill()))
    told = (await asyncio.wait_for(waiting, PATIENCE_S)).json()
    assert [event["kind"] for event in told["events"]] == ["reported"]
    assert (await http.get("/events", params={"after": told["last"]})).json()["events"] == []


async def test_export(bench: Bench, http: httpx.AsyncClient) -> None:
    """CSV holds every case once; a cell that a spreadsheet would compute is disarmed."""
    bench.reported(*(report(bill(nr)) for nr in range(4)), report(bill(9), code="DEFECT", detail="=1+1"))
    rows = list(csv.DictReader(io.StringIO((await http.get("/export")).text)))
    assert len({row["error_id"] for row in rows}) == 5
    assert [row["detail"] for row in rows if row["code"] == "DEFECT"] == ["'=1+1"]
    assert encounter()["psn_no"] not in {row["psn_no"] for row in rows}


async def test_kafka_gone(bench: Bench, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """What needs Kafka says so when it does not answer; the rest of the desk goes on."""

    def gone() -> list[bytes]:
        raise OutOfReach("Kafka does not answer.")

    monkeypatch.setattr(bench.log, "operations", gone)
    assert (await http.post("/verify", json={})).status_code == 503
    assert (await http.get("/groups")).status_code == 200


@pytest.mark.parametrize("instant", [2**62, -(2**62), 0])
async def test_nonsense_in_the_record(bench: Bench, http: httpx.AsyncClient, instant: int) -> None:
    """A failed record may hold any number: it is shown, slipped, exported and claimed all the same."""
    bench.reported(report({**bill(), "begntime": instant, "endtime": instant, "medfee_sumamt": instant}))
    error_id = bench.cases()[0].error_id
    for path in (f"/cases/{error_id}", f"/cases/{error_id}/slip", f"/cases/{error_id}/form", "/cases", "/export"):
        assert (await http.get(path)).status_code == 200, path
    mend = {"kind": "filing", "case": error_id, "dry_run": True}
    assert (await http.post("/mends", json=mend)).status_code in (200, 400)
    assert (await http.post(f"/cases/{error_id}/claim", json={"reason": "why"})).status_code == 200


async def test_slip(bench: Bench, http: httpx.AsyncClient) -> None:
    """The slip says in both languages why, whom to ask and until when; it holds no number of the person."""
    bench.reported(report(bill()))
    text = (await http.get(f"/cases/{bench.cases()[0].error_id}/slip")).json()["text"]
    assert "未备案" in text
    assert "simul" in text or "synthetic" in text
    assert encounter()["psn_no"] not in text
    assert encounter()["psn_name"] not in text


async def test_actions_page_by_page(bench: Bench, http: httpx.AsyncClient) -> None:
    """The newest first, and every one of them on exactly one page."""
    bench.reported(*(report(bill(nr)) for nr in range(5)))
    for case in bench.cases():
        await http.post(f"/cases/{case.error_id}/take", json={})
    seen: list[int] = []
    before = ""
    while before != "None":
        page = (await http.get("/actions", params={"newest": 1, "limit": 2, "before": before})).json()
        seen += [action["seq"] for action in page["actions"]]
        before = str(page["next"])
    assert seen == [5, 4, 3, 2, 1]
