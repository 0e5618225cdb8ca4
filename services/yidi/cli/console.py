"""`yidi console`: the web page over a running chain and its error desk."""

import asyncio
from typing import Annotated

import typer

from yidi.chain.session import run_until_interrupted
from yidi.cli.options import DataDir, place_of
from yidi.cli.screen import confirm, err
from yidi.console.server import HOST, Exposure, served

app = typer.Typer(rich_markup_mode=None)


@app.command()
def console(
    *,
    data_dir: DataDir = None,
    host: Annotated[str, typer.Option(help="Listen here; anything but loopback asks for a login.")] = HOST,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Listen at this port; else a free one.")] = None,
    name: Annotated[
        list[str] | None, typer.Option(help="A host name by which browsers reach it from elsewhere; repeat.")
    ] = None,
) -> None:
    """Show the flow, its errors and its settlements on a web page, until Ctrl-C. `yidi up` does it, too.

    Example: yidi console --port 8470
    """
    exposure = Exposure(host, port, tuple(name or ()))
    run_until_interrupted(_console(data_dir, exposure))


async def _console(data_dir: DataDir, exposure: Exposure) -> None:
    async with served(place_of(data_dir), exposure) as address:
        confirm(f"The console is at {address}")
        if exposure.beyond_loopback:
            err.print("  It asks for a login: make a token with `yidi errors token NAME --role view`.")
        await asyncio.Event().wait()
