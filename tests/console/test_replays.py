"""Replays: planned, looked at, executed."""

import pytest

from tests.console.desks import CASE, PLAN, plan
from tests.console.site import Site


async def test_plan_for_the_selected_names_their_ids():
    """Only what was ticked is planned; nothing is executed."""
    site = Site()
    fields = {"what": "selected", "id": [CASE, "other"], "reason": "filed", "canary": "2", "rate": "50", "stop": "on"}
    answer = await site.send("/replays", fields)
    said = {"reason": "filed", "canary": 2, "rate": 50, "stop": True, "ids": [CASE, "other"]}
    assert site.desk.told == [("/plans", said)]
    assert answer.location == f"/replays/{PLAN}"


async def test_plan_for_all_names_the_query():
    """Everything that the page's query finds."""
    site = Site()
    await site.send("/replays", {"what": "query", "q": "code:NOT_FILED", "reason": "filed"})
    assert site.desk.told == [
        ("/plans", {"reason": "filed", "canary": 1, "rate": 10, "stop": False, "q": "code:NOT_FILED"})
    ]


async def test_plan_for_all_without_a_query_says_what_that_means():
    """An empty query means what is unsolved, and the plan says so."""
    site = Site()
    await site.send("/replays", {"what": "query", "q": "", "reason": "all"})
    assert site.desk.told[0][1]["q"] == "state:unsolved"


@pytest.mark.parametrize(("filled", "sent"), [("99999", 1000), ("-3", 10), ("x", 10), ("", 10)])
async def test_rate_stays_within_its_limit(filled: str, sent: int):
    """Nonsense becomes the default, too much the limit."""
    site = Site()
    await site.send("/replays", {"what": "query", "q": "x", "rate": filled})
    assert site.desk.told[0][1]["rate"] == sent


async def test_plan_shows_what_it_would_change_in_money():
    """Predicted sums in yuan, before anything is sent."""
    html = await Site().page(f"/replays/{PLAN}")
    assert "13,160.00" in html
    assert "8,840.00" in html


async def test_difference_between_foretold_and_actual_is_shouted():
    """What settled otherwise than foretold stands out."""
    site = Site()
    changed = plan(state="done")
    changed["money"]["differing"] = 3
    changed["items"][0]["differs"] = True
    site.desk.answers["GET", f"/plans/{PLAN}"] = changed
    html = await site.page(f"/replays/{PLAN}")
    assert "differ from what was predicted" in html
    assert 'class="chip bad">differs' in html


@pytest.mark.parametrize(
    ("state", "offered"),
    [("ready", "execute"), ("stopped", "execute"), ("needs_approval", "approve"), ("running", "stop")],
)
async def test_plan_offers_what_its_state_allows(state: str, offered: str):
    """One button at a time: the one that makes sense now."""
    site = Site()
    site.desk.answers["GET", f"/plans/{PLAN}"] = plan(state=state)
    html = await site.page(f"/replays/{PLAN}")
    for command in ("execute", "approve", "stop"):
        assert (f'action="/replays/{PLAN}/{command}"' in html) == (command == offered)


@pytest.mark.parametrize("state", ["predicting", "running"])
async def test_moving_plan_looks_again_by_itself(state: str):
    """With JavaScript by reading again, without it by a refresh of the page."""
    site = Site()
    site.desk.answers["GET", f"/plans/{PLAN}"] = plan(state=state)
    html = await site.page(f"/replays/{PLAN}")
    assert "data-refresh-ms" in html
    assert '<noscript><meta http-equiv="refresh"' in html


@pytest.mark.parametrize("command", ["execute", "stop", "approve"])
async def test_command_of_a_plan_is_sent(command: str):
    """And leads back to the plan."""
    site = Site()
    answer = await site.send(f"/replays/{PLAN}/{command}", {"reason": "go"})
    assert site.desk.told == [(f"/plans/{PLAN}/{command}", {"reason": "go"})]
    assert answer.location == f"/replays/{PLAN}"


async def test_unknown_command_of_a_plan_reaches_nobody():
    """Only the three."""
    site = Site()
    assert (await site.send(f"/replays/{PLAN}/delete")).status == 404
    assert site.desk.told == []
