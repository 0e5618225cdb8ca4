"""`yidi up`: the chain until Ctrl-C."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

import typer

from yidi.chain.place import Descriptor, Place
from yidi.chain.session import run_until_interrupted, running
from yidi.chain.settings import PERSONS_MAX, SERVICES, ChainSettings
from yidi.chain.supervisor import Supervisor
from yidi.cli.keeping import Keep, kept
from yidi.cli.options import DataDir, place_of
from yidi.cli.routes import ForeignAgency, ForeignHospital, foreign_seats
from yidi.cli.screen import confirm, err, progress_bars, say
from yidi.cli.stores import Instances, Store, shared_store
from yidi.console.server import Exposure, bound, served
from yidi.contract.topics import PARTITIONS, plan
from yidi.runtime.connection import Security

app = typer.Typer(rich_markup_mode=None)


@app.command()
def up(
    *,
    data_dir: DataDir = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Wipe stores and topics first.")] = False,
    persons: Annotated[
        int, typer.Option(min=0, max=PERSONS_MAX, help="Synthetic persons beside the example persons.")
    ] = 1_000,
    seed: Annotated[int, typer.Option(help="Seed of the population.")] = 1,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port of the embedded Kafka.")] = None,
    brokers: Annotated[int, typer.Option(min=1, max=9, help="Embedded brokers; of three, any one may be lost.")] = 1,
    bootstrap: Annotated[str | None, typer.Option(help="HOST:PORT of another Kafka, several by commas.")] = None,
    secure: Annotated[
        bool, typer.Option("--secure", help="TLS, a password and the least rights for everyone (docs/security.md).")
    ] = False,
    store: Store = None,
    instances: Instances = None,
    partitions: Annotated[int, typer.Option(min=1, max=64, help="Partitions of every topic.")] = PARTITIONS,
    inbox: Annotated[list[str] | None, typer.Option(help="Inboxes beside `default`; repeat for several.")] = None,
    retention: Keep = None,
    answer_deadline: Annotated[
        float | None, typer.Option(min=0.1, help="Seconds after which the platform says unknown, for every care.")
    ] = None,
    agency: ForeignAgency = None,
    hospital: ForeignHospital = None,
    without: Annotated[list[str] | None, typer.Option(help="Leave a seat to your own program; repeat.")] = None,
    desk: Annotated[bool, typer.Option("--desk/--no-desk", help="The error desk, for `yidi errors`.")] = True,
    console: Annotated[bool, typer.Option("--console/--no-console", help="The web page, on loopback.")] = True,
    console_port: Annotated[
        int | None, typer.Option(min=1, max=65535, help="Port of the web page; else the first free one from 8470.")
    ] = None,
) -> None:
    """Start Kafka and the services, and keep them alive until Ctrl-C. Data is kept for the next time.

    Example: yidi up --persons 10000
    """
    seats = _seats(without or [])
    if bootstrap is not None:
        _refuse_what_is_for_ours(brokers, secure=secure)
    foreign = foreign_seats(agency, hospital)
    inboxes = ("default", *(inbox or ()), *foreign.inboxes)
    try:
        plan(inboxes, partitions)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--inbox") from error
    shared, several = shared_store(store, instances or [], seats)
    settings = ChainSettings(
        store=shared,
        instances=several,
        data_dir=place_of(data_dir).data_dir,
        fresh=fresh,
        persons=persons,
        seed=seed,
        port=port,
        brokers=brokers,
        secure=secure,
        security=Security.of() if bootstrap is None else Security.from_environment(),
        bootstrap=bootstrap,
        partitions=partitions,
        inboxes=tuple(dict.fromkeys(inboxes)),
        foreign=foreign,
        answer_deadline_ms=None if answer_deadline is None else round(answer_deadline * 1000),
        desk=desk,
        services=seats,
        retention=kept(retention),
    )
    run_until_interrupted(_up(settings, Exposure(port=console_port) if console else None))


def _seats(without: list[str]) -> tuple[str, ...]:
    """The seats that this machine fills."""
    unknown = set(without) - set(SERVICES)
    if unknown:
        raise typer.BadParameter(f"no such seat: {', '.join(sorted(unknown))}; there are {', '.join(SERVICES)}")
    return tuple(service for service in SERVICES if service not in without)


def _refuse_what_is_for_ours(brokers: int, *, secure: bool) -> None:
    """Options that make no sense beside --bootstrap."""
    if brokers > 1:
        raise typer.BadParameter("another Kafka has its own brokers: leave out --brokers or --bootstrap")
    if secure:
        raise typer.BadParameter("another Kafka is secured where it runs: say how to reach it by YIDI_KAFKA_…")


async def _up(settings: ChainSettings, exposure: Exposure | None) -> None:
    began = time.monotonic()
    listening = bound(exposure) if exposure is not None else None
    with progress_bars() as bars:
        supervisor = Supervisor(settings, say=say, progress=bars)
        async with running(supervisor) as descriptor, _page(supervisor.place, exposure, listening) as address:
            bars.close()
            _announce(descriptor, settings, time.monotonic() - began, address)
            await asyncio.Event().wait()


@asynccontextmanager
async def _page(place: Place, exposure: Exposure | None, listening: socket.socket | None) -> AsyncIterator[str | None]:
    """The web page beside the chain, in this process; nothing when none is wanted."""
    if exposure is None:
        yield None
        return
    async with served(place, exposure, listening) as address:
        yield address


def _announce(descriptor: Descriptor, settings: ChainSettings, seconds: float, address: str | None) -> None:
    confirm(f"The chain is ready after {seconds:.1f} s. Synthetic data; not the official platform.")
    err.print(f"  Kafka    {descriptor.bootstrap}")
    err.print(f"  data     {settings.data_dir}")
    if settings.secure:
        err.print(f"  secured  {settings.data_dir / 'security'} has a password for every user", soft_wrap=True)
    if settings.store is not None:
        err.print(f"  stores   {settings.store}")
    if address is not None:
        err.print(f"  page     {address}")
    empty = [service for service in SERVICES if service not in settings.services]
    if empty:
        err.print(
            f"  empty    {', '.join(empty)}: for a program of yours, or for ours by hand, told by", soft_wrap=True
        )
        err.print(f"           {_joining(descriptor, empty[0])} yidi serve {empty[0]}", soft_wrap=True)
    err.print("  next     yidi submit examples/encounters/*.json")
    err.print("           yidi load --count 1000")
    err.print("           yidi audit")
    err.print("  Ctrl-C stops it; nothing accepted is lost.")


def _joining(chain: Descriptor, seat: str) -> str:
    """The variables that tell a seat of its own which chain it joins (docs/settings.md)."""
    told: dict[str, object] = {
        "KAFKA_BOOTSTRAP": chain.bootstrap,
        "PARTITIONS": chain.partitions,
        "INBOXES": ",".join(chain.inboxes),
    }
    as_whom = chain.connection_as(seat).security
    if as_whom.sasl:
        told |= {
            "KAFKA_SECURITY_PROTOCOL": as_whom.security_protocol,
            "KAFKA_CA_FILE": as_whom.ca_file,
            "KAFKA_USERNAME": as_whom.username,
            "KAFKA_PASSWORD_FILE": as_whom.password_file,
        }
    return " ".join(f"YIDI_{name}={value}" for name, value in told.items())
