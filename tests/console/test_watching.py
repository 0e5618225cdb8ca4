"""One watcher, many viewers."""

import asyncio
import json

import pytest

from tests.console.desks import CASE, group
from tests.console.site import Site, reading
from yidi.console.live import Live
from yidi.console.watching import QUEUE_MAX, VIEWERS_MAX, News


async def test_new_errors_reach_every_open_page():
    """What the desk reports is counted anew and told to all viewers, with the ids of the cases."""
    site = Site()
    viewers = [site.watching.news() for _ in range(3)]
    for viewer in viewers:
        await anext(viewer)
    site.desk.answers["GET", "/events"] = {"events": [{"error_id": CASE}, {"error_id": CASE}], "last": 9}
    assert await site.watching.listen(7) == 9
    assert [await anext(viewer) for viewer in viewers] == [News("errors", (CASE,))] * 3
    assert site.watching.now.by_service == {"platform": 2}


async def test_news_begin_now():
    """What happened before the console started is counted, not told."""
    site = Site()
    assert await site.watching.begin() == 7
    assert site.watching.now.unsolved == 2


async def test_quiet_desk_is_no_news():
    """A question that ends without news tells nobody anything."""
    site = Site()
    viewer = site.watching.news()
    await anext(viewer)
    await site.watching.listen(7)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(viewer), 0.01)


async def test_errors_are_counted_by_service():
    """Several causes of one service add up."""
    site = Site()
    groups = [group(count=2), group(count=3, code="X"), group(count=1, service="agency")]
    site.desk.answers["GET", "/groups"] = {"groups": groups, "total": 6}
    await site.watching.count()
    assert site.watching.now.by_service == {"platform": 5, "agency": 1}
    assert site.watching.now.unsolved == 6


async def test_desk_that_is_gone_leaves_nothing_known():
    """Old counts are not shown as if they were true."""
    site = Site()
    await site.watching.count()
    site.desk.missing = True
    await site.watching.count()
    assert site.watching.now.by_service is None
    assert "No error desk answers" in await site.page("/")


async def test_chain_that_is_gone_is_not_healthy():
    """The old pulse is forgotten; the page says what is missing."""
    site = Site()
    await site.watching.look()
    site.chain.down = True
    await site.watching.look()
    assert not site.watching.now.pulse.healthy
    assert (await site.browser.get("/health")).status_code == 503
    assert "No chain is running here." in await site.page("/")


async def test_slow_viewer_holds_nobody_up():
    """A page that does not read loses the oldest news; the others get everything."""
    site = Site()
    slow = site.watching.news()
    await anext(slow)
    for _ in range(QUEUE_MAX * 3):
        await site.watching.look()
    for _ in range(QUEUE_MAX):
        await anext(slow)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(slow), 0.01)


async def test_who_comes_as_it_ends_is_let_go_too():
    """A page that was being opened while the console stopped is told the pulse, and nobody waits for it."""
    site = Site()
    site.watching.end()
    assert [news async for news in site.watching.news()] == [News("pulse")]


async def test_viewers_are_limited():
    """One too many is told to come back later; when one leaves there is room again."""
    site = Site()
    viewers = [site.watching.news() for _ in range(VIEWERS_MAX)]
    for viewer in viewers:
        await anext(viewer)
    assert (await site.browser.get("/live")).status_code == 503
    await viewers[0].aclose()  # type: ignore[attr-defined]  # an async generator
    assert not site.watching.full


async def test_nothing_is_known_once_watching_has_ended():
    """Whatever ends the watcher: an old pulse is no health."""
    site = Site()
    await site.watching.look()
    task = asyncio.create_task(site.watching.run())
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert site.watching.now.pulse.trouble == "The console has stopped looking at the chain."


async def test_stream_carries_the_figures_of_the_page():
    """Each element's text and state by its name: what the page shows at first, and nothing else."""
    site = Site()
    await site.watching.look()
    live = Live(site.watching)
    event = live._event(News("pulse"), "en")
    figures = json.loads(str(event.data))
    html = await site.page("/")
    assert event.event == "pulse"
    assert figures["topic.encounters"] == {"text": "10", "state": "still"}
    assert all(f'data-live="{name}"' in html for name in figures)


async def test_stream_tells_of_errors_by_id():
    """So that a page about one record knows whether it is meant."""
    event = Live(Site().watching)._event(News("errors", (CASE,)), "en")
    assert (event.event, json.loads(str(event.data))) == ("errors", [CASE])


async def test_picture_moves_while_messages_flow():
    """An edge is marked as moving when its topic has grown since the last look."""
    site = Site()
    site.chain.readings = [reading(0, 10), reading(1_000, 60)]
    await site.watching.look()
    await site.watching.look()
    html = await site.page("/")
    assert "+50/s" in html
    assert 'class="edge  moving" data-live="topic.encounters"' in html
    assert 'class="edge  still" data-live="topic.results"' in html


async def test_outage_is_shown_with_its_backlog_and_the_command_that_resumes_it():
    """A service that stands still has an alarm of its own on the front page; one that reads has none."""
    site = Site()
    site.chain.readings = [reading(0, 100, 10), reading(20_000, 100, 10)]
    await site.watching.look()
    assert "yidi errors resume hospital" not in await site.page("/")
    await site.watching.look()
    html = await site.page("/")
    assert "stands still 20 s · lag 90" in html
    assert "yidi errors resume hospital" in html


async def test_front_page_names_the_instances():
    """Who holds which partitions stands on the page in both languages; a service that nobody fills says so."""
    site = Site()
    await site.watching.look()
    english, chinese = await site.page("/"), await site.page("/", "zh")
    assert all(words in english for words in ("Instances", "east", "0–2", "no instance"))
    assert all(words in chinese for words in ("实例", "west", "3, 5", "没有实例"))
