"""A new operator with a browser before a real chain: sees why a settlement failed, mends it, replays it, proves it.

With YIDI_SCREENSHOTS=DIR the pages are kept as pictures: `docs/screenshots/` is made so.
"""

import os
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.console.browser import chromium
from tests.e2e.up_process import UpProcess, command

EXAMPLES = Path(__file__).parents[2] / "examples" / "encounters"
WAIT_MS = 120_000
pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("console-chain")]

HEALTHY_S_MAX = 120
ANNOUNCED_S_MAX = 60
A_CASE = re.compile(r"/errors/[0-9a-f]{32}$")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def up(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    """A chain with a console; only where there is a browser to look at it."""
    assert browser.is_connected()
    process = UpProcess(tmp_path_factory.mktemp("console") / "chain")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("YIDI_DESK_AMEND", "1")
        process.start()
    try:
        process.ready()
        yield process
    finally:
        process.stop()


@pytest.fixture
def page(browser: Browser, up: UpProcess) -> Iterator[Page]:
    context = browser.new_context(
        locale="en-GB", viewport={"width": 1240, "height": 800}, base_url=address_of(up), color_scheme="light"
    )
    context.set_default_timeout(WAIT_MS)
    yield context.new_page()
    context.close()


def address_of(up: UpProcess) -> str:
    """Where `yidi up` says that its page is."""
    for _ in range(ANNOUNCED_S_MAX * 10):
        match = re.search(r"page\s+(http://\S+)/", up.words)
        if match is not None:
            return match[1]
        time.sleep(0.1)
    raise AssertionError(f"yidi up names no page:\n{up.words}")


def keep(page: Page, name: str) -> None:
    """Keep what is seen as a picture, when pictures are wanted."""
    folder = os.environ.get("YIDI_SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png")


def submit(up: UpProcess, *names: str) -> None:
    command("submit", *(str(EXAMPLES / name) for name in names), data_dir=up.place.data_dir)


def opened(page: Page, code: str) -> str:
    """The address of the listed case of that code, which is opened by a click."""
    page.click(f'[data-part="cases"] a:has-text("{code}")')
    page.wait_for_url(A_CASE)
    return page.url


def reload_until(page: Page, enough: Callable[[], bool]) -> None:
    """A page that shows what lay on the topics when it was asked for."""
    for _ in range(HEALTHY_S_MAX):
        if enough():
            return
        page.wait_for_timeout(1_000)
        page.reload()
    raise AssertionError(page.locator("main").inner_text())


def test_find_mend_replay_prove(page: Page, up: UpProcess):
    """From the front page to the proof, by clicking alone; the settlement that failed is settled at the end."""
    page.goto("/")
    page.wait_for_selector('[data-live="errors.platform"]:has-text("0 errors")')
    submit(up, *sorted(path.name for path in EXAMPLES.glob("*.json")))
    page.wait_for_selector('[data-live="errors.platform"]:has-text("3 errors")')  # without a reload
    keep(page, "flow")
    page.click('a:has([data-live="errors.platform"])')
    keep(page, "errors")
    case = opened(page, "NOT_FILED")
    keep(page, "error")
    page.click("text=Mend the cause")
    page.fill("details[open] [name=reason]", "filed at the counter, papers checked")
    page.click("details[open] button")
    page.click("text=Send it to the registry")
    page.wait_for_selector('[data-part="mend"] .chip.applied')  # the page looks again by itself
    page.fill("#replay [name=reason]", "filing made up")
    page.click("#replay button")
    page.wait_for_selector("text=Execute")
    page.click("text=Execute")
    page.wait_for_selector(".chip.done")
    keep(page, "replay")
    page.goto(case)
    page.wait_for_selector("h1 .chip.settled")
    page.click("text=The whole way")
    page.locator(".way .good").nth(1).wait_for(state="attached")
    page.goto("/actions")
    page.click("text=Verify the hash chain")
    assert "Intact" in page.locator(".told.good").inner_text()
    keep(page, "proof")


def test_settlement_page_of_a_real_bill(page: Page, up: UpProcess):
    """Found by its msgid: the drawing, the funds, the steps of the policy and the way."""
    submit(up, "08-stay-referral-tumour.json")
    page.goto("/settlements")
    page.fill("[name=id]", msgid_of("08-stay-referral-tumour.json"))
    page.click("main button")
    page.wait_for_selector("svg.sankey")
    assert page.locator(".sankey path").count() > 5
    reload_until(page, lambda: page.locator(".way li").count() >= 6)  # a stay's details come last
    page.set_viewport_size({"width": 1240, "height": 1260})
    keep(page, "settlement")
    page.set_viewport_size({"width": 1240, "height": 800})
    page.goto("/?lang=zh")
    keep(page, "flow-zh")


def test_amend_with_four_eyes(page: Page, up: UpProcess):
    """A wrong total is corrected in the form, which complains meanwhile; a second person lets it go; it settles.

    The desk refuses the one who asked, and anybody without a token.
    """
    submit(up, "fails-sum-mismatch.json")
    page.goto("/errors?q=code:SUM_MISMATCH")
    case = opened(page, "SUM_MISMATCH")
    page.click("text=Amend the record")
    total = '[name="field.medfee_sumamt"]'
    page.fill(total, "1")
    page.wait_for_selector('.problem:has-text("71.00 yuan")')  # while typing
    page.locator(".problem").first.scroll_into_view_if_needed()
    keep(page, "amend")
    page.fill(total, "71.00")
    page.wait_for_selector(f"{total}:not([aria-invalid])")
    page.fill("[name=reason]", "the cashier's total was wrong")
    page.click("text=Show the difference")
    page.wait_for_selector('section:has-text("a second person")')
    page.click("text=Send the amendment")
    page.wait_for_url("**done=needs_approval")
    page.goto("/approvals")
    assert page.locator("text=Approve and send").count() == 0  # nobody is logged in
    token = command("errors", "token", "berta", "--role", "approve", data_dir=up.place.data_dir).stdout.strip()
    page.goto("/login")
    page.fill("[name=token]", token)
    page.click("main button")
    page.wait_for_url("**/")
    approve(page, "receipts checked")
    page.wait_for_url("**/approvals?done=approve")
    page.goto(case)
    page.wait_for_selector("h1 .chip.settled")  # without a reload
    page.wait_for_selector('ol.history:has-text("amended")')


def approve(page: Page, reason: str) -> None:
    page.goto("/approvals")
    page.fill("[name=reason]", reason)
    page.click("text=Approve and send")


def test_latest_settlements_of_a_real_chain(page: Page, up: UpProcess):
    """What has just settled stands in the list, and its line leads to its whole way."""
    submit(up, "04-pharmacy-account.json")
    links = page.locator('[data-part="latest"] a')
    page.goto("/settlements")
    reload_until(page, lambda: links.count() > 0)  # the answer may be here before the journal's entry
    links.first.click()
    page.wait_for_selector(".way")


def test_claim_beside_the_direct_amount(page: Page, up: UpProcess):
    """What a manual claim would pay is worked out on the real chain; where there is no direct amount, why."""
    submit(up, "fails-filing-wrong-area.json")
    page.goto("/errors?q=code:FILING_WRONG_AREA")
    opened(page, "FILING_WRONG_AREA")
    page.click("text=What a manual claim would pay")
    page.wait_for_selector('main:has-text("There is no direct amount: FILING_WRONG_AREA")')
    funds = page.locator('[data-part="calculation"] tr:has-text("funds pay") td').nth(1).inner_text()
    assert re.fullmatch(r"[\d,]+\.\d\d", funds)
    keep(page, "claim")


def msgid_of(name: str) -> str:
    match = re.search(r'"msgid":\s*"([^"]+)"', (EXAMPLES / name).read_text(encoding="utf-8"))
    assert match is not None
    return match[1]


def test_health_of_a_real_chain(page: Page):
    """Everybody makes progress, and ordinary tools can ask for schemas."""
    for _ in range(HEALTHY_S_MAX):  # a busy machine may have held a service up a moment ago
        health = page.request.get("/health")
        if health.ok:
            break
        page.wait_for_timeout(1_000)
    assert health.ok, health.text()
    assert set(health.json()["services"]) == {"registry", "hospital", "platform", "agency"}
    assert page.request.get("/subjects/cn.yidi.SettlementResult/versions/latest").ok
    assert 'yidi_service_lag_records{service="agency"}' in page.request.get("/metrics").text()
