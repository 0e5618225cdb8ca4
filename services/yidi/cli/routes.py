"""REGION=INBOX as the command line has it: which seats are programs of the user's own."""

from collections.abc import Sequence
from typing import Annotated

import typer

from yidi.chain.foreign import Foreign
from yidi.world.regions import pooling_areas

ForeignAgency = Annotated[
    list[str] | None, typer.Option("--agency", metavar="REGION=INBOX", help="A region's agency is your own; repeat.")
]
ForeignHospital = Annotated[
    list[str] | None, typer.Option("--hospital", metavar="REGION=INBOX", help="Its hospitals are your own; repeat.")
]


def foreign_seats(agencies: Sequence[str] | None, hospitals: Sequence[str] | None) -> Foreign:
    """What the two options say together; BadParameter for what is no pair, or no pooling area."""
    return Foreign(agencies=_routes(agencies, "--agency"), hospitals=_routes(hospitals, "--hospital"))


def _routes(pairs: Sequence[str] | None, option: str) -> dict[str, str]:
    found = {}
    for pair in pairs or ():
        region, _, inbox = pair.partition("=")
        if not inbox:
            raise typer.BadParameter(f"{pair!r} is not REGION=INBOX, such as 330100=hangzhou", param_hint=option)
        if region not in pooling_areas():
            raise typer.BadParameter(f"{region} is no pooling area; name one such as 330100", param_hint=option)
        found[region] = inbox
    return found
