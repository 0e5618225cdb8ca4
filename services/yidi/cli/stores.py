"""The options that say where services keep their state, and how many instances share it."""

import os
from collections.abc import Sequence
from typing import Annotated, Final

import typer

from yidi.chain.seats import counted
from yidi.runtime.stores import is_shared, without_password

VARIABLE: Final = "YIDI_STORE"

Store = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help="Keep every service's state in PostgreSQL: postgresql://USER@HOST:PORT/DATABASE. "
        f"Else what {VARIABLE} says, else files in the data directory.",
    ),
]
Instances = Annotated[
    list[str] | None,
    typer.Option(
        metavar="SERVICE=N", help="Several instances of a service, such as agency=3; repeat. Needs PostgreSQL."
    ),
]


def shared_store(
    named: str | None, instances: Sequence[str], services: Sequence[str]
) -> tuple[str | None, dict[str, int]]:
    """The store on PostgreSQL that is asked for, and how many instances of which service; BadParameter in words.

    A password is taken from YIDI_STORE and handed to child processes as PGPASSWORD. On a command line everybody can
    read it.
    """
    store = _address(named)
    try:
        several = counted(instances, services)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--instances") from error
    if store is None and max(several.values(), default=1) > 1:
        words = "several instances need a store that they share: name a PostgreSQL with --store postgresql://…"
        raise typer.BadParameter(words, param_hint="--instances")
    return store, several


def _address(named: str | None) -> str | None:
    store, password = without_password(named or os.environ.get(VARIABLE, ""))
    if not store:
        return None
    if not is_shared(store):
        words = "is no postgresql:// URL. SQLite files need no name here: they lie in the data directory"
        raise typer.BadParameter(f"{store} {words}", param_hint="--store")
    if named and password is not None:
        words = f"a password does not belong on a command line. Set PGPASSWORD or PGPASSFILE, or {VARIABLE}"
        raise typer.BadParameter(words, param_hint="--store")
    if password is not None:
        os.environ["PGPASSWORD"] = password
    return store
