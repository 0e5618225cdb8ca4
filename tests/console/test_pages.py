"""All pages, in both languages, with and without a desk."""

from typing import Any

import pytest

from tests.console.desks import BATCH, CASE, DENIED, LISTED, MEND, PLAN, batch, mend, plan, row, whole
from tests.console.site import Site
from yidi.console.door import DeskRefused

PAGES = (
    "/",
    "/errors",
    f"/errors/{CASE}",
    f"/errors/{CASE}/slip",
    f"/errors/{CASE}/claim",
    f"/errors/{CASE}/mend",
    f"/errors/{CASE}/amend",
    "/codes",
    "/codes/NOT_FILED",
    "/mends",
    f"/mends/{MEND}",
    "/replays",
    f"/replays/{PLAN}",
    "/approvals",
    "/batches",
    f"/batches/{BATCH}",
    "/actions",
    "/settlements",
    "/login",
)
WITHOUT_DESK = ("/", "/settlements", "/login")


@pytest.mark.parametrize("path", PAGES)
async def test_page_speaks_both_languages(path: str):
    """Every page is there in Chinese and in English, and says which one it is."""
    site = Site()
    assert '<html lang="zh-CN">' in await site.page(path, "zh-CN,zh;q=0.9")
    assert '<html lang="en">' in await site.page(path, "en-GB")


async def test_language_of_the_address_is_remembered():
    """`?lang=` decides at once and for later pages, whatever the browser prefers."""
    site = Site()
    assert "Unsolved" in (await site.page("/errors?lang=en", "zh")).title()
    assert '<html lang="en">' in await site.page("/errors", "zh")


async def test_other_language_keeps_the_query():
    """Switching the language does not lose what one was looking at."""
    html = await Site().page("/errors?q=code%3ANOT_FILED&by=region")
    assert 'href="/errors?q=code%3ANOT_FILED&amp;by=region&amp;lang=zh"' in html


@pytest.mark.parametrize("path", PAGES)
async def test_page_without_a_desk_says_so(path: str):
    """Without a desk its pages say what is missing and what to do; the others work."""
    site = Site()
    site.desk.missing = True
    answer = await site.browser.get(path)
    assert answer.status_code == (200 if path in WITHOUT_DESK else 503)
    assert path in WITHOUT_DESK or "yidi up" in answer.text


async def test_page_that_does_not_exist_is_a_page_too():
    """404 in words, with the navigation."""
    answer = await Site().browser.get("/nothing")
    assert answer.status_code == 404
    assert "<nav" in answer.text


async def test_content_of_records_is_never_markup():
    """Whatever a sender writes into a record is shown as text."""
    site = Site()
    evil = "<script>alert(1)</script>"
    site.desk.answers["GET", f"/cases/{CASE}"] = whole(detail=evil, content={"kind": evil, evil: evil})
    site.desk.answers["GET", "/cases"] = {"cases": [row(owner=evil, psn_no=evil)], "next": None, "total": 1, **LISTED}
    for path in (f"/errors/{CASE}", "/errors"):
        html = await site.page(path)
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert" in html


async def test_loser_of_a_race_is_told_who_won():
    """When somebody else has taken the record, the page names them and says that nothing was changed."""
    site = Site()
    refused = DeskRefused("anna has this case.", "Ask anna to hand it on.", 409, "conflict", "anna")
    site.desk.answers["POST", f"/cases/{CASE}/take"] = refused
    answer = await site.send(f"/errors/{CASE}/take")
    assert answer.status == 409
    assert "<b>anna</b>" in answer.text
    assert "Nothing was changed" in answer.text


MAY_NOT = {"commands": [], "denied": DENIED}


@pytest.mark.parametrize(
    ("page", "told"),
    [
        ("/cases", {"cases": [row()], "next": None, "total": 1, **MAY_NOT}),
        (f"/plans/{PLAN}", plan(**MAY_NOT)),
        (f"/plans/{PLAN}", plan(state="running", **MAY_NOT)),
        (f"/plans/{PLAN}", plan(state="needs_approval", **MAY_NOT)),
        (f"/batches/{BATCH}", batch(**MAY_NOT)),
        (f"/batches/{BATCH}", batch(state="running", undo="restore", **MAY_NOT)),
        (f"/mends/{MEND}", mend(**MAY_NOT)),
    ],
)
async def test_what_is_not_allowed_is_not_offered(page: str, told: dict[str, Any]):
    """No button that would be refused; one line says why, and who may."""
    site = Site()
    site.desk.answers["GET", page] = told
    html = await site.page(page.replace("/cases", "/errors").replace("/plans", "/replays"))
    assert 'method="post"' not in html
    assert 'type="checkbox"' not in html
    assert html.count("it needs the role replay. Who may: ben.") == 1


async def test_denied_commands_say_what_role_is_needed():
    """The desk's reason and advice reach the operator."""
    site = Site()
    refused = DeskRefused("otto may not do this: it needs the role replay.", "Get a token.", 403, "denied")
    site.desk.answers["POST", f"/cases/{CASE}/discard"] = refused
    answer = await site.send(f"/errors/{CASE}/discard", {"reason": "test"})
    assert answer.status == 403
    assert "needs the role replay" in answer.text
