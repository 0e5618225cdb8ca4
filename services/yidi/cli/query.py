"""`yidi query`: ask the platform what became of a request, by its msgid."""

import time
from collections.abc import Sequence
from typing import Annotated, Literal

import typer

from yidi.chain.answers import PROVISIONAL, Answer, settle
from yidi.chain.journey import journey_of
from yidi.chain.leg import Leg
from yidi.chain.place import Descriptor
from yidi.chain.reader import Reader
from yidi.chain.referring import original_of, referring
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

    What was refused is told from the topics, with its error id; anything else the platform is asked for.

    Example: yidi query H33010000001202611200930000001
    """
    chain = running_chain(data_dir)
    answer = run_until_interrupted(ask_about("QUERY", chain, wanted, timeout))
    print_and_exit(answer, json=json)


async def ask_about(operation: Literal["QUERY", "REVERSE"], chain: Descriptor, wanted: str, timeout_s: float) -> Answer:
    """Find the encounter, send the request about it, and wait for the answer."""
    async with Reader(chain.connection, chain.partitions) as reader:
        legs = await journey_of(reader, chain.inboxes, wanted, chain.partitions)
    if operation == "QUERY" and (refused := refused_so_far(legs, wanted)) is not None:
        return refused
    encounter = referring(operation, legs, wanted, time.time_ns() // 1_000_000)
    return await anext(settle(chain, [encounter], timeout_s))


def refused_so_far(legs: Sequence[Leg], wanted: str) -> Answer | None:
    """What the hospital was told last, if that is a refusal; else None: then the platform has to be asked.

    What was refused was never settled, so that the platform would only say that it knows nothing of it.
    """
    original = original_of(legs, wanted)
    msgid = original["msgid"]
    told = [
        leg for leg in legs if leg.kind in ("SettlementResult", "ErrorReport") and leg.content.get("msgid") == msgid
    ]
    results = [leg for leg in told if leg.record.topic.startswith("hospital.")]
    reports = [leg for leg in told if leg.kind == "ErrorReport" and leg.content["code"] != PROVISIONAL]
    ended = any(leg.content["outcome"] not in ("REFUSED", "UNKNOWN") for leg in results)
    if ended or not (reports or results) or (results and results[-1].content["outcome"] != "REFUSED"):
        return None
    attempt = max(leg.content["attempt"] for leg in (*results[-1:], *reports[-1:]))
    answer = Answer(msgid, attempt=attempt, legs=[leg for leg in told if leg.content["attempt"] == attempt])
    answer.result = results[-1] if results else None
    answer.report = reports[-1] if reports else None
    return answer


def print_and_exit(answer: Answer, *, json: bool) -> None:
    """Show the answer and leave with its exit code."""
    if json:
        print_json(answer_json(answer, unmask=False))
    else:
        show_answer(answer, brief=True)
    raise typer.Exit(EXIT_CODES[answer.outcome])
