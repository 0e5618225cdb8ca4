"""`yidi submit`: itemised bills in, receipts out."""

import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Final

import typer

from yidi.chain.answers import Answer, Encounter, settle
from yidi.chain.errors import Interrupted
from yidi.chain.place import Descriptor
from yidi.chain.session import run_until_interrupted
from yidi.cli.answers import EXIT_CODES, answer_json, show_answer
from yidi.cli.options import DataDir, Json, Timeout, Unmask, running_chain
from yidi.cli.screen import complain, print_json_line, say
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.hospital.intake import IntakeError, Submission, read_files

app = typer.Typer(rich_markup_mode=None)

BAD_INPUT: Final = 2
SHOWN_MAX: Final = 3
"""Ids that are named of many."""


@app.command()
def submit(
    files: Annotated[list[Path], typer.Argument(help="JSON or CSV files with itemised bills (docs/intake.md).")],
    *,
    pre_settle: Annotated[bool, typer.Option("--pre-settle", help="Only ask what would be paid.")] = False,
    brief: Annotated[bool, typer.Option("--brief", help="One line a bill, without its receipt.")] = False,
    data_dir: DataDir = None,
    timeout: Timeout = 30,
    json: Json = False,
    unmask: Unmask = False,
) -> None:
    """Send itemised bills to the chain and print each one's receipt, or why it was refused and what to do.

    Sending the same file again is safe: it gets the stored answer. All files are checked before anything is sent.
    Exit code 0: all settled; 1: some refused; 2: a file is not valid, nothing was sent; 4: some without an answer yet.

    Example: yidi submit examples/encounters/01-stay-long-term-filed.json
    """
    try:
        submissions = read_files(files)
    except IntakeError as error:
        for problem in error.problems:
            complain(str(problem))
        say("nothing was sent")
        raise typer.Exit(BAD_INPUT) from error
    encounters = [_encounter(submission, pre_settle=pre_settle) for submission in submissions]
    chain = running_chain(data_dir)
    shown = Shown(json=json, brief=brief, unmask=unmask)
    try:
        answers = run_until_interrupted(_submit(chain, encounters, timeout, shown))
    except Interrupted:
        _say_what_goes_on([e.msgid for e in encounters if e.msgid not in shown.answered])
        raise
    raise typer.Exit(max((EXIT_CODES[answer.outcome] for answer in answers), default=0))


class Shown:
    """How answers are printed, as they come."""

    def __init__(self, *, json: bool, brief: bool, unmask: bool) -> None:
        self.json, self.brief, self.unmask = json, brief, unmask
        self.answered: set[str] = set()

    def __call__(self, answer: Answer) -> None:
        self.answered.add(answer.msgid)
        if self.json:
            print_json_line(answer_json(answer, unmask=self.unmask))
        else:
            show_answer(answer, brief=self.brief, unmask=self.unmask)


def _say_what_goes_on(waiting: Sequence[str]) -> None:
    asks = " · ".join(f"yidi query {msgid}" for msgid in waiting[:SHOWN_MAX])
    say(f"{len(waiting)} without an answer yet; what was sent goes on without you. See it: {asks}")


def _encounter(submission: Submission, *, pre_settle: bool) -> Encounter:
    charges: Any = submission.charges
    if not pre_settle or charges["operation"] != "SETTLE":
        return Encounter(charges["msgid"], charges["psn_no"], submission.value)
    asked: Any = {**charges, "operation": "PRE_SETTLE", "msgid": pre_settle_msgid(charges["msgid"])}
    return Encounter(asked["msgid"], asked["psn_no"], ENCOUNTER_CHARGES.encode(asked))


def pre_settle_msgid(msgid: str) -> str:
    """An id of its own for the question, so that the settlement's own id stays free; the same each time.

    The institution and the time stay, the serial becomes `P` and three of its digits.
    """
    return f"{msgid[:-4]}P{msgid[-3:]}"


async def _submit(chain: Descriptor, encounters: Sequence[Encounter], timeout_s: float, shown: Shown) -> list[Answer]:
    began = time.monotonic()
    answers = [answer async for answer in _told(settle(chain, encounters, timeout_s), shown)]
    say(f"{len(answers)} answered in {time.monotonic() - began:.1f} s")
    return answers


async def _told(answers: AsyncIterator[Answer], shown: Shown) -> AsyncIterator[Answer]:
    async for answer in answers:
        shown(answer)
        yield answer
