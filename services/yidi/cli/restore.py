"""`yidi restore`: a back-up put back, or refused in words."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from yidi.chain.restore import restore as put_back
from yidi.cli.options import DataDir, place_of
from yidi.cli.screen import out, say
from yidi.runtime.connection import Connection

app = typer.Typer(rich_markup_mode=None)


@app.command()
def restore(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="What `yidi backup` made.")],
    *,
    service: Annotated[list[str] | None, typer.Option(help="Only this service's store; repeat.")] = None,
    bootstrap: Annotated[str | None, typer.Option(help="HOST:PORT of the chain's Kafka, if not embedded.")] = None,
    data_dir: DataDir = None,
) -> None:
    """Put a back-up back while the chain is stopped. What was there is moved aside, never deleted.

    Refused: a damaged file, a newer format, another Kafka, a running chain, and a store whose service has published
    more since: it would decide again what others have read.

    Example: yidi restore /backups/2026-11-22 --service agency
    """
    connection = None if bootstrap is None else Connection(bootstrap=bootstrap)
    source = folder.expanduser().absolute()
    manifest = asyncio.run(put_back(place_of(data_dir), source, service or (), connection, say))
    out.print(f"✓ restored what yidi {manifest.version} backed up; `yidi up`, then `yidi audit`")
