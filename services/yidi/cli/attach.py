"""`yidi attach`: let commands here speak to a chain that runs elsewhere."""

from typing import Annotated

import typer

from yidi.chain.attaching import survey
from yidi.chain.errors import ChainBusy
from yidi.chain.place import Descriptor, Place
from yidi.chain.session import run_until_interrupted
from yidi.cli.options import CALL_MS, DataDir, place_of
from yidi.cli.screen import confirm, err, say
from yidi.runtime.connection import Connection

app = typer.Typer(rich_markup_mode=None)


@app.command()
def attach(
    bootstrap: Annotated[
        str | None, typer.Argument(metavar="HOST:PORT", envvar="YIDI_KAFKA_BOOTSTRAP", help="Its Kafka.")
    ] = None,
    *,
    forget: Annotated[bool, typer.Option("--forget", help="Forget the chain that was attached here.")] = False,
    data_dir: DataDir = None,
) -> None:
    """Read from a Kafka's topics which chain is there; from then on all commands with this data directory speak to it.

    How it is reached securely is told by variables YIDI_KAFKA_…, for each command anew: secrets are not kept.

    Example: yidi attach 127.0.0.1:9092
    """
    place = place_of(data_dir)
    if forget:
        _forget(place)
        return
    if bootstrap is None:
        raise typer.BadParameter("name its Kafka, HOST:PORT", param_hint="HOST:PORT")
    _refuse_if_one_runs(place)
    chain = run_until_interrupted(survey(Connection(bootstrap=bootstrap, request_timeout_ms=CALL_MS)))
    place.data_dir.mkdir(parents=True, exist_ok=True)
    place.write(chain)
    _announce(chain, place)


def _refuse_if_one_runs(place: Place) -> None:
    known = place.read()
    if known is not None and not known.elsewhere:
        raise ChainBusy(
            f"A chain runs at {place.data_dir} (process {known.pid}, Kafka {known.bootstrap}).",
            "Name another place with --data-dir, or stop that chain first.",
        )


def _forget(place: Place) -> None:
    _refuse_if_one_runs(place)
    place.descriptor.unlink(missing_ok=True)
    say(f"{place.data_dir} is attached to no chain")


def _announce(chain: Descriptor, place: Place) -> None:
    confirm(f"{place.data_dir} is attached to the chain on {chain.bootstrap}")
    err.print(f"  topics   {chain.partitions} partitions each; inboxes {', '.join(chain.inboxes)}")
    err.print(f"  people   {chain.persons:,} synthetic persons of seed {chain.seed}, and the example persons")
    err.print("  next     yidi submit examples/encounters/*.json")
    err.print("           yidi attach --forget")
