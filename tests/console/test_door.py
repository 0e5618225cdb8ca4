"""The way to the desk."""

import json
from pathlib import Path

import httpx
import pytest

from yidi.console.door import DeskDoor, DeskMissing, DeskRefused
from yidi.console.visitor import Visitor

ANNA = Visitor("session", "otto", "token-of-anna")
OTTO = Visitor("session", "otto")


def door(data_dir: Path, answer: httpx.Response | httpx.HTTPError, seen: list[httpx.Request]) -> DeskDoor:
    """A door whose desk answers so, and remembers what it was asked."""

    def handle(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        if isinstance(answer, httpx.HTTPError):
            raise answer
        return answer

    (data_dir / "desk.json").write_text(json.dumps({"url": "http://desk:1", "key": "k"}), encoding="utf-8")
    return DeskDoor(data_dir, httpx.MockTransport(handle))


async def test_desk_is_asked_under_the_visitor_s_own_name(tmp_path: Path):
    """The token when there is one, else the system's user, always with the key of the data directory."""
    seen: list[httpx.Request] = []
    opened = door(tmp_path, httpx.Response(200, json={}), seen)
    await opened.get(ANNA, "/cases", q="code:X", after=None)
    await opened.post(OTTO, "/verify", reason="")
    assert seen[0].headers["authorization"] == "Bearer token-of-anna"
    assert "authorization" not in seen[1].headers
    assert [request.headers["x-yidi-key"] for request in seen] == ["k", "k"]
    assert seen[1].headers["x-yidi-user"] == "otto"
    assert seen[0].url.query == b"q=code%3AX"
    assert json.loads(seen[1].content) == {"reason": ""}


async def test_refusal_of_the_desk_comes_in_its_words(tmp_path: Path):
    """What, what to do, kind, status and holder."""
    told = {"what": "anna has it.", "todo": "Ask anna.", "kind": "conflict", "holder": "anna"}
    opened = door(tmp_path, httpx.Response(409, json=told), [])
    with pytest.raises(DeskRefused) as refused:
        await opened.post(OTTO, "/cases/1/take")
    error = refused.value
    assert (error.what, error.todo, error.kind, error.status, error.holder) == (
        "anna has it.", "Ask anna.", "conflict", 409, "anna",
    )  # fmt: skip


async def test_desk_that_fails_without_words_is_no_riddle(tmp_path: Path):
    """Even a bare 500 becomes a sentence and an advice."""
    with pytest.raises(DeskRefused, match="HTTP 500"):
        await door(tmp_path, httpx.Response(500, text="oops"), []).get(OTTO, "/cases")


async def test_desk_that_does_not_answer_is_missing(tmp_path: Path):
    """A connection that fails is said in words."""
    with pytest.raises(DeskMissing, match="does not answer"):
        await door(tmp_path, httpx.ConnectError("refused"), []).get(OTTO, "/cases")


@pytest.mark.parametrize("text", [None, "", "[]", "{}", '{"url": 1}', "no json"])
async def test_desk_without_an_address_is_missing(tmp_path: Path, text: str | None):
    """No file, or one that is no address."""
    if text is not None:
        (tmp_path / "desk.json").write_text(text, encoding="utf-8")
    with pytest.raises(DeskMissing):
        await DeskDoor(tmp_path).get(OTTO, "/cases")


async def test_text_stays_text(tmp_path: Path):
    """CSV is not taken for JSON."""
    opened = door(tmp_path, httpx.Response(200, text="a,b\n", headers={"content-type": "text/csv"}), [])
    assert await opened.get(OTTO, "/export") == "a,b\n"
