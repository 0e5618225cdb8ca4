"""`yidi errors mend` and `amend`: the cause where the registry can, or the record itself."""

import json as jsonlib
import time
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from yidi.cli import errors_tables
from yidi.cli.errors_desk import ErrorId, Reason, Token, desk_of
from yidi.cli.options import DataDir, Json, Timeout
from yidi.cli.screen import out, print_json, say
from yidi.desk.client import DeskClient
from yidi.domain.codes import FilingType

LOOK_S: Final = 0.3
NO_ANSWER: Final = 4
DAY_FORMATS: Final = ["%Y-%m-%d"]
Day = datetime | None


class MendKind(StrEnum):
    FILING = "filing"
    ENROLMENT = "enrolment"
    ITEM = "item"
    CATEGORY = "category"
    OPENING = "opening"


def mend(
    kind: Annotated[MendKind, typer.Argument(help="What to mend.")],
    error_id: ErrorId,
    *,
    begin: Annotated[Day, typer.Option(formats=DAY_FORMATS, help="First day; else the day of treatment.")] = None,
    end: Annotated[Day, typer.Option(formats=DAY_FORMATS, help="Last day.")] = None,
    filing_type: Annotated[FilingType | None, typer.Option("--type", help="Type of the filing.")] = None,
    place: Annotated[str | None, typer.Option(help="Place of the filing; else that of the treatment.")] = None,
    local: Annotated[str | None, typer.Option("--from", help="The hospital's own code.")] = None,
    national: Annotated[str | None, typer.Option("--to", help="The national code.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the change and what it would heal.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    timeout: Timeout = 30,
    json: Json = False,
) -> None:
    """Mend the cause of an error at the registry, and see which errors that heals, ready to replay.

    A filing is made up 补备案 from the error's own person, places and dates; an enrolment is repaired; an item or a fee
    category of the hospital is mapped; a service of the insured region is opened. Exit code 1: the registry refuses.

    Example: yidi errors mend filing 2196faf6 --reason "made up at the counter"
    """
    body: dict[str, Any] = {
        "begin": begin.date().isoformat() if begin else None,
        "end": end.date().isoformat() if end else None,
        "type": filing_type.value if filing_type else None,
        "place": place,
        "from": local,
        "to": national,
    }
    with desk_of(data_dir, token) as desk:
        made = desk.post("/mends", kind=kind.value, case=error_id, reason=reason, dry_run=dry_run, **body)
        told = made if dry_run else _settled(desk, made["mend"], timeout)
    if json:
        print_json(told)
    else:
        out.print(f"{kind.value}: {told['state']} {told.get('words', '')}")
        found = {"cases": told["heals"], "total": len(told["heals"]), "next": None}
        out.print(errors_tables.cases(found))
        if told["state"] == "applied" and told["heals"]:
            say('replay them: yidi errors replay -q "ready:yes"')
    raise typer.Exit({"refused": 1, "requested": NO_ANSWER}.get(told["state"], 0))


def _settled(desk: DeskClient, mend_id: str, timeout_s: float) -> dict[str, Any]:
    until = time.monotonic() + timeout_s
    while True:
        found: dict[str, Any] = desk.get(f"/mends/{mend_id}")
        if (found["state"] != "requested" and found["words"]) or time.monotonic() > until:
            return found
        time.sleep(LOOK_S)


def amend(
    error_id: ErrorId,
    *,
    change: Annotated[list[str] | None, typer.Option("--set", help="FIELD=VALUE, value in JSON; repeat.")] = None,
    send: Annotated[bool, typer.Option("--send", help="Send it; without this only the diff is shown.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Amend an encounter: a new record that replaces the failed one; the original stays. Off unless switched on.

    Without --set: the form with every field and how it may be changed.

    Example: yidi errors amend 2196faf6 --set trum_letter_flag=true --reason "letter found" --send
    """
    with desk_of(data_dir, token) as desk:
        if not change:
            print_json(desk.get(f"/cases/{error_id}/form"))
            return
        changes = dict(_parsed(one) for one in change)
        told = desk.post(f"/cases/{error_id}/amend", changes=changes, reason=reason, dry_run=not send)
    if json:
        print_json(told)
        return
    for row in told["diff"]:
        out.print(f"{row['name']} ({row['mode']}): {row['before']} → {row['after']}", markup=False)
    for problem in told["problems"]:
        out.print(f"[red]✗[/] {problem}")
    out.print(told["state"] + (f" {told['amendment']}" if told.get("amendment") else ""))


def _parsed(text: str) -> tuple[str, Any]:
    name, sign, value = text.partition("=")
    if not sign:
        raise typer.BadParameter(f"{text!r}: write FIELD=VALUE")
    try:
        return name, jsonlib.loads(value)
    except ValueError:
        return name, value


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    app.command()(mend)
    app.command()(amend)
