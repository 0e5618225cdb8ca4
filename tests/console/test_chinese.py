"""Pages and forms in Chinese, over a real desk: nobody meets an English sentence, whatever is opened or typed."""

import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.console.desks import BATCH, CASE, MEND, PLAN
from tests.console.site import BASE, Site, found, reading
from tests.console.test_pages import PAGES
from tests.console.test_settlements import way
from tests.desk.bench import ANNA, BEN, Bench, bill, report
from yidi.console.door import DeskDoor
from yidi.console.errors import GROUPINGS
from yidi.console.mending import FIELDS
from yidi.desk import bulk, handling, plans, work
from yidi.desk.people import Role
from yidi.desk.plans import Wish
from yidi.desk.settings import ADDRESS_FILE
from yidi.desk.web import application
from yidi.domain.faults import FAULTS

KEY = "the key of this start"
SENTENCE = re.compile(r"[A-Za-z']+(?: [a-z']+){2,}")
"""Three English words in a row: no code, no name."""
WRONG = ("nonsense", "9999-99-99", "0.001")
MORE_WRONG = {"begin": "2026-11-20", "end": "2026-01-01", "from": "A"}
NOTHING = {"begin": ""}


class Reader:
    """Somebody who reads Chinese, in front of one error."""

    def __init__(self, site: Site, bench: Bench, error_id: str) -> None:
        self.site, self.bench, self.error_id = site, bench, error_id

    async def opens(self, path: str, status: int = 200) -> str:
        """Any address, its answer without an English sentence."""
        answer = await self.site.browser.get(path, headers={"accept-language": "zh"})
        assert answer.status_code == status, path
        self.chinese(path, answer.text)
        return answer.text

    async def posts(self, path: str, **fields: str) -> str:
        """Any form."""
        token = found(await self.site.page("/login", "zh"), r'name="form_token" value="([^"]+)"')
        said, headers = {"form_token": token, **fields}, {"origin": BASE, "accept-language": "zh"}
        answer = await self.site.browser.post(path, data=said, headers=headers)
        self.chinese(f"{path} {fields}", answer.text)
        return answer.text

    async def sees(self, page: str) -> None:
        """A page of the error, without an English sentence."""
        await self.opens(f"/errors/{self.error_id}{page}")

    async def sends(self, page: str, fields: dict[str, str]) -> str:
        """A form of it; the answer without an English sentence."""
        return await self.posts(f"/errors/{self.error_id}{page}", **fields)

    @staticmethod
    def chinese(where: str, text: str) -> None:
        bare = re.sub(r"<(script|style|code)\b.*?</\1>|<[^>]*>|`[^`]*`", "\n", text, flags=re.DOTALL)
        shown = [*html.unescape(bare).splitlines(), *re.findall(r'(?:placeholder|aria-label|title)="([^"]*)"', text)]
        english = [line for line in shown if SENTENCE.search(line)]
        assert not english, f"{where}: {english}"


@pytest.fixture
async def reader(tmp_path: Path) -> AsyncIterator[Reader]:
    bench = Bench(tmp_path, amend=True)
    bench.desk.people.add("ben", [Role.VIEW])
    bench.reported(report(bill(), detail=""))
    tmp_path.joinpath(ADDRESS_FILE).write_text(json.dumps({"url": "http://desk", "key": KEY}))
    door, site = DeskDoor(tmp_path, httpx.ASGITransport(application(bench.desk, KEY))), Site()
    site.desk.get, site.desk.post = door.get, door.post  # type: ignore[method-assign]
    yield Reader(site, bench, bench.cases()[0].error_id)
    await door.close()
    bench.desk.store.close()


async def test_pages(reader: Reader) -> None:
    """The error, its forms and its claim as they are opened."""
    for page in ("", "/mend", "/amend", "/claim"):
        await reader.sees(page)


@pytest.mark.parametrize("kind", FIELDS)
async def test_mend(reader: Reader, kind: str) -> None:
    """Nonsense in each field of a mend, while it is typed and when it is sent; and a form left empty."""
    wrong = [{field: words} for field in FIELDS[kind] for words in WRONG]
    for fields in (NOTHING, MORE_WRONG, *wrong):
        await reader.sends("/mend/check", {"kind": kind, **fields})
        await reader.sends("/mend", {"kind": kind, "reason": "r", **fields})


AMENDED = ({"medfee_sumamt": "1"}, {"lines.0.cnt": '"many"'}, {"endtime": "1"}, {"med_type": "99"}, {"certno": "5"},
           {"lines.0.cnt": "99999999999999999999"})  # fmt: skip


@pytest.mark.parametrize("changes", AMENDED)
async def test_amendment(reader: Reader, changes: dict[str, str]) -> None:
    """What is wrong with an amendment, while it is typed, as a difference, and when it is sent all the same."""
    fields = {f"field.{name}": text for name, text in changes.items()}
    await reader.sends("/amend/check", fields)
    await reader.sends("/amend", {**fields, "reason": "r"})
    await reader.sends("/amend", {**fields, "reason": "", "send": "1"})


async def test_commands(reader: Reader) -> None:
    """What cannot be done is refused in Chinese, and what was done stands in the history in Chinese."""
    for command in ("restore", "discard", "hand"):
        await reader.sends(f"/{command}", {"reason": ""})
    await reader.sends("/take", {"reason": ""})
    await reader.sends("/hand", {"to": "nobody", "reason": ""})
    await reader.sends("/hand", {"to": "ben", "reason": ""})
    await reader.sees("")
    assert "ben" in await reader.sends("/discard", {"reason": "r"})


async def test_console(reader: Reader) -> None:
    """Every page kind that has an address of its own, full and empty, and what is not there."""
    reader.site.chain.journeys["V0001"] = way()
    for path in OPEN:
        await reader.opens(path)
    for path in NOT_THERE:
        await reader.opens(path, 404)
    reader.bench.desk.places.regions["330100"] = {"admdvs": "330100", "name": "杭州市"}  # type: ignore[typeddict-item]
    for query in ("nofield:1", "region:339999", "region:99", "state:x", "since:soon", "-", 'code:"'):
        answer = await reader.site.browser.get("/errors", params={"q": query}, headers={"accept-language": "zh"})
        reader.chinese(query, answer.text)


@pytest.mark.parametrize("code", sorted(FAULTS))
async def test_fault(reader: Reader, code: str) -> None:
    """The catalogue's page of each fault, and an error that it caused."""
    reader.bench.reported(report(bill(2), code=code, detail=""))
    await reader.opens(f"/codes/{code}")
    await reader.opens(f"/errors/{report(bill(2), code=code)['error_id']}")


async def test_plans_and_batches(reader: Reader) -> None:
    """In each of their states, with what was left out and why; and what is refused."""
    desk, bench = reader.bench.desk, reader.bench
    bench.reported(*(report(bill(nr), detail="") for nr in range(2, 6)))
    handling.take(desk, BEN, report(bill(2))["error_id"])
    running, stopped, waiting = (plans.make(desk, ANNA, Wish(q="state:any", predict=False)) for _ in range(3))
    plans.execute(desk, ANNA, stopped["plan_id"])
    plans.stop(desk, ANNA, stopped["plan_id"])
    batches = [bulk.make(desk, ANNA, bulk.Wish(name, q="state:any", reason="r", to="ben")) for name in bulk.DEEDS]
    for made in batches[:2]:
        bulk.execute(desk, ANNA, made["batch_id"])
    desk.settings = desk.settings.model_copy(update={"four_eyes_above": 0})
    for path in ("/replays", "/batches", "/approvals", "/actions"):
        await reader.opens(path)
    for made in (running, stopped, waiting):
        await reader.opens(f"/replays/{made['plan_id']}")
        for command in ("execute", "stop", "approve"):
            await reader.posts(f"/replays/{made['plan_id']}/{command}", reason="r")
    for made in batches:
        await reader.opens(f"/batches/{made['batch_id']}")
        await reader.posts(f"/batches/{made['batch_id']}/stop")
    work.step_batches(desk)
    for made in batches:
        await reader.opens(f"/batches/{made['batch_id']}")
    await reader.posts("/verify")
    await reader.opens("/actions")


async def test_forms_of_lists(reader: Reader) -> None:
    """What cannot be planned or batched is refused in Chinese; so is a wrong token."""
    for path in ("/replays", "/batches"):
        for fields in ({"q": "nothing_like_it"}, {"what": "selected", "scope": "selected"}, {"action": "nope"}):
            await reader.posts(path, **fields)
    await reader.posts("/batches", action="hand", q="state:any")
    await reader.posts("/login", token="wrong")  # noqa: S106 — a test's token


async def test_who_may_only_look(reader: Reader) -> None:
    """Why nothing is offered, and who may, is said in Chinese."""
    reader.bench.desk.people.add("rita", [Role.REPLAY])
    plan = plans.make(reader.bench.desk, ANNA, Wish(q="state:any", predict=False))["plan_id"]
    batch = bulk.make(reader.bench.desk, ANNA, bulk.Wish("take", q="state:any"))["batch_id"]
    file = reader.bench.folder / "people.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "system_user": ["view"]}))
    for path in ("/errors", f"/replays/{plan}", f"/batches/{batch}"):
        assert "rita" in await reader.opens(path)


async def test_unmasking_has_one_name(reader: Reader) -> None:
    """The button's words stand in the list of actions, too."""
    name = "显示完整信息"
    assert name in await reader.opens(f"/errors/{reader.error_id}")
    await reader.site.send(f"/errors/{reader.error_id}/unmask")
    assert name in await reader.opens("/actions")


async def test_outage(reader: Reader) -> None:
    """A service that stands still, a desk that is held up, a chain that is not there."""
    reader.bench.desk.troubles["reading"] = "KafkaConnectionError: nobody"
    await reader.opens("/")
    reader.site.chain.readings = [reading(0), reading(90_000, end=20)]
    for _ in range(2):
        await reader.site.watching.look()
    await reader.opens("/")
    reader.site.chain.down = True
    for path in ("/", "/settlements"):
        await reader.opens(path)
    address = reader.bench.folder / ADDRESS_FILE
    address.write_text("nonsense")
    await reader.opens("/errors", 503)
    address.unlink()
    await reader.opens("/errors", 503)
    await reader.opens("/")


OPEN = (
    *(path for path in PAGES if not any(name in path for name in (CASE, PLAN, BATCH, MEND))),
    *(f"/errors?by={by}" for by in GROUPINGS),
    "/errors?q=state:settled",
    "/settlements/V0001",
)
NOT_THERE = ("/nothing", "/settlements/unknown1", "/replays/none", "/batches/none", "/mends/none", "/codes/NOPE",
             "/errors/e0e0e0e0")  # fmt: skip
