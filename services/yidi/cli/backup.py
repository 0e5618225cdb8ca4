"""`yidi backup`: the stores of a running chain, or everything of a stopped one."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from yidi.chain.backup import back_up_stores, back_up_whole
from yidi.cli.options import DataDir, Json, place_of
from yidi.cli.screen import out, print_json, say

app = typer.Typer(rich_markup_mode=None)


@app.command()
def backup(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A new folder for it.")],
    *,
    data_dir: DataDir = None,
    json: Json = False,
) -> None:
    """Back up a chain into a new folder, with checksums. What it holds depends on whether the chain runs.

    Stopped: everything, Kafka's data included; it takes the whole chain back to this moment. Running: the stores, each
    as of one moment; one can be put back as long as its service has published nothing since.

    Example: yidi backup /backups/2026-11-22
    """
    place, target = place_of(data_dir), folder.expanduser().absolute()
    chain = place.read()
    if chain is None:
        place.demand_started()
        manifest = back_up_whole(place, target, say)
    else:
        manifest = asyncio.run(back_up_stores(place, chain, target, say))
    if json:
        print_json({"folder": str(target), **manifest.model_dump(mode="json")})
        return
    size = sum(file.bytes for file in manifest.files.values())
    what = "the whole chain" if manifest.kind == "whole" else "its stores, without the log"
    out.print(
        f"✓ {what}: {len(manifest.files)} files, {size:,} bytes, Kafka cluster {manifest.cluster}", soft_wrap=True
    )
