"""`yidi query`: ask the platform what became of a request, by its msgid."""

import time
from typing import Annotated, Literal

import typer

from yidi.chain.answers import Answer, settle
from yidi.chain.journey import journey_of
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.referring import referring
from yidi.chain.session import run_until_interrupted
from yidi.cli.answers import EXIT_CODES, answer_json, show_answer
from yidi.cli.options import DataDir, Json, Timeout, running_chain
from yidi.cli.screen import print_json

app = typer.Typer(rich_markup_mode=None)


@app.command()
def query(
    wanted: Annotated[str, typer.Argument(metavar="ID", help="msgid, setl_id or mdtrt_id of the encounter.")],
    *,
    data_dir: DataDir = None,
    timeout: Timeout = 30,
    json: Json = False,
) -> None:
    """Ask the platform what became of a request: done, refused, reversed or unknown.

    Example: yidi query H33010000001202611200930000001
    """
    chain = running_chain(data_dir)
    answer = run_until_interrupted(ask_about("QUERY", chain, wanted, timeout))
    print_and_exit(answer, json=json)


async def ask_about(operation: Literal["QUERY", "REVERSE"], chain: Descriptor, wanted: str, timeout_s: float) -> Answer:
    """Find the encounter, send the request about it, and wait for the answer."""
    async with Reader(chain.connection, chain.partitions) as reader:
        legs = await journey_of(reader, chain.inboxes, wanted, chain.partitions)
    encounter = referring(operation, legs, wanted, time.time_ns() // 1_000_000)
    return await anext(settle(chain, [encounter], timeout_s))


def print_and_exit(answer: Answer, *, json: bool) -> None:
    """Show the answer and leave with its exit code."""
    if json:
        print_json(answer_json(answer, unmask=False))
    else:
        show_answer(answer, brief=True)
    raise typer.Exit(EXIT_CODES[answer.outcome])
