"""What somebody may have meant by a name that there is not."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

GUESSES_MAX: Final = 3
ALIKE: Final = 0.6
"""From here on a name is taken for a misspelt one."""


def guess(name: str, known: Iterable[str]) -> str:
    """`; did you mean A or B?`, or a full stop where no name is near."""
    names = {one.upper(): one for one in known}
    near = [names[one] for one in get_close_matches(name.upper(), names, n=GUESSES_MAX, cutoff=ALIKE)]
    return f"; did you mean {' or '.join(near)}?" if near else "."
