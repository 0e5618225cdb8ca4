"""Days on the command line."""

from datetime import date
from typing import Final

import typer

WRITTEN: Final = "YYYY-MM-DD"


def day_of(text: str) -> date:
    """A day as people write it here; BadParameter says how."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise typer.BadParameter(
            f"{text!r} is no day of the calendar. Write it as {WRITTEN}, such as 2026-11-01."
        ) from None
