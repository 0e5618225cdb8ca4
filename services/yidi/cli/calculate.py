"""`yidi calculate`: what a policy pays for a claim, and why, without a broker."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Final, NoReturn, TypeVar

import typer

from yidi.agency.claim_file import ClaimFileError, load_claim_file
from yidi.agency.policy_book import load_policy
from yidi.agency.policy_file import PolicyError, json_schema
from yidi.agency.worked import as_lines, as_record, work_out
from yidi.cli.options import Json
from yidi.cli.screen import complain, out, print_json

BAD_INPUT: Final = 2
T = TypeVar("T")

app = typer.Typer(rich_markup_mode=None)


@app.command()
def calculate(
    policy: Annotated[Path | None, typer.Option(help="Policy file, see docs/policies.md.")] = None,
    claim: Annotated[Path | None, typer.Option(help="Claim file, see docs/policies.md.")] = None,
    *,
    zh: Annotated[bool, typer.Option("--zh", help="Reasons in Chinese.")] = False,
    schema: Annotated[bool, typer.Option("--schema", help="Print the policy file's JSON Schema and leave.")] = False,
    json: Json = False,
) -> None:
    """Work out what a policy pays for the bills of a claim file, to the fen, with the reason of every figure.

    Example: yidi calculate --policy services/yidi/agency/policies/worked-employee.yaml --claim examples/claims/e8.yaml
    """
    if schema:
        print_json(json_schema())
        return
    if policy is None or claim is None:
        _refuse(["--policy and --claim are both needed; see: yidi calculate --help"])
    problems: list[str] = []
    ours = _heard(problems, lambda: load_policy(policy))
    asked = _heard(problems, lambda: load_claim_file(claim))
    worked = None if ours is None or asked is None else _heard(problems, lambda: work_out(ours, asked, str(claim)))
    if worked is None:
        _refuse(problems)
    if json:
        print_json(as_record(worked))
    else:
        out.print("\n".join(as_lines(worked, "zh" if zh else "en")), soft_wrap=True)


def _heard(problems: list[str], doing: Callable[[], T]) -> T | None:
    """What it comes to, or None and its problems: mistakes of both files are told at once."""
    try:
        return doing()
    except (PolicyError, ClaimFileError) as error:
        problems += [f"{error.source}: {problem}" for problem in error.problems]
        return None


def _refuse(problems: list[str]) -> NoReturn:
    for problem in problems:
        complain(problem)
    raise typer.Exit(BAD_INPUT)
