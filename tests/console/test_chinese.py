"""The forms in Chinese, over a real desk: nobody meets an English sentence on them, whatever is typed."""

import html
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.console.site import BASE, Site, found
from tests.desk.bench import Bench, bill, report
from yidi.console.door import DeskDoor
from yidi.console.mending import FIELDS
from yidi.desk.people import Role
from yidi.desk.settings import ADDRESS_FILE
from yidi.desk.web import application

KEY = "the key of this start"
SENTENCE = re.compile(r"[A-Za-z']+(?: [a-z']+){2,}")
"""Three English words in a row: no code, no name."""
WRONG = ("nonsense", "9999-99-99", "0.001")
MORE_WRONG = {"begin": "2026-11-20", "end": "2026-01-01", "from": "A"}
NOTHING = {"begin": ""}


class Reader:
    """Somebody who reads Chinese, in front of one error."""

    def __init__(self, site: Site, error_id: str) -> None:
        self._site, self._id = site, error_id

    async def sees(self, page: str) -> None:
        """A page of the error, without an English sentence."""
        self._chinese(page, await self._site.page(f"/errors/{self._id}{page}", "zh"))

    async def sends(self, page: str, fields: dict[str, str]) -> str:
        """A form of it; the answer without an English sentence."""
        token = found(await self._site.page("/login", "zh"), r'name="form_token" value="([^"]+)"')
        said = {"form_token": token, **fields}
        path, headers = f"/errors/{self._id}{page}", {"origin": BASE, "accept-language": "zh"}
        answer = await self._site.browser.post(path, data=said, headers=headers)
        self._chinese(f"{page} {fields}", answer.text)
        return answer.text

    @staticmethod
    def _chinese(where: str, text: str) -> None:
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
    yield Reader(site, bench.cases()[0].error_id)
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
