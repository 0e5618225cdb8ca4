"""How the commands under `yidi errors` speak to the desk, and which exit codes its answers have."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Final

import typer

from yidi.chain.errors import ChainError
from yidi.cli.options import place_of
from yidi.cli.screen import say
from yidi.desk.client import DeskClient, DeskMissing, DeskRefused

Token = Annotated[
    str | None,
    typer.Option("--token", envvar="YIDI_DESK_TOKEN", help="Who you are; else the system's user, not authenticated."),
]
Reason = Annotated[str, typer.Option("--reason", help="Why; others will read it.")]
Jsonl = Annotated[bool, typer.Option("--jsonl", help="Print one JSON document a line.")]


def _some_id(text: str) -> str:
    """An id, as it goes into an address: nothing at all would be the list."""
    if not text.strip() or "/" in text:
        raise typer.BadParameter(f"{text!r} is no id of an error. Take one from `yidi errors list`.")
    return text.strip()


ErrorId = Annotated[
    str, typer.Argument(metavar="ERROR_ID", help="Id of the error, or its first characters.", callback=_some_id)
]
QueryOption = Annotated[str, typer.Option("--query", "-q", help="The same, as one text.")]
Query = Annotated[
    list[str] | None,
    typer.Argument(metavar="[QUERY]...", help="Such as code:NOT_FILED region:3301 since:2h; see docs/desk.md."),
]

BAD_INPUT: Final = 400
OUT_OF_REACH: Final = 503


class NoDesk(ChainError):
    """No desk runs where it was looked for."""


class DeskSaysNo(ChainError):
    """The desk refused a command; nothing has changed."""

    def __init__(self, refused: DeskRefused) -> None:
        super().__init__(refused.what, refused.todo)
        self.exit_code = {BAD_INPUT: 2, OUT_OF_REACH: 3}.get(refused.status, 1)


@contextmanager
def desk_of(data_dir: Path | None, token: str | None) -> Iterator[DeskClient]:
    """The desk of the chain there; what it refuses ends in words and an exit code."""
    try:
        with DeskClient(place_of(data_dir).data_dir, token) as desk:
            yield desk
    except DeskMissing as missing:
        place_of(data_dir).demand_started()
        raise NoDesk(missing.what, missing.todo) from missing
    except DeskRefused as refused:
        raise DeskSaysNo(refused) from refused


@contextmanager
def going_on(*commands: str) -> Iterator[None]:
    """While one only waits: Ctrl-C ends the waiting, and says what goes on and how to see it."""
    try:
        yield
    except KeyboardInterrupt:
        say(f"What was begun goes on without you. See it: {' · '.join(commands)}")
        raise


def query_of(words: list[str] | None) -> str:
    """The words of the command line as one query; a word with a blank in it was quoted there and is quoted again."""
    return " ".join(f'"{word}"' if " " in word and ":" not in word else word for word in words or ())
