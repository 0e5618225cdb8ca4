"""`yidi errors replay` and `plan`: a dry run that says what each replay would change, then its execution."""

import time
from typing import Annotated, Any, Final

import typer

from yidi.cli import errors_tables
from yidi.cli.errors_desk import Reason, Token, desk_of, going_on
from yidi.cli.options import DataDir, Json
from yidi.cli.screen import Bars, complain, out, print_json, progress_bars, say
from yidi.desk.client import DeskClient

LOOK_S: Final = 0.3
OUTCOMES: Final = ("settled", "refused", "waiting", "skipped")
NO_ANSWER: Final = 4
WHYS_MAX: Final = 3
"""Reasons that are named of many."""


def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ERROR_ID]...", help="Which errors.")] = None,
    *,
    query: Annotated[str, typer.Option("--query", "-q", help="Instead of ids: all that the query finds.")] = "",
    execute: Annotated[str | None, typer.Option("--execute", metavar="PLAN", help="Carry out this plan.")] = None,
    canary: Annotated[int, typer.Option(min=0, help="So many first; the rest once they have settled.")] = 1,
    rate: Annotated[int, typer.Option(min=1, max=1000, help="Replays a second.")] = 10,
    keep_on: Annotated[bool, typer.Option("--keep-on", help="Do not stop at the first that fails again.")] = False,
    predict: Annotated[bool, typer.Option("--predict/--no-predict", help="Let the chain calculate it first.")] = True,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Plan replays (nothing is sent) and, with --execute PLAN, carry the plan out and follow it to the end.

    Exit code of an execution: 0 all settled, 1 something was refused again or skipped, 4 something has no answer yet.

    Example: yidi errors replay -q "ready:yes code:NOT_FILED", then yidi errors replay --execute 8a37186a49e2ea31
    """
    with desk_of(data_dir, token) as desk:
        if execute is not None:
            desk.post(f"/plans/{execute}/execute", reason=reason)
            with going_on(f"yidi errors plan {execute}"):
                done = _followed(desk, execute)
            _show(done, json=json)
            if done["counts"].get("settled"):
                say("Prove it: yidi errors verify; a settlement: yidi explain MSGID (yidi errors show ID names it)")
            raise typer.Exit(_exit_code(done["counts"]))
        wish = {"canary": canary, "rate": rate, "stop": not keep_on, "predict": predict, "reason": reason}
        which: dict[str, Any] = _which(ids or [], query)
        made = _foretold(desk, desk.post("/plans", **which, **wish)["plan_id"])
    _show(made, json=json)
    if not made["planned"]:
        why = "; ".join(sorted({item["skip"] for item in made["items"] if item["skip"]})[:WHYS_MAX])
        complain(f"Nothing can be replayed: {why}")
        raise typer.Exit(1)
    refused = sum(item["predicted"].get("outcome") == "REFUSED" for item in made["items"])
    if refused:
        say(f"Foretold REFUSED: {refused} of {made['planned']}. Mend the cause first: `yidi errors show ID` says how.")
    if refused == made["planned"]:
        say("Nothing was sent; sending it now would change nothing. What cannot be mended is corrected and sent anew.")
    else:
        say(f"Nothing was sent. Carry it out: yidi errors replay --execute {made['plan_id']}")


def _which(words: list[str], query: str) -> dict[str, Any]:
    """Ids as they are; a word with a colon is a query, as in `yidi errors list`."""
    if query or any(":" in word for word in words):
        return {"q": " ".join([query, *words]).strip()}
    return {"ids": words} if words else {"q": "ready:yes"}


def plan(
    plan_id: Annotated[str | None, typer.Argument(metavar="[PLAN]", help="The newest plans if left out.")] = None,
    *,
    stop: Annotated[bool, typer.Option("--stop", help="Send no more of it.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Look at a plan: what was foretold, what happened, what differs.

    Example: yidi errors plan 8a37186a49e2ea31
    """
    with desk_of(data_dir, token) as desk:
        if plan_id is None:
            _list(desk.get("/plans")["plans"], json=json)
            return
        if stop:
            desk.post(f"/plans/{plan_id}/stop", reason=reason)
        _show(desk.get(f"/plans/{plan_id}", items=1), json=json)


def _list(plans: list[dict[str, Any]], *, json: bool) -> None:
    if json:
        print_json(plans)
        return
    if not plans:
        out.print('No plans yet. One is made with: yidi errors replay -q "ready:yes"')
    for row in plans:
        counts = ", ".join(f"{n} {outcome}" for outcome, n in sorted(row["counts"].items()))
        made = f"{errors_tables.when(row['made_at'])} by {row['made_by']}"
        out.print(f"{row['plan_id']}  {row['state']:<15} {made}  {counts}  {row['q']}")


def _show(row: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(row)
    else:
        out.print(errors_tables.plan(row))


def _foretold(desk: DeskClient, plan_id: str) -> dict[str, Any]:
    while True:
        row: dict[str, Any] = desk.get(f"/plans/{plan_id}", items=1)
        if row["state"] != "predicting":
            return row
        time.sleep(LOOK_S)


def _followed(desk: DeskClient, plan_id: str) -> dict[str, Any]:
    """Until the plan has ended; Ctrl-C only stops looking, the desk goes on."""
    with progress_bars() as bars:
        while True:
            row: dict[str, Any] = desk.get(f"/plans/{plan_id}", items=1)
            _progress(bars, row["counts"])
            if row["state"] != "running" and not row["counts"].get("sent"):
                return row
            time.sleep(LOOK_S)


def _progress(bars: Bars, counts: dict[str, int]) -> None:
    bars("replayed", sum(counts.get(outcome, 0) for outcome in OUTCOMES), sum(counts.values()))


def _exit_code(counts: dict[str, int]) -> int:
    if counts.get("refused") or counts.get("skipped") or counts.get("planned"):
        return 1
    return NO_ANSWER if counts.get("waiting") else 0


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(replay)
    app.command()(plan)
