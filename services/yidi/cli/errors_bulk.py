"""`yidi errors bulk`: one action by hand over many errors; a dry run first, then with progress to the end."""

import time
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from yidi.cli import errors_tables
from yidi.cli.errors_desk import Reason, Token, desk_of, going_on, query_of
from yidi.cli.options import DataDir, Json
from yidi.cli.screen import out, print_json, progress_bars, say
from yidi.desk.client import DeskClient

LOOK_S: Final = 0.3
ENDED: Final = ("done", "skipped")


class BulkAction(StrEnum):
    TAKE = "take"
    HAND = "hand"
    DISCARD = "discard"
    RESTORE = "restore"
    CLAIM = "claim"


def bulk(
    action: Annotated[BulkAction | None, typer.Argument(metavar="[ACTION]", help="What to do.")] = None,
    which: Annotated[list[str] | None, typer.Argument(metavar="[ID|QUERY]...", help="Errors, or a query.")] = None,
    *,
    to: Annotated[str, typer.Option("--to", help="hand: who is to have them.")] = "",
    execute: Annotated[str | None, typer.Option("--execute", metavar="BATCH", help="Carry out this batch.")] = None,
    stop: Annotated[str | None, typer.Option("--stop", metavar="BATCH", help="Do no more of this batch.")] = None,
    undo: Annotated[str | None, typer.Option("--undo", metavar="BATCH", help="Take back a discard: a dry run.")] = None,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Take, hand on, discard, restore or claim many errors at once. A dry run: nothing is done before --execute.

    It goes on when the desk starts anew; Ctrl-C only stops looking. Without anything: the newest batches.
    Exit code of an execution: 0 all done, 1 some were skipped.

    Example: yidi errors bulk discard "code:DEFECT since:2h" --reason "a vendor's test", then --execute BATCH
    """
    with desk_of(data_dir, token) as desk:
        if execute is not None:
            desk.post(f"/batches/{execute}/execute")
            with going_on("yidi errors bulk"):
                done = _followed(desk, execute)
            _show(done, json=json)
            raise typer.Exit(1 if done["counts"].get("skipped") or done["planned"] else 0)
        if stop is not None:
            _show(desk.post(f"/batches/{stop}/stop"), json=json)
            return
        if action is None and undo is None:
            found = desk.get("/batches")
            print_json(found) if json else out.print(errors_tables.batches(found["batches"]))
            return
        asked: dict[str, Any] = {"undoes": undo} if undo else {"action": action, **_which(which or [])}
        made = desk.post("/batches", **asked, to=to, reason=reason)
    _show(made, json=json)
    if made["planned"]:
        say(f"Nothing was done. Carry it out: yidi errors bulk --execute {made['batch_id']}")


def _which(words: list[str]) -> dict[str, Any]:
    """Ids as they are; a word with a colon makes a query of them all."""
    if not words:
        raise typer.BadParameter("which errors? Give ids, or a query such as code:DEFECT")
    return {"q": query_of(words)} if any(":" in word for word in words) else {"ids": words}


def _followed(desk: DeskClient, batch_id: str) -> dict[str, Any]:
    with progress_bars() as bars:
        while True:
            row: dict[str, Any] = desk.get(f"/batches/{batch_id}", items=1)
            bars(row["action"], sum(row["counts"].get(name, 0) for name in ENDED), sum(row["counts"].values()))
            if row["state"] != "running":
                return row
            time.sleep(LOOK_S)


def _show(row: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(row)
    else:
        out.print(errors_tables.batch(row))


def add_to(app: typer.Typer) -> None:
    """Register the command."""
    app.command()(bulk)
