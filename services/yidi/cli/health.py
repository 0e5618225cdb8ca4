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
    """Ask a served seat whether it is healthy: exit code 0 when it makes progress, 1 when not.

    That nobody answers is no health either: 1, too, which is what a container's HEALTHCHECK takes for unhealthy (it
    knows 0 and 1 only). Exit code 2: what was named is no address.

    Without an address it asks at YIDI_HTTP_HOST:YIDI_HTTP_PORT of this machine.

    Example: yidi health http://127.0.0.1:8080
    """
    if not as_json:
        raise typer.Exit(pulse.quick([url] if url else []) or 0)
    where = pulse.place(url)
    if not pulse.is_address(where):
        raise typer.BadParameter(f"{where} is no address of a seat: name one as http://HOST:PORT", param_hint="URL")
    told = pulse.ask(where)
    print_json(told)
    raise typer.Exit(0 if told.get("healthy") else 1)
