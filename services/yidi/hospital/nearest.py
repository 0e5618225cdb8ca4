"""Unknown names, and what was probably meant."""

from collections.abc import Collection
from difflib import get_close_matches


def unknown_field(name: str, known: Collection[str]) -> tuple[str, str]:
    """What is wrong with a field's name, and what to do about it."""
    close = get_close_matches(name.lower(), sorted(known), n=1, cutoff=0.6)
    todo = f"Do you mean {close[0]}?" if close else "Remove it; docs/intake.md lists the fields."
    return "no field of this name", todo
