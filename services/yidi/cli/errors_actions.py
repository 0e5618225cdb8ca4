"""`yidi errors take`, `hand`, `discard`, … : what an operator does with one error, and the proof of it."""

from pathlib import Path
from typing import Annotated, Any

import typer

from yidi.chain.errors import ChainError
from yidi.chain.restarts import Restarts
from yidi.cli import errors_claim, errors_tables
from yidi.cli.errors_desk import ErrorId, Reason, Token, desk_of
from yidi.cli.options import DataDir, Json, place_of, running_chain
from yidi.cli.screen import marked, out, print_json, say
from yidi.desk.people import People, Role
from yidi.desk.settings import PEOPLE_FILE
from yidi.domain.counting import counted

ID_CHARS = 12


def take(
    error_id: ErrorId, *, reason: Reason = "", data_dir: DataDir = None, token: Token = None, json: Json = False
) -> None:
    """Take an error: it is yours until it is solved or handed on. Exit code 1 when somebody else has it.

    Example: yidi errors take 2196faf6
    """
    _do("take", error_id, {"reason": reason}, data_dir=data_dir, token=token, json=json)


def hand(
    error_id: ErrorId,
    *,
    to: Annotated[str, typer.Option("--to", help="Who is to have it.")],
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """Hand an error on to somebody else.

    Example: yidi errors hand 2196faf6 --to anna --reason "enrolment is hers"
    """
    _do("hand", error_id, {"to": to, "reason": reason}, data_dir=data_dir, token=token, json=json)


def discard(
    error_id: ErrorId, *, reason: Reason = "", data_dir: DataDir = None, token: Token = None, json: Json = False
) -> None:
    """Nothing is to be done about it any more. It can be restored.

    Example: yidi errors discard 2196faf6 --reason "a test of the vendor"
    """
    _do("discard", error_id, {"reason": reason}, data_dir=data_dir, token=token, json=json)


def restore(
    error_id: ErrorId, *, reason: Reason = "", data_dir: DataDir = None, token: Token = None, json: Json = False
) -> None:
    """Back to open, from discarded or parked.

    Example: yidi errors restore 2196faf6 --reason "it was real"
    """
    _do("restore", error_id, {"reason": reason}, data_dir=data_dir, token=token, json=json)


def park(
    error_id: ErrorId, *, reason: Reason = "", data_dir: DataDir = None, token: Token = None, json: Json = False
) -> None:
    """Set aside, to be solved by hand: no plan replays it.

    Example: yidi errors park 2196faf6 --reason "waits for the province"
    """
    _do("park", error_id, {"reason": reason}, data_dir=data_dir, token=token, json=json)


def recover(
    error_id: ErrorId, *, reason: Reason = "", data_dir: DataDir = None, token: Token = None, json: Json = False
) -> None:
    """A case that was settled though it was claimed by hand: one of the two payments has come back, or was stopped.

    Example: yidi errors recover 2196faf6 --reason "claim 1207 withdrawn before it was paid"
    """
    _do("recover", error_id, {"reason": reason}, data_dir=data_dir, token=token, json=json)


def _do(
    action: str, error_id: str, body: dict[str, Any], *, data_dir: Path | None, token: str | None, json: bool
) -> None:
    with desk_of(data_dir, token) as desk:
        row = desk.post(f"/cases/{error_id}/{action}", **body)
    if json:
        print_json(row)
    else:
        out.print(f"{row['error_id'][:ID_CHARS]} is {row['state']}, owner {row['owner'] or 'nobody'}")


def claim(
    error_id: ErrorId,
    *,
    execute: Annotated[bool, typer.Option("--execute", help="Convert it. There is no way back.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show it, as without --execute.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """What a manual claim 手工报销 would be: papers, deadline, both calculations. With --execute it becomes one.

    A claim is never replayed afterwards, and there is no way back.

    Example: yidi errors claim 2196faf6, then with --execute --reason "discharged, region opens next year"
    """
    carry_out = execute and not dry_run
    with desk_of(data_dir, token) as desk:
        path = f"/cases/{error_id}/claim"
        made = desk.post(path, reason=reason) if carry_out else desk.get(path)
    if json:
        print_json(made)
        return
    out.print(*errors_claim.lines(made), sep="\n")
    if not carry_out:
        say(f'Nothing was done. Convert it, for good: yidi errors claim {error_id} --execute --reason "…"')
        return
    out.print(marked("✓", "green", f"{error_id} was converted to a manual claim: it is never replayed from now on."))


def approve(
    wanted: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Plan or amendment; all that wait if left out.")
    ] = None,
    *,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """The second pair of eyes: approve a large plan, or an amendment of amounts. Needs a token with the role approve.

    Example: yidi errors approve 8a37186a49e2ea31 --reason "figures checked" --token …
    """
    with desk_of(data_dir, token) as desk:
        waiting = desk.get("/approvals")
        if wanted is None:
            answer = waiting
        elif any(row["amendment"] == wanted for row in waiting["amendments"]):
            answer = desk.post(f"/amendments/{wanted}/approve", reason=reason)
        else:
            answer = desk.post(f"/plans/{wanted}/approve", reason=reason)
    if json or wanted is None:
        print_json(answer)
    else:
        out.print(f"approved; it is {answer['state']}")


def actions(
    error_id: Annotated[str | None, typer.Argument(metavar="[ERROR_ID]", help="Only about this one.")] = None,
    *,
    limit: Annotated[int, typer.Option(min=1, max=500, help="Actions on one page, the newest first.")] = 50,
    before: Annotated[int | None, typer.Option(help="Go on before this number.")] = None,
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """What operators did, tried and were denied.

    Example: yidi errors actions 2196faf6
    """
    with desk_of(data_dir, token) as desk:
        found = desk.get("/actions", error=error_id, limit=limit, newest=1, before=before)
    if json:
        print_json(found)
    else:
        out.print(errors_tables.actions(found["actions"]))
        if found["next"]:
            say(f"older ones: yidi errors actions --before {found['next']}")


def verify(*, data_dir: DataDir = None, token: Token = None, json: Json = False) -> None:
    """Check the chain of operators' actions in Kafka against the desk: nothing tampered, missing or cut off.

    Replays that came past the desk are named besides: the chain is none the worse for them, the money may be.
    Exit code 1 when it is not intact.

    Example: yidi errors verify
    """
    with desk_of(data_dir, token) as desk:
        found = desk.post("/verify")
    if json:
        print_json(found)
    else:
        for finding in found["findings"]:
            out.print(marked("✗", "red", finding))
        for past in found["unplanned"]:
            out.print(marked("!", "yellow", f"{past['error_id'][:ID_CHARS]}: {past['words']}"))
        mark, style, words = ("✓", "green", "intact") if found["intact"] else ("✗", "red", "NOT INTACT")
        links = f"{counted(found['links'], 'link')} on errors.operations, the desk wrote {found['head']['links']}"
        out.print(marked(mark, style, f"{words}: {links}"))
    raise typer.Exit(0 if found["intact"] else 1)


def token(
    name: Annotated[str, typer.Argument(help="Who gets it.")],
    *,
    role: Annotated[list[Role], typer.Option("--role", help="view, replay, amend, approve; repeat.")],
    data_dir: DataDir = None,
) -> None:
    """Make a token for a person; it is shown once. Whoever can write the data directory can make one.

    Example: yidi errors token anna --role view --role approve
    """
    people = People(place_of(data_dir).data_dir / PEOPLE_FILE)
    out.print(people.add(name, [Role.VIEW, *role]), soft_wrap=True)
    say(f"It is shown once. {name} gives it with --token, or sets YIDI_DESK_TOKEN, for every `yidi errors …`.")


def resume(
    service: Annotated[str, typer.Argument(help="registry, hospital, platform, agency, desk or broker.")],
    *,
    data_dir: DataDir = None,
) -> None:
    """Start a service of the running chain anew, when it stands still. Nothing is lost by it.

    Example: yidi errors resume agency
    """
    if running_chain(data_dir).elsewhere:
        raise ChainError(
            f"The {service} of this chain does not run under a `yidi up` of this machine.",
            "Start it anew where it runs, for example with `docker compose restart`; nothing is lost by it.",
        )
    Restarts(place_of(data_dir)).ask(service)
    out.print(f"{service} is started anew; see `yidi errors flow`")


def add_to(app: typer.Typer) -> None:
    """Register the commands."""
    for command in (take, hand, discard, restore, park, recover, claim, approve, actions, verify, token, resume):
        app.command()(command)
