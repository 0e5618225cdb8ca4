"""`yidi errors`: the operators' error desk. See what failed, understand it, mend it, replay it, prove it."""

from typing import Annotated, Any

import typer

from yidi.chain.journey import journey_of
from yidi.chain.leg import Leg
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.session import run_until_interrupted
from yidi.cli import errors_actions, errors_bulk, errors_mend, errors_replay, errors_tables
from yidi.cli.errors_desk import ErrorId, Jsonl, Query, QueryOption, Token, desk_of, query_of
from yidi.cli.options import DataDir, Json, Unmask, running_chain
from yidi.cli.screen import complain, out, print_json, print_json_line
from yidi.cli.trace import legs_table

app = typer.Typer(
    rich_markup_mode=None,
    invoke_without_command=True,
    help="The error desk: what failed and why, mend, replay, prove. Without a command: the groups by cause.",
)
By = Annotated[str, typer.Option("--by", help="cause, region, institution or state.")]


@app.callback()
def errors(ctx: typer.Context, *, data_dir: DataDir = None, token: Token = None, json: Json = False) -> None:
    """See what failed. Exit codes: 0 done, 1 refused, 2 bad input, 3 no desk there, 4 no answer yet.

    Example: yidi errors
    """
    if ctx.invoked_subcommand is None:
        groups(None, data_dir=data_dir, token=token, json=json)


@app.command()
def groups(
    query: Query = None,
    *,
    by: By = "cause",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
    jsonl: Jsonl = False,
) -> None:
    """Errors grouped by cause, with counts, first and last seen, and what to do.

    Example: yidi errors groups since:2h --by region
    """
    with desk_of(data_dir, token) as desk:
        found = desk.get("/groups", q=query_of(query), by=by)
    if not _shown(found, found["groups"], json=json, jsonl=jsonl):
        out.print(errors_tables.groups(found))


@app.command("list")
def list_command(
    query: Query = None,
    *,
    q: QueryOption = "",
    limit: Annotated[int, typer.Option(min=1, max=500, help="Errors on one page.")] = 50,
    after: Annotated[str | None, typer.Option(help="Cursor of the page before.")] = None,
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
    jsonl: Jsonl = False,
    unmask: Unmask = False,
) -> None:
    """Errors one by one, the newest first. What is unsolved, unless the query names a state.

    Example: yidi errors list code:NOT_FILED,FILING_EXPIRED region:3301 -owner:none
    """
    with desk_of(data_dir, token) as desk:
        wanted = f"{q} {query_of(query)}".strip()
        found = desk.get("/cases", q=wanted, limit=limit, after=after, unmask=int(unmask))
        others = desk.get("/cases", q="state:any", limit=1)["total"] if wanted and not found["total"] else 0
    if _shown(found, found["cases"], json=json, jsonl=jsonl):
        return
    strange = [] if found["total"] else errors_tables.no_codes(wanted)
    for words in strange:
        complain(words)
    if strange:
        raise typer.Exit(2)
    out.print(errors_tables.nothing_matches(wanted, others) if others else errors_tables.cases(found))


@app.command()
def show(
    error_id: ErrorId,
    *,
    way: Annotated[bool, typer.Option("--way", help="And its settlement's whole way across all topics.")] = False,
    content: Annotated[bool, typer.Option("--content", help="And the decoded record, headers and bytes.")] = False,
    slip: Annotated[bool, typer.Option("--slip", help="Only the slip that the person takes home.")] = False,
    lang: Annotated[str, typer.Option(help="Language of the slip: zh, en or both.")] = "both",
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
    unmask: Unmask = False,
) -> None:
    """One error: why, where the person is, who acts, what can be done, and what was done.

    Example: yidi errors show 2196faf6 --way
    """
    with desk_of(data_dir, token) as desk:
        if slip:
            out.print(desk.get(f"/cases/{error_id}/slip", lang=lang)["text"], soft_wrap=True)
            return
        found = desk.get(f"/cases/{error_id}", unmask=int(unmask))
    if json:
        print_json(found)
        return
    out.print(errors_tables.facts(found))
    out.print(errors_tables.history(found["history"]))
    if content:
        print_json({name: found[name] for name in ("content", "headers", "key", "value", "value_sha256")})
    if way:
        out.print(legs_table(run_until_interrupted(_way(running_chain(data_dir), found)), unmask=unmask))


async def _way(chain: Descriptor, found: dict[str, Any]) -> list[Leg]:
    wanted = found["msgid"] or found["error_id"]
    async with Reader(chain.connection, chain.partitions) as reader:
        return await journey_of(reader, chain.inboxes, wanted, chain.partitions)


@app.command()
def code(
    code: Annotated[str | None, typer.Argument(help="Fault code; all of them if left out.")] = None,
    *,
    region: Annotated[str | None, typer.Option(help="Insured region, to name its agency.")] = None,
    data_dir: DataDir = None,
    token: Token = None,
    json: Json = False,
) -> None:
    """What a fault code means, who acts and whom to call, what to do, whether a replay can help.

    Example: yidi errors code NOT_FILED --region 330100
    """
    with desk_of(data_dir, token) as desk:
        found = desk.get("/codes") if code is None else desk.get(f"/codes/{code}", region=region)
    if json:
        print_json(found)
    else:
        out.print(errors_tables.faults(found["codes"]) if code is None else errors_tables.fault(found))


@app.command()
def export(query: Query = None, *, data_dir: DataDir = None, token: Token = None, unmask: Unmask = False) -> None:
    """Everything that a query finds, as CSV on standard output.

    Example: yidi errors export state:any since:2026-11-01 > errors.csv
    """
    with desk_of(data_dir, token) as desk:
        typer.echo(desk.get("/export", q=query_of(query), unmask=int(unmask)), nl=False)


@app.command()
def flow(*, data_dir: DataDir = None, token: Token = None, json: Json = False) -> None:
    """Backlog of every service, what stands still and why, and the command that resumes it.

    Example: yidi errors flow
    """
    with desk_of(data_dir, token) as desk:
        found = desk.get("/flow")
    if json:
        print_json(found)
    else:
        out.print(errors_tables.flow(found))


def _shown(found: dict[str, Any], rows: list[dict[str, Any]], *, json: bool, jsonl: bool) -> bool:
    """Print for programs, if asked; whether it was."""
    if jsonl:
        for row in rows:
            print_json_line(row)
    elif json:
        print_json(found)
    return json or jsonl


errors_actions.add_to(app)
errors_bulk.add_to(app)
errors_replay.add_to(app)
errors_mend.add_to(app)
