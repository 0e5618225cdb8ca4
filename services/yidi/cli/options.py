"""Options that several commands share, and how a command finds the chain it speaks to."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from yidi.chain.attaching import survey
from yidi.chain.place import Descriptor, Place, default_data_dir
from yidi.chain.session import run_until_interrupted
from yidi.runtime.connection import Connection

CALL_MS: Final = 30_000
"""A person waits at most so long for one call."""

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

Bootstrap = Annotated[
    str | None, typer.Option("--bootstrap", help="HOST:PORT of your Kafka; else YIDI_KAFKA_BOOTSTRAP.")
]


def place_of(data_dir: Path | None) -> Place:
    """The place that the option names, or the default one."""
    return Place((data_dir or default_data_dir()).expanduser().resolve())


def running_chain(data_dir: Path | None) -> Descriptor:
    """The chain that runs there, or is attached there; else the one on YIDI_KAFKA_BOOTSTRAP. NoChain in words."""
    place = place_of(data_dir)
    named = os.environ.get("YIDI_KAFKA_BOOTSTRAP")
    known = place.read()
    if known is None and named:
        return run_until_interrupted(survey(Connection(bootstrap=named, request_timeout_ms=CALL_MS)))
    return known or place.running()
