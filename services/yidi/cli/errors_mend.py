"""`yidi errors mend` and `amend`: the cause where the registry can, or the record itself."""

import json as jsonlib
import time
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Final

import typer

from yidi.cli import errors_tables
from yidi.cli.days import WRITTEN, day_of
from yidi.cli.errors_desk import ErrorId, Reason, Token, desk_of, going_on
from yidi.cli.options import DataDir, Json, Timeout
from yidi.cli.screen import marked, out, print_json, say
from yidi.desk.client import DeskClient
from yidi.domain.codes import FilingType

LOOK_S: Final = 0.3
NO_ANSWER: Final = 4
REPLAY_MAX: Final = 5
"""So many healed errors are named in the next command; of more, all that are ready."""
Day = date | None


class MendKind(StrEnum):
    FILING = "filing"
    ENROLMENT = "enrolment"
    ITEM = "item"
    CATEGORY = "category"
    OPENING = "opening"
    CONNECTION = "connection"
    SELECTION = "selection"
    QUALIFICATION = "qualification"
    DEPOSIT = "deposit"


Text = str | None


def mend(
    kind: Annotated[MendKind, typer.Argument(help="What to mend.")],
    error_id: ErrorId,
    *,
    begin: Annotated[
        Day, typer.Option(parser=day_of, metavar=WRITTEN, help="First day; else the day of treatment.")
    ] = None,
    end: Annotated[Day, typer.Option(parser=day_of, metavar=WRITTEN, help="Last day.")] = None,
    filing_type: Annotated[FilingType | None, typer.Option("--type", help="filing: its type.")] = None,
    place: Annotated[Text, typer.Option(help="filing: its place; else that of the treatment.")] = None,
    proof: Annotated[Text, typer.Option(help="filing: what was shown; a referral needs its document.")] = None,
    status: Annotated[Text, typer.Option(help="enrolment: NORMAL unless given.")] = None,
    local: Annotated[Text, typer.Option("--from", help="item, category: the hospital's own code.")] = None,
    national: Annotated[Text, typer.Option("--to", help="item, category: the national code.")] = None,
    insutype: Annotated[Text, typer.Option(help="opening: the scheme; else the record's.")] = None,
    med_type: Annotated[Text, typer.Option(help="opening, connection: kind of care; else the record's.")] = None,
    institution: Annotated[Text, typer.Option(help="selection, qualification: else the record's.")] = None,
    disease: Annotated[Text, typer.Option(help="qualification: dise_codg; else the record's.")] = None,
    amount: Annotated[Text, typer.Option(help="deposit: yuan paid into the account.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show the change and what it would heal.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Send it though it heals no error.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    timeout: Timeout = 30,
    json: Json = False,
) -> None:
    """Mend the cause of an error at the registry, and see which errors that heals, ready to replay.

    filing: made up 补备案 from the error's own person, places and dates. enrolment: repaired. item, category: a code of
    the hospital mapped. opening: a service of the insured region. connection: the institution 联网. selection: the
    institution chosen. qualification: the chronic disease recorded. deposit: money into the account.
    What is not given is taken from the record, with effect from the day of treatment.

    Exit code 1: the registry refuses; 4: it has not answered yet.

    Example: yidi errors mend filing 2196faf6 --reason "made up at the counter"
    """
    asked: dict[str, Any] = {
        "begin": begin.isoformat() if begin else None,
        "end": end.isoformat() if end else None,
        "type": filing_type.value if filing_type else None,
        "place": place,
        "proof": proof,
        "status": status,
        "from": local,
        "to": national,
        "insutype": insutype,
        "med_type": med_type,
        "institution": institution,
        "disease": disease,
        "amount": amount,
        "anyway": anyway,
    }
    with desk_of(data_dir, token) as desk:
        made = desk.post("/mends", kind=kind.value, case=error_id, reason=reason, dry_run=dry_run, **asked)
        with going_on(f"yidi errors mends {made['mend']}", f"yidi errors show {error_id}"):
            told = made if dry_run else _settled(desk, made["mend"], timeout)
    if json:
        print_json(told)
    else:
        _show(told)
    raise typer.Exit({"refused": 1, "requested": NO_ANSWER}.get(told["state"], 0))


def _show(told: dict[str, Any]) -> None:
    """The change, what became of it, and what it heals, with the next step."""
    out.print(errors_tables.change(told["change"]))
    words = told.get("words") or STATES[told["state"]]
    out.print(f"{told['kind']}: {words}", soft_wrap=True)
    money = told.get("money")
    if money:
        out.print(f"money: {_effect(money)}", soft_wrap=True)
    for gone in told.get("cancels", ()):
        out.print(f"and cancels the {gone['filing_type']} filing for {gone['mdtrtarea_admvs']} (wrong area)")
    heals = told["heals"]
    if heals:
        out.print(errors_tables.cases({"cases": heals, "total": len(heals), "next": None}))
    if told["state"] == "dry_run":
        say("Nothing was sent. The same without --dry-run, with a --reason, sends it.")
    elif told["state"] in ("applied", "unchanged") and heals:
        ids = " ".join(row["error_id"][:8] for row in heals[:REPLAY_MAX])
        say(f"replay: yidi errors replay {ids if len(heals) <= REPLAY_MAX else '-q ready:yes'}")


def _effect(side: dict[str, Any]) -> str:
    """What the bill would settle for under the new filing: its class decides the policy's row."""
    if side["amounts"] is None:
        return f"a replay would be refused, {side['code']}: {side['why']['en']}"
    funds, account, cash = (
        errors_tables.yuan(side["amounts"][n]) for n in ("fund_pay_sumamt", "acct_pay", "psn_cash_pay")
    )
    paid = f"funds {funds}, account {account}, cash {cash}"
    return f"as {side['filing_class']} a replay would pay {paid} (policy {side['policy']})"


STATES: Final = {
    "dry_run": "a dry run, nothing was sent",
    "requested": "sent; the registry has not answered yet: `yidi errors mends` shows what became of it",
    "applied": "applied",
    "unchanged": "nothing to change: the registry says so already",
    "refused": "refused by the registry",
}


def mends(
    mend_id: Annotated[str | None, typer.Argument(metavar="[MEND]", help="The newest ones if left out.")] = None,
    *,
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """What became of mends: requested, applied, refused, or nothing to change.

    Example: yidi errors mends
    """
    with desk_of(data_dir, token) as desk:
        found = desk.get("/mends" if mend_id is None else f"/mends/{mend_id}")
    if json:
        print_json(found)
    elif mend_id is not None:
        _show(found)
    else:
        out.print(errors_tables.mends(found["mends"]))


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
            form = desk.get(f"/cases/{error_id}/form")
            _show_form(form, json=json)
            return
        changes = dict(_parsed(one) for one in change)
        told = desk.post(f"/cases/{error_id}/amend", changes=changes, reason=reason, dry_run=not send)
    if json:
        print_json(told)
        return
    for row in told["diff"]:
        out.print(f"{row['name']} ({row['mode']}): {row['before']} → {row['after']}")
    for problem in told["problems"]:
        out.print(marked("✗", "red", problem))
    out.print(_amended(told))


def _amended(told: dict[str, Any]) -> str:
    """What was done, in a sentence."""
    if told["state"] == "sent":
        return f"Amendment {told['amendment']} was sent; `yidi errors show` follows what becomes of it."
    if told["state"] == "needs_approval":
        return f"Nothing was sent: it waits for a second person: yidi errors approve {told['amendment']}"
    second = " An amount is changed: a second person has to approve it." if told["needs_approval"] else ""
    return f"Nothing was sent. The same with --send and a --reason sends it.{second}"


AMEND_OFF: Final = "Amending is off here: start the chain with YIDI_DESK_AMEND=1 in its environment (docs/desk.md)."


def _show_form(form: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(form)
        return
    for field in form["fields"]:
        if field["mode"] != "locked":
            out.print(f"{field['name']} = {field['value']}  ({field['mode']})", soft_wrap=True)
    out.print("Change one: yidi errors amend ID --set FIELD=VALUE; --json has every field's meaning.")
    if not form["allowed"]:
        say(AMEND_OFF)


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
    app.command()(mends)
    app.command()(amend)
