"""`yidi replay`: send one failed record again, by its error id."""

from typing import Annotated

import typer

from yidi.chain.answers import Answer
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.replay import refuse_hopeless, replay, report_of
from yidi.chain.session import run_until_interrupted
from yidi.cli.answers import EXIT_CODES, show_answer
from yidi.cli.options import DataDir, Json, Timeout, running_chain
from yidi.cli.screen import out, print_json, say
from yidi.cli.trace import legs_table, masked_content
from yidi.contract.records import ErrorReport
from yidi.domain.faults import FAULTS

app = typer.Typer(rich_markup_mode=None)


@app.command("replay")
def replay_command(
    error_id: Annotated[str, typer.Argument(metavar="ERROR_ID", help="Id of the error report.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be sent.")] = False,
    data_dir: DataDir = None,
    timeout: Timeout = 30,
    json: Json = False,
) -> None:
    """Send one failed record again, byte for byte, under the next attempt. Mend its cause first.

    Exit code 0: settled; 1: refused again; 4: no answer in time.

    Example: yidi replay 5f0c…
    """
    chain = running_chain(data_dir)
    report = run_until_interrupted(_report(chain, error_id))
    refuse_hopeless(report)
    say(f"{report['code']} {FAULTS[report['code']].zh}: {report['detail']}")
    say(f"to {report['source_topic']}, attempt {report['attempt'] + 1}")
    if dry_run:
        return
    answer = run_until_interrupted(replay(chain, report, timeout))
    _show(answer, json=json)
    raise typer.Exit(EXIT_CODES[answer.outcome])


async def _report(chain: Descriptor, error_id: str) -> ErrorReport:
    async with Reader(chain.connection, chain.partitions) as reader:
        return await report_of(reader, error_id)


def _show(answer: Answer, *, json: bool) -> None:
    shown = answer.result or answer.report
    if json:
        print_json({"outcome": answer.outcome, "content": masked_content(shown.content if shown else {})})
        return
    if answer.legs:
        out.print(legs_table(answer.legs))
    show_answer(answer, brief=True)
