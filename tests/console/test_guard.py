"""What every request passes first."""

import pytest
from starlette.routing import Mount, Route

from tests.console.desks import CASE
from tests.console.site import BASE, FakeChain, Site
from yidi.console.application import Setting, application
from yidi.console.guard import HEADERS
from yidi.console.server import Exposure


def posts(site: Site) -> list[str]:
    """Every path that takes a form, as the application has it."""
    app = application(FakeChain(), site.desk, site.watching, site.sessions, Setting())
    routes = [route for route in app.routes if isinstance(route, Route) and "POST" in (route.methods or ())]
    assert any(isinstance(route, Mount) for route in app.routes)
    return [route.path.replace("{id}", CASE).replace("{command}", "take") for route in routes]


async def test_every_form_without_its_token_is_refused():
    """No command is carried out for a form that does not carry the token of one of our pages."""
    site = Site()
    paths = posts(site)
    for path in paths:
        answer = await site.browser.post(path, data={"reason": "x"}, headers={"origin": BASE})
        assert answer.status_code == 403, path
    assert len(paths) >= 10
    assert site.desk.told == []


async def test_token_of_another_session_is_refused():
    """A token that somebody else got from us is worth nothing in this session."""
    site, other = Site(), Site()
    await site.page("/login")
    token = other.sessions.form_token("another session")
    answer = await site.browser.post("/verify", data={"form_token": token})
    assert answer.status_code == 403
    assert site.desk.told == []


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null"])
async def test_forms_of_other_origins_are_refused(origin: str):
    """Even with the right token, a form that another origin sends is refused."""
    site = Site()
    answer = await site.send("/verify", origin=origin)
    assert answer.status == 403
    assert site.desk.told == []


async def test_browser_that_names_a_foreign_site_is_refused():
    """Sec-Fetch-Site is believed when it says that the form came from elsewhere."""
    site = Site()
    answer = await site.browser.post("/verify", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403


async def test_our_own_form_is_accepted():
    """The counterpart: token, origin and session right, the command goes through."""
    site = Site()
    answer = await site.send(f"/errors/{CASE}/take")
    assert answer.status == 303
    assert site.desk.told == [(f"/cases/{CASE}/take", {"reason": ""})]


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8470", "127.0.0.1.evil.example", "[::"])
async def test_foreign_host_names_are_not_answered(host: str):
    """A page of another site that rebinds its name to loopback gets nothing."""
    answer = await Site().browser.get("/", headers={"host": host})
    assert answer.status_code == 421


@pytest.mark.parametrize("host", ["127.0.0.1:8470", "localhost:8470", "[::1]:8470"])
async def test_loopback_names_are_answered(host: str):
    """Whatever loopback is called."""
    assert (await Site().browser.get("/", headers={"host": host})).status_code == 200


async def test_every_answer_forbids_what_comes_from_elsewhere():
    """Pages, refusals and files carry the strict policy; pages are not kept by caches."""
    site = Site()
    for path in ("/", "/nothing", "/static/console.css", "/health"):
        headers = (await site.browser.get(path)).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    assert "default-src 'none'" in HEADERS["content-security-policy"]
    assert (await site.browser.get("/")).headers["cache-control"] == "no-store"


async def test_pages_name_nothing_from_elsewhere():
    """No page loads or runs anything that is not ours, nor carries scripts or styles inside."""
    site = Site()
    for path in ("/", "/errors", f"/errors/{CASE}", "/settlements"):
        html = await site.page(path)
        assert "<script>" not in html
        assert "style=" not in html
        assert "<style" not in html
        assert 'src="http' not in html
        assert 'href="http' not in html


async def test_console_beyond_loopback_asks_for_a_login():
    """Told to listen wider, every page but the login leads to the login, and no form is taken."""
    site = Site(Exposure("0.0.0.0", names=("console.example",)).setting)  # noqa: S104 — the case under test
    answer = await site.browser.get("/errors?q=code:NOT_FILED")
    assert answer.status_code == 303
    assert answer.headers["location"] == "/login?back=%2Ferrors%3Fq%3Dcode%3ANOT_FILED"
    assert (await site.send("/verify")).status == 401
    assert (await site.browser.get("/metrics")).status_code == 303
    assert (await site.browser.get("/health")).status_code in {200, 503}, "a container's health check has no token"
    assert site.desk.asked == []


async def test_loopback_needs_no_login():
    """The counterpart: on loopback the system's user acts."""
    assert not Exposure().setting.login
    assert not Exposure("::1").setting.login
    assert Exposure("192.0.2.1").setting.login


async def test_login_is_as_told():
    """Whoever publishes the port on loopback alone, as a container does, may leave the login out, and put it in."""
    assert not Exposure("0.0.0.0", login=False).setting.login  # noqa: S104 — the case under test
    assert Exposure(login=True).setting.login


async def test_right_token_lets_in_and_acts_from_then_on():
    """After the login the desk is asked under the token, and the login leads back to where one wanted to go."""
    site = Site(Exposure("192.0.2.1").setting)
    answer = await site.send("/login", {"token": "right", "back": "/errors"})
    assert (answer.status, answer.location) == (303, "/errors")
    await site.page("/errors")
    assert site.desk.acted[-1].token == "right"  # noqa: S105 — a test's token


async def test_wrong_token_lets_nobody_in():
    """A token that the desk does not know changes nothing."""
    site = Site(Exposure("192.0.2.1").setting)
    assert (await site.send("/login", {"token": "wrong"})).status == 401
    assert (await site.browser.get("/errors")).status_code == 303


@pytest.mark.parametrize("back", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
async def test_login_never_leads_to_another_site(back: str):
    """An address to go back to that is not ours leads to the front page."""
    answer = await Site().send("/login", {"token": "right", "back": back})
    assert answer.location == "/"


async def test_cookie_from_before_the_login_is_not_logged_in():
    """The login makes a new session, so that a cookie planted before it gains nothing."""
    site = Site(Exposure("192.0.2.1").setting)
    await site.page("/login")
    before = site.browser.cookies["yidi_session"]
    await site.send("/login", {"token": "right"})
    assert site.browser.cookies["yidi_session"] != before
    site.browser.cookies.clear()
    answer = await site.browser.get("/errors", headers={"cookie": f"yidi_session={before}"})
    assert answer.status_code == 303


async def test_logging_out_ends_the_session():
    """The same cookie is a stranger's afterwards."""
    site = Site(Exposure("192.0.2.1").setting)
    await site.send("/login", {"token": "right"})
    assert (await site.send("/logout")).status == 303
    assert (await site.browser.get("/errors")).status_code == 303


async def test_session_cookie_is_kept_from_scripts_and_other_sites():
    """HttpOnly and SameSite, on every path."""
    cookie = (await Site().browser.get("/")).headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert "path=/" in cookie


async def test_forged_session_cookie_is_replaced():
    """A cookie that we did not make gets no form token of its own; a new session begins."""
    answer = await Site().browser.get("/", headers={"cookie": "yidi_session=abc.def"})
    assert "yidi_session=" in answer.headers["set-cookie"]
    assert "abc.def" not in answer.headers["set-cookie"]
