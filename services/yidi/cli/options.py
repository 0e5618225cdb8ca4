"""Options that several commands share, and how a command finds the chain it speaks to."""

from pathlib import Path
from typing import Annotated

import typer

from yidi.chain.place import Descriptor, Place, default_data_dir

DataDir = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="YIDI_DATA_DIR",
        file_okay=False,
        help="Where the chain keeps its data; several can run side by side.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]
Unmask = Annotated[bool, typer.Option("--unmask", help="Show names and numbers of persons in full.")]
Timeout = Annotated[float, typer.Option("--timeout", min=0.1, help="Seconds to wait for an answer.")]


def place_of(data_dir: Path | None) -> Place:
    """The place that the option names, or the default one."""
    return Place((data_dir or default_data_dir()).expanduser().resolve())


def running_chain(data_dir: Path | None) -> Descriptor:
    """The chain that runs there; NoChain in words when none does."""
    return place_of(data_dir).running()
