"""`yidi health`: asks a seat whether it makes progress; made for a container's HEALTHCHECK."""

from typing import Annotated

import typer

from yidi.cli import pulse
from yidi.cli.screen import print_json

app = typer.Typer(rich_markup_mode=None)


@app.command()
def health(
    url: Annotated[str | None, typer.Argument(help="http://HOST:PORT of a seat; else the one of this machine.")] = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print what it says as JSON.")] = False,
) -> None:
    """Ask a served seat whether it is healthy: exit code 0 when it makes progress, 1 when not, or when nobody answers.

    Without an address it asks at YIDI_HTTP_HOST:YIDI_HTTP_PORT of this machine.

    Example: yidi health http://127.0.0.1:8080
    """
    if not as_json:
        raise typer.Exit(pulse.quick([url] if url else []) or 0)
    told = pulse.ask(pulse.place(url))
    print_json(told)
    raise typer.Exit(0 if told.get("healthy") else 1)
