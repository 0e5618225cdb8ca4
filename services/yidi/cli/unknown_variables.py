"""Variables that begin like ours and are none: most likely a typing error, and silence would hide it."""

import os
from collections.abc import Iterable
from difflib import get_close_matches

from yidi.chain.environment import PREFIX
from yidi.chain.variables import known_names
from yidi.cli.screen import complain


def warn_of_unknown() -> None:
    """Name them on standard error; they change nothing."""
    for words in unknown(os.environ):
        complain(words)


def unknown(names: Iterable[str]) -> list[str]:
    """One line for each variable that nobody reads."""
    known = known_names()
    odd = sorted(name for name in names if name.startswith(PREFIX) and name not in known)
    return [f"{name} is no setting and changes nothing{_perhaps(name, known)}" for name in odd]


def _perhaps(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"; did you mean {near[0]}?" if near else "; all settings are in docs/settings.md."
