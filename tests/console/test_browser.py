"""Every button and form, pressed in a real Chromium."""

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from tests.console.browser import Stand, chromium, until
from tests.console.desks import BATCH, CASE, LISTED, MEND, PLAN, batch, group, plan, row
from tests.console.test_pages import PAGES
from tests.console.test_settlements import way

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chromium")]
WAIT_MS = 60_000


class Press(NamedTuple):
    """A form: where it stands, where it goes, what is typed, and what the desk must be told."""

    page: str
    action: str
    typed: dict[str, str]
    told: str
    button: str = "button"


CASE_PAGE, PLAN_PAGE = f"/errors/{CASE}", f"/replays/{PLAN}"
REASON = {"reason": "because"}
PRESSES = (
    Press(CASE_PAGE, f"{CASE_PAGE}/take", {}, f"/cases/{CASE}/take"),
    Press(CASE_PAGE, f"{CASE_PAGE}/hand", {"to": "berta"}, f"/cases/{CASE}/hand"),
    Press(CASE_PAGE, f"{CASE_PAGE}/discard", REASON, f"/cases/{CASE}/discard"),
    Press(CASE_PAGE, f"{CASE_PAGE}/restore", REASON, f"/cases/{CASE}/restore"),
    Press(CASE_PAGE, f"{CASE_PAGE}/park", REASON, f"/cases/{CASE}/park"),
    Press(CASE_PAGE, f"{CASE_PAGE}/claim", REASON, f"/cases/{CASE}/claim"),
    Press(CASE_PAGE, "/replays", REASON, "/plans"),
    Press(f"{CASE_PAGE}/mend", f"{CASE_PAGE}/mend", REASON, "/mends"),
    Press(f"{CASE_PAGE}/amend", f"{CASE_PAGE}/amend", REASON, f"/cases/{CASE}/amend"),
    Press("/errors", "/replays", REASON, "/plans", "button[value=query]"),
    Press(f"/mends/{MEND}", "/replays", REASON, "/plans"),
    Press(PLAN_PAGE, f"{PLAN_PAGE}/execute", {}, f"/plans/{PLAN}/execute"),
    Press("/actions", "/verify", {}, "/verify"),
    Press(f"/batches/{BATCH}", f"/batches/{BATCH}/execute", {}, f"/batches/{BATCH}/execute"),
)
ELSEWHERE = {f"{CASE_PAGE}/unmask", "/amendments/a1/approve", "/login", "/logout"}
"""Forms with tests of their own below."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def stand() -> Iterator[Stand]:
    with Stand().open() as opened:
        yield opened


@pytest.fixture
def page(browser: Browser, stand: Stand) -> Iterator[Page]:
    """A tab in English that fails its test when the page complains: scripts that break, what the policy forbids."""
    context = browser.new_context(locale="en-GB", viewport={"width": 1240, "height": 900}, base_url=stand.address)
    context.set_default_timeout(WAIT_MS)
    tab, complaints = context.new_page(), list[str]()
    tab.on("pageerror", lambda error: complaints.append(str(error)))
    tab.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    yield tab
    context.close()
    assert complaints == []


@pytest.mark.parametrize("press", PRESSES, ids=lambda press: f"{press.page} {press.action}")
def test_form_reaches_the_desk(page: Page, stand: Stand, press: Press):
    """Typed in and sent as a person does it, each form becomes exactly one command."""
    page.goto(press.page)
    form = page.locator(f'form[action="{press.action}"]').first
    for name, text in press.typed.items():
        form.locator(f'[name="{name}"]').first.fill(text)
    form.locator(press.button).first.click()
    ((path, said),) = stand.told(page)
    assert path == press.told
    assert press.typed.items() <= said.items()


def test_no_form_is_forgotten(page: Page):
    """Every form of every page is pressed by a test of this file."""
    found = set()
    for path in PAGES:
        page.goto(path)
        for form in page.locator('form[method="post"]').all():
            found.add(str(form.get_attribute("action")))
    assert found == {press.action for press in PRESSES} | ELSEWHERE - {"/logout"}


@pytest.mark.parametrize(("state", "command"), [("needs_approval", "approve"), ("running", "stop")])
def test_plan_is_approved_and_stopped(page: Page, stand: Stand, state: str, command: str):
    """The buttons that a plan has in its other states."""
    stand.desk.answers["GET", f"/plans/{PLAN}"] = plan(state=state)
    page.goto(PLAN_PAGE)
    form = page.locator(f'form[action="{PLAN_PAGE}/{command}"]')
    form.locator("[name=reason]").fill("because")
    form.locator("button").click()
    assert stand.told(page) == [(f"/plans/{PLAN}/{command}", {"reason": "because"})]


def test_selected_errors_are_done_at_once(page: Page, stand: Stand):
    """The same ticks, another button: the action, whom to, and a dry run before anything is done."""
    page.goto("/errors")
    page.check(f'input[value="{CASE}"]')
    page.fill("#replay [name=reason]", "not mine")
    page.select_option("#replay [name=action]", "hand")
    page.fill("#replay [name=to]", "berta")
    page.click("button[formaction='/batches']")
    page.wait_for_url(f"**/batches/{BATCH}")
    said = {"reason": "not mine", "action": "hand", "to": "berta", "ids": [CASE]}
    assert stand.told(page) == [("/batches", said)]


def test_discard_is_undone(page: Page, stand: Stand):
    """A batch that discarded offers to take it back, by a dry run of its own."""
    stand.desk.answers["GET", f"/batches/{BATCH}"] = batch(state="done", counts={"done": 1}, planned=0, undo="restore")
    page.goto(f"/batches/{BATCH}")
    page.fill("[name=reason]", "it was real")
    page.click("form[action='/batches'] button")
    assert stand.told(page) == [("/batches", {"reason": "it was real", "undoes": BATCH})]


def test_running_batch_is_stopped(page: Page, stand: Stand):
    """Half-way, by its button."""
    stand.desk.answers["GET", f"/batches/{BATCH}"] = batch(state="running", counts={"done": 1, "planned": 1})
    page.goto(f"/batches/{BATCH}")
    page.click(f"form[action='/batches/{BATCH}/stop'] button")
    assert stand.told(page) == [(f"/batches/{BATCH}/stop", {})]


def test_selected_errors_are_planned(page: Page, stand: Stand):
    """The box above ticks all; what is unticked again is not planned."""
    rows = [row(error_id=f"{n:032x}") for n in range(3)]
    stand.desk.answers["GET", "/cases"] = {"cases": rows, "next": None, "total": 3, **LISTED}
    page.goto("/errors")
    page.check("[data-all]")
    page.uncheck(f'input[value="{1:032x}"]')
    page.fill("#replay [name=reason]", "because")
    page.click("button[value=selected]")
    assert stand.told(page)[0][1]["ids"] == [f"{0:032x}", f"{2:032x}"]


def test_form_without_a_reason_is_not_sent(page: Page, stand: Stand):
    """Where a reason is needed, the browser asks for it before anything is sent."""
    page.goto(CASE_PAGE)
    page.click(f'form[action="{CASE_PAGE}/discard"] button')
    page.wait_for_selector(".problem:has-text('Please fill this in.')")
    assert page.locator(".problem:has-text('Please fill this in.')").count() == 1
    assert page.locator(":invalid").count() > 0
    assert stand.desk.told == []


def test_header_is_compact_on_a_telephone(page: Page):
    """In both languages; and a list shows owner, age and amount without scrolling aside."""
    page.set_viewport_size({"width": 375, "height": 800})
    for language in ("zh", "en"):
        page.goto(f"/errors?lang={language}")
        height = page.evaluate("document.querySelector('header.top').offsetHeight")
        assert height < 160, (language, height)
        assert page.evaluate("document.querySelector('table.cards').scrollWidth") <= 375


def test_mend_from_dry_run_to_sent(page: Page, stand: Stand):
    """First what it would heal, then the same for good."""
    page.goto(f"{CASE_PAGE}/mend")
    page.fill("details[open] [name=begin]", "2026-11-01")
    page.select_option("details[open] [name=type]", "REFERRAL")
    page.fill("details[open] [name=reason]", "papers")
    page.click("details[open] button")
    page.click("text=Send it to the registry")
    page.wait_for_url(f"**/mends/{MEND}")
    said: dict[str, Any] = {
        "kind": "filing", "case": CASE, "begin": "2026-11-01", "type": "REFERRAL", "reason": "papers",
    }  # fmt: skip
    assert stand.told(page, 2) == [("/mends", {**said, "dry_run": True}), ("/mends", {**said, "dry_run": False})]


def test_amendment_from_difference_to_sent(page: Page, stand: Stand):
    """The button that sends appears with the difference."""
    difference = {"name": "er_flag", "mode": "free", "before": False, "after": True}
    stand.desk.answers["POST", f"/cases/{CASE}/amend"] = {
        "diff": [difference], "problems": [], "needs_approval": False, "amendment": "a1",
    }  # fmt: skip
    page.goto(f"{CASE_PAGE}/amend")
    page.fill('[name="field.er_flag"]', "true")
    page.fill("[name=reason]", "flag forgotten")
    page.click("text=Show the difference")
    page.click("text=Send the amendment")
    first, second = (body for _, body in stand.told(page, 2))
    assert (first["dry_run"], second["dry_run"]) == (True, False)
    assert second["changes"] == {"er_flag": True}


def test_unmasking_by_its_button(page: Page, stand: Stand):
    """The desk is asked to show, and records it."""
    page.goto(CASE_PAGE)
    page.click('button:has-text("Unmask")')
    assert until(page, lambda: (f"/cases/{CASE}", {"unmask": 1}) in stand.desk.asked)


def test_second_person_approves_by_the_button(page: Page, stand: Stand):
    """Who is not logged in is offered no button that would be refused; who is, approves with a reason."""
    waiting = stand.desk.answers["GET", "/approvals"]
    nobody = [{**made, "commands": []} for made in waiting["amendments"]]
    stand.desk.answers["GET", "/approvals"] = {**waiting, "amendments": nobody}
    page.goto("/approvals")
    assert page.locator("text=Approve and send").count() == 0
    page.click("text=log in with a token")
    page.fill("[name=token]", "right")
    page.click("main button")
    page.wait_for_url("**/approvals")
    stand.desk.answers["GET", "/approvals"] = waiting
    page.reload()
    page.fill("[name=reason]", "checked")
    page.click("text=Approve and send")
    page.wait_for_url("**/approvals?done=approve")
    assert stand.desk.told == [("/amendments/a1/approve", {"reason": "checked"})]


def test_logging_in_and_out(page: Page, stand: Stand):
    """A wrong token is refused in words, a right one acts, and the button ends it."""
    page.goto("/login")
    page.fill("[name=token]", "right")
    page.click("main button")
    page.wait_for_url("**/")
    page.goto("/errors")
    assert any(who.token == "right" for who in stand.desk.acted)  # noqa: S105 — a test's token
    page.click("text=Log out")
    page.wait_for_selector("text=log in")
    assert page.locator("text=Log out").count() == 0


def test_problems_are_shown_while_typing(page: Page, stand: Stand):
    """Beside the field, before any button is pressed, and gone once it is right."""
    words = {"zh": "明细合计为 2 元", "en": "the lines add up to 2 yuan"}
    check = ("POST", f"/cases/{CASE}/check")
    stand.desk.answers[check] = {"fields": {"medfee_sumamt": words}, "problems": []}
    page.goto(f"{CASE_PAGE}/amend")
    page.fill('[name="field.medfee_sumamt"]', "1")
    page.wait_for_selector('td:has([name="field.medfee_sumamt"]) .problem:has-text("add up to 2 yuan")')
    stand.desk.answers[check] = {"fields": {}, "problems": []}
    page.fill('[name="field.medfee_sumamt"]', "2")
    page.wait_for_selector('[name="field.medfee_sumamt"]:not([aria-invalid])')
    assert {path for path, _ in stand.desk.checked} == {f"/cases/{CASE}/check"}
    assert stand.desk.told == []


def test_new_errors_appear_without_a_reload(page: Page, stand: Stand):
    """The open list shows what has just failed, and keeps what was ticked and typed."""
    page.goto("/errors")
    page.check(f'input[value="{CASE}"]')
    page.fill("#replay [name=reason]", "half a sen")
    newer = row(error_id=f"{5:032x}", code="TOKEN_EXPIRED")
    stand.desk.answers["GET", "/cases"] = {"cases": [newer, row()], "next": None, "total": 2, **LISTED}
    stand.desk.answers["GET", "/events"] = {"events": [{"error_id": newer["error_id"]}], "last": 8}
    page.wait_for_selector("text=TOKEN_EXPIRED")
    assert page.is_checked(f'input[value="{CASE}"]')
    assert page.input_value("#replay [name=reason]") == "half a sen"


def test_figures_of_the_picture_move_without_a_reload(page: Page, stand: Stand):
    """The desk's counts reach the open front page."""
    page.goto("/")
    page.wait_for_selector('[data-live="errors.platform"]:has-text("2 errors")')
    stand.desk.answers["GET", "/groups"] = {"groups": [group(count=41)], "total": 41}
    stand.desk.answers["GET", "/events"] = {"events": [{"error_id": CASE}], "last": 8}
    page.wait_for_selector('[data-live="errors.platform"]:has-text("41 errors")')


def test_everything_works_without_javascript(browser: Browser, stand: Stand):
    """Pages are complete and forms are sent with scripts switched off."""
    context = browser.new_context(java_script_enabled=False, base_url=stand.address, locale="en-GB")
    context.set_default_timeout(WAIT_MS)
    tab = context.new_page()
    tab.goto("/")
    assert tab.locator('[data-live="topic.encounters"]').last.text_content() == "10"
    tab.goto(CASE_PAGE)
    tab.fill(f'form[action="{CASE_PAGE}/park"] [name=reason]', "by hand")
    tab.click(f'form[action="{CASE_PAGE}/park"] button')
    assert stand.told(tab) == [(f"/cases/{CASE}/park", {"reason": "by hand"})]
    context.close()


def test_language_is_switched_by_its_link(page: Page):
    """And stays switched."""
    page.goto("/errors")
    page.click("text=中文")
    page.wait_for_selector('html[lang="zh-CN"]')
    page.goto("/codes")
    assert page.locator("html").get_attribute("lang") == "zh-CN"


@pytest.mark.parametrize("width", [1240, 390])
def test_no_page_is_wider_than_its_window(page: Page, stand: Stand, width: int):
    """On a desk and on a telephone: only pictures and raw bytes scroll, inside their cards."""
    stand.chain.journeys["V0001"] = way()
    page.set_viewport_size({"width": width, "height": 800})
    for path in (*PAGES, *MORE_PAGES):
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("language", ["zh", "en"])
def test_no_table_scrolls_aside_on_a_telephone(page: Page, stand: Stand, language: str):
    """Rows become cards, whatever is folded open: nothing to read lies beyond the edge."""
    stand.chain.journeys["V0001"] = way()
    page.set_viewport_size({"width": 390, "height": 800})
    for path in (*PAGES, *MORE_PAGES):
        page.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        assert page.evaluate(SCROLLED) == [], path


MORE_PAGES = ("/settlements/V0001", "/errors?by=region", "/errors?by=state")
SCROLLED = """() => [...document.querySelectorAll('.scroll')]
    .filter(one => one.scrollWidth > one.clientWidth && !one.querySelector('svg, .hex'))
    .map(one => one.textContent.trim().slice(0, 60))"""


def test_slip_prints_without_the_page_around_it(page: Page):
    """On paper there is only what the person takes home."""
    page.goto(f"{CASE_PAGE}/slip")
    page.emulate_media(media="print")
    assert not page.locator("header").is_visible()
    assert re.search("告知单", page.locator(".slip").inner_text())
