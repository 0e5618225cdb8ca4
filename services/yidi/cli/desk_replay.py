"""One replay through the error desk, from its plan to its end: the short way of `yidi errors replay`."""

import math
import time
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from yidi.chain.errors import ChainError
from yidi.cli.errors_desk import going_on
from yidi.cli.errors_tables import told
from yidi.cli.screen import marked, out, say
from yidi.desk.client import DeskClient, DeskRefused

LOOK_S: Final = 0.2
REPORT_S: Final = 5.0
"""A refusal's result and its report travel on two topics: so long does the one wait for the other."""
NOT_FOUND: Final = 404
UNDER_WAY: Final = ("planned", "sent")
EXIT_CODES: Final = {"settled": 0, "refused": 1, "skipped": 1}


class NotReplayed(ChainError):
    """The desk sends nothing: the case is claimed, settled, somebody else's, or cannot be helped so."""

    exit_code = 1


class Replayed(NamedTuple):
    """What became of it: the case as it is now, and its item of the plan."""

    case: dict[str, Any]
    item: dict[str, Any]
    plan_id: str

    @property
    def exit_code(self) -> int:
        return EXIT_CODES.get(self.item["outcome"], 4)

    def as_json(self) -> dict[str, Any]:
        actual = self.item["actual"]
        outcome = actual.get("outcome", "NO_ANSWER")
        told = {"error_id": self.case["error_id"], "plan": self.plan_id, "attempt": self.item["attempt"]}
        return {"outcome": outcome, **told, "state": self.case["state"], "content": actual}


def known_case(desk: DeskClient, error_id: str, timeout_s: float) -> dict[str, Any]:
    """The case of a report that lies on its topic already: the desk reads it in a moment."""
    until = time.monotonic() + timeout_s
    while True:
        try:
            found: dict[str, Any] = desk.get(f"/cases/{error_id}")
        except DeskRefused as refused:
            if refused.status != NOT_FOUND or time.monotonic() > until:
                raise
        else:
            return found
        time.sleep(LOOK_S)


def planned(desk: DeskClient, error_id: str, reason: str, *, predict: bool) -> dict[str, Any]:
    """A plan of this one replay, foretold if asked so; NotReplayed says why there is nothing to send."""
    plan_id = desk.post("/plans", ids=[error_id], reason=reason, predict=predict)["plan_id"]
    plan = _once(lambda: desk.get(f"/plans/{plan_id}", items=1), lambda told: told["state"] != "predicting", math.inf)
    (item,) = plan["items"]
    if item["outcome"] != "planned":
        raise NotReplayed(f"Nothing is sent: {item['skip']}", f"See `yidi errors show {error_id[:8]}`.")
    return plan


def replayed(desk: DeskClient, error_id: str, reason: str, timeout_s: float) -> Replayed:
    """Plan, execute and follow it: the desk's rights, owners and rules hold, and its chain of actions tells of it."""
    case = known_case(desk, error_id, timeout_s)
    plan_id = planned(desk, case["error_id"], reason, predict=False)["plan_id"]
    desk.post(f"/plans/{plan_id}/execute", reason=reason)
    say(f"{case['code']} {case['zh']}: sent again by plan {plan_id}")
    with going_on(f"yidi errors plan {plan_id}", f"yidi errors show {case['error_id'][:8]}"):
        item = _ended(desk, plan_id, timeout_s)
    return Replayed(_reported(desk, case["error_id"], item), item, plan_id)


def _ended(desk: DeskClient, plan_id: str, timeout_s: float) -> dict[str, Any]:
    def item() -> dict[str, Any]:
        (only,) = desk.get(f"/plans/{plan_id}", items=1)["items"]
        return dict(only)

    return _once(item, lambda told: told["outcome"] not in UNDER_WAY, timeout_s)


def _reported(desk: DeskClient, error_id: str, item: dict[str, Any]) -> dict[str, Any]:
    """The case once it has what the replay brought."""
    refused, attempt = item["outcome"] == "refused", item["attempt"]
    return _once(
        lambda: desk.get(f"/cases/{error_id}"), lambda case: not refused or case["attempt"] >= attempt, REPORT_S
    )


def _once(
    ask: Callable[[], dict[str, Any]], enough: Callable[[dict[str, Any]], bool], timeout_s: float
) -> dict[str, Any]:
    """What is answered once it is enough, or when the time is over."""
    until = time.monotonic() + timeout_s
    while True:
        told = ask()
        if enough(told) or time.monotonic() > until:
            return told
        time.sleep(LOOK_S)


def show(done: Replayed) -> None:
    """One line of what became of it, and what proves it or what to do next."""
    case, item = done.case, done.item
    msgid, begin = case["msgid"] or case["error_id"], case["error_id"][:8]
    if item["outcome"] == "settled":
        out.print(marked("✓", "green", f"{msgid}  attempt {item['attempt']} {_lower(told(item['actual']))}"))
        out.print(f"    prove it: yidi explain {msgid} · yidi errors actions {begin} · yidi errors verify")
    elif item["outcome"] == "refused":
        code = item["actual"].get("code") or case["code"]
        out.print(marked("✗", "red", f"{msgid}  attempt {item['attempt']} refused: {code} {case['zh']}"))
        out.print(f"    {case['detail']}", soft_wrap=True)
        out.print(f"    → {(case['fault'] or {}).get('todo', '')}", soft_wrap=True)
        out.print(f"    yidi errors show {begin}", soft_wrap=True)
    elif item["outcome"] == "skipped":
        out.print(marked("✗", "red", f"{msgid}  not sent: {item['skip']}"))
    else:
        out.print(marked("?", "yellow", f"{msgid}  no answer yet; it is followed: yidi errors plan {done.plan_id}"))


def _lower(words: str) -> str:
    outcome, colon, rest = words.partition(":")
    return f"{outcome.lower()}{colon}{rest}"
