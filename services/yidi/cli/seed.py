"""`yidi seed`: reference data for a chain whose services run anywhere."""

import time
from typing import Annotated

import typer

from yidi import __version__
from yidi.chain.environment import SeedEnvironment, settings_of
from yidi.chain.foreign import Foreign
from yidi.chain.patience import patiently
from yidi.chain.routing import route
from yidi.chain.seal import Seeded
from yidi.chain.seeding import limit_of, readers_of, seed_log, wait_for
from yidi.chain.session import run_until_interrupted
from yidi.cli.options import Bootstrap
from yidi.cli.routes import ForeignAgency, ForeignHospital, foreign_seats
from yidi.cli.screen import confirm, progress_bars, say
from yidi.cli.unknown_variables import warn_of_unknown
from yidi.domain.instants import business_date

app = typer.Typer(rich_markup_mode=None)


@app.command()
def seed(
    *,
    bootstrap: Bootstrap = None,
    persons: Annotated[int | None, typer.Option(help="Synthetic persons beside the example persons.")] = None,
    number: Annotated[int | None, typer.Option("--seed", help="Seed of the population.")] = None,
    agency: ForeignAgency = None,
    hospital: ForeignHospital = None,
) -> None:
    """Send regions, institutions, catalogues and people through the registry, and wait until the services have read it.

    Asks first what is there: again for the same sends nothing. Needs the topics and the registry's seat.

    Example: YIDI_KAFKA_BOOTSTRAP=127.0.0.1:9092 yidi seed --persons 1000
    """
    given = {"kafka_bootstrap": bootstrap, "persons": persons, "seed": number}
    settings = settings_of(SeedEnvironment, **{name: value for name, value in given.items() if value is not None})
    warn_of_unknown()
    foreign = foreign_seats(agency, hospital)
    run_until_interrupted(_seed(settings, foreign))


async def _seed(settings: SeedEnvironment, foreign: Foreign) -> None:
    connection, began = settings.connection, time.monotonic()
    today = settings.today or business_date(time.time_ns() // 1_000_000)
    wanted = Seeded(seed=settings.seed, persons=settings.persons, today=today, version=__version__)
    with progress_bars() as bars:
        sent = await patiently(
            connection, settings.wait_s, lambda: seed_log(connection, settings.partitions, wanted, bars), say
        )
        say("sent; waiting for the services to read it" if sent else "everything is there already")
        services = await readers_of(connection)
        await wait_for(connection, settings.partitions, services, settings.wait_s or limit_of(settings.persons))
        await route(connection, settings.partitions, foreign, services)
    seconds = time.monotonic() - began
    confirm(f"{settings.persons:,} persons, read by {', '.join(services)} ({seconds:.1f} s)")
