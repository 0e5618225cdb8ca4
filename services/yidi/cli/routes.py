"""Reading REGION=INBOX as the command line has it."""

from collections.abc import Sequence
from typing import Annotated

import typer

from yidi.world.regions import pooling_areas

ForeignAgency = Annotated[
    list[str] | None, typer.Option("--agency", metavar="REGION=INBOX", help="A region's agency is your own; repeat.")
]
ForeignHospital = Annotated[
    list[str] | None, typer.Option("--hospital", metavar="REGION=INBOX", help="Its hospitals are your own; repeat.")
]


def routes(pairs: Sequence[str] | None, option: str) -> dict[str, str]:
    """Region → inbox; BadParameter for what is no pair, or no pooling area."""
    found = {}
    for pair in pairs or ():
        region, _, inbox = pair.partition("=")
        if not inbox:
            raise typer.BadParameter(f"{pair!r} is not REGION=INBOX, such as 330100=hangzhou", param_hint=option)
        if region not in pooling_areas():
            raise typer.BadParameter(f"{region} is no pooling area; name one such as 330100", param_hint=option)
        found[region] = inbox
    return found
