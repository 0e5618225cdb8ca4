"""`yidi replay`: send one failed record again, by its error id; through the error desk wherever there is one."""

from typing import Annotated, Any

import typer

from yidi.chain.answers import Answer
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.replay import next_attempt, refuse_hopeless, replay, report_of
from yidi.chain.session import run_until_interrupted
from yidi.cli import desk_replay, errors_tables
from yidi.cli.answers import EXIT_CODES, show_answer
from yidi.cli.errors_desk import Reason, Token, desk_of
from yidi.cli.options import DataDir, Json, Timeout, place_of, running_chain
from yidi.cli.screen import out, print_json, say
from yidi.cli.trace import legs_table, masked_content
from yidi.contract.records import ErrorReport
from yidi.desk.address import DeskMissing, address_in
from yidi.domain.faults import FAULTS

app = typer.Typer(rich_markup_mode=None)


@app.command("replay")
def replay_command(
    error_id: Annotated[str, typer.Argument(metavar="ERROR_ID", help="Id of the error report.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would change; nothing is sent.")] = False,
    reason: Reason = "",
    data_dir: DataDir = None,
    token: Token = None,
    timeout: Timeout = 30,
    json: Json = False,
) -> None:
    """Send one failed record again, byte for byte, under the next attempt. Mend its cause first.

    It goes through the error desk, as `yidi errors replay` and its execution in one: whoever has the case, a manual
    claim, rights and the number of replays are respected, and the chain of actions tells of it.
    Exit code 0: settled; 1: refused again, or not sent; 4: no answer in time.

    Example: yidi replay 5f0c…
    """
    chain = running_chain(data_dir)
    report = run_until_interrupted(_report(chain, error_id))
    refuse_hopeless(report)
    try:
        address_in(place_of(data_dir).data_dir)
    except DeskMissing:
        _without_desk(chain, report, timeout, dry_run=dry_run, json=json)
        return
    with desk_of(data_dir, token) as desk:
        if dry_run:
            case = desk_replay.known_case(desk, report["error_id"], timeout)
            _show_plan(desk_replay.planned(desk, case["error_id"], reason, predict=True), json=json)
            return
        done = desk_replay.replayed(desk, report["error_id"], reason, timeout)
    if json:
        print_json(done.as_json())
    else:
        desk_replay.show(done)
    raise typer.Exit(done.exit_code)


def _show_plan(plan: dict[str, Any], *, json: bool) -> None:
    if json:
        print_json(plan)
        return
    out.print(errors_tables.plan(plan))
    say("Nothing was sent.")


def _without_desk(chain: Descriptor, report: ErrorReport, timeout: float, *, dry_run: bool, json: bool) -> None:
    attempt = run_until_interrupted(_next_attempt(chain, report))
    say(f"{report['code']} {FAULTS[report['code']].zh}: {report['detail']}")
    say(f"to {report['source_topic']}, attempt {attempt} (no error desk runs here: nobody records it)")
    if dry_run:
        return
    answer = run_until_interrupted(replay(chain, report, timeout, attempt))
    _show(answer, json=json)
    raise typer.Exit(EXIT_CODES[answer.outcome])


async def _report(chain: Descriptor, error_id: str) -> ErrorReport:
    async with Reader(chain.connection, chain.partitions) as reader:
        return await report_of(reader, error_id)


async def _next_attempt(chain: Descriptor, report: ErrorReport) -> int:
    async with Reader(chain.connection, chain.partitions) as reader:
        return await next_attempt(reader, chain, report)


def _show(answer: Answer, *, json: bool) -> None:
    shown = answer.result or answer.report
    if json:
        print_json({"outcome": answer.outcome, "content": masked_content(shown.content if shown else {})})
        return
    if answer.legs:
        out.print(legs_table(answer.legs))
    show_answer(answer, brief=True)
