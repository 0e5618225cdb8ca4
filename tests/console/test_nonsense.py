"""Addresses that nobody made: whatever is asked, the answer is a page in our frame, and never a failure of ours."""

import re
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from tests.console.desks import CASE
from tests.console.site import BASE, SECRET, FakeChain, Site
from yidi.console.application import Setting, application
from yidi.console.door import DeskDoor
from yidi.console.visitor import Sessions, Visitor
from yidi.console.watching import Watching
from yidi.desk.address import Address

NONSENSE = ("%00", "%0A", "..", "%2E%2E", "%3Fa=1", "%23", "%25", "%FF", "-1", "a" * 300, "'%22<b>")
QUERIES = ("q", "by", "after", "before", "error", "id", "lang", "region", "done", "back")


class Door(DeskDoor):
    """The real door before a desk that knows nothing; keeps every address that it was asked."""

    def __init__(self) -> None:
        self.asked: list[httpx.URL] = []
        super().__init__(Path(), httpx.MockTransport(self._unknown))

    def _unknown(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url)
        return httpx.Response(404, json={"kind": "not_found", "what": "The desk knows no such thing.", "todo": ""})

    def _address(self) -> Address:
        return Address("http://desk", "key")


def console(door: Door) -> Starlette:
    sessions, chain = Sessions("otto", SECRET), FakeChain()
    return application(chain, door, Watching(chain, door, Visitor("", "otto")), sessions, Setting())


def paths(app: Starlette) -> list[str]:
    """Every route with an id, and every page without one, with nonsense in its place."""
    routes = [route for route in app.routes if isinstance(route, Route) and route.path != "/live"]
    found = {re.sub(r"\{\w+\}", nonsense, route.path) for route in routes for nonsense in NONSENSE}
    pages = [route.path for route in routes if "{" not in route.path]
    asked = ["&".join(f"{name}={nonsense}" for name in QUERIES) for nonsense in NONSENSE]
    return [*sorted(found), *(f"{page}?{query}" for page in pages for query in asked)]


async def test_nonsense_is_answered_by_a_page():
    """Every route with nonsense as an id or a query: no answer is a server's failure, every refusal has our frame."""
    door = Door()
    app = console(door)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as browser:
        for path in paths(app):
            answer = await browser.get(path)
            assert answer.status_code in (200, 303, 400, 404, 405, 503), path
            framed = "<nav" in answer.text or "json" in answer.headers.get("content-type", "")
            assert answer.status_code in (200, 303) or framed, path
    assert all(url.path.isprintable() and "/../" not in str(url) for url in door.asked)


async def test_nonsense_by_a_form_is_answered_by_a_page():
    """The same for everything that is sent, and nothing of it is an id for the desk."""
    for nonsense in NONSENSE:
        answer = await Site().send(f"/errors/{nonsense}/destroy", {"reason": "x"})
        assert answer.status in (404, 405), nonsense
        assert "<nav" in answer.text


@pytest.mark.parametrize("path", ["/verify/x", f"/errors/{CASE}/take", "/amendments/a1/approve", "/logout"])
async def test_address_of_a_form_opened_by_hand_is_a_page(path: str):
    """A form's address in the bar of the browser: said in words, with the way back."""
    answer = await Site().browser.get(path)
    assert answer.status_code in (404, 405)
    assert "<nav" in answer.text


async def test_failure_that_nobody_foresaw_is_a_page():
    """A defect of ours: our frame and our headers, without the values that it met; the log has the rest."""
    site = Site()
    site.desk.answers["GET", "/mends"] = ValueError("a secret value")
    transport = httpx.ASGITransport(site.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as browser:
        answer = await browser.get("/mends")
    assert answer.status_code == 500
    assert "nobody foresaw" in answer.text
    assert "a secret value" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize(("path", "page"), [("unmask", ""), ("take", ""), ("mend", "/mend")])
async def test_language_switch_after_a_form_keeps_the_page(path: str, page: str):
    """What answers a form links to the page that the form stood on, in the other language."""
    site = Site()
    site.browser.headers["referer"] = f"{BASE}/errors/{CASE}{page}?q=%E5%8C%97"
    site.desk.answers["POST", "/mends"] = site.desk.answers["POST", f"/cases/{CASE}/take"] = ValueError
    answer = await site.browser.post(f"/errors/{CASE}/{path}", data={}, headers={"origin": BASE})
    assert f'href="/errors/{CASE}{page}?q=%E5%8C%97&amp;lang=zh"' in answer.text


@pytest.mark.parametrize("referrer", ["https://elsewhere.example/errors/x", "http://[", "nonsense", ""])
async def test_language_switch_never_leads_elsewhere(referrer: str):
    """Another site's address, or nonsense, is no page of ours."""
    site = Site()
    answer = await site.browser.post(f"/errors/{CASE}/take", headers={"origin": BASE, "referer": referrer})
    assert 'href="/?lang=zh"' in answer.text


async def test_slashes_make_no_foreign_address():
    """A path that begins with two slashes is linked as a path of ours."""
    answer = await Site().browser.get("//elsewhere.example/x")
    assert 'href="//elsewhere' not in answer.text
