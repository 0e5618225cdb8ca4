"""What the hospital accepts at most, each with its unit and its reason."""

from typing import Final

from yidi.contract.topics import LINES_MAX
from yidi.domain.instants import DAY_MS

__all__ = [
    "CLOCK_SKEW_MS",
    "CNT_MAX",
    "INSTANT_MIN_MS",
    "LINES_KEPT_MS",
    "LINES_MAX",
    "NAMED_IN_DETAIL_MAX",
    "PRIC_MAX",
    "TEXT_CHARS_MAX",
]

TEXT_CHARS_MAX: Final = 64
"""Longest id, code or number that is passed on, so that keys and outputs stay small. None of the field is above 50."""

CNT_MAX: Final = 10**16
"""`cnt` (16,4) scaled by 10^4: below it."""

PRIC_MAX: Final = 10**16
"""`pric` (16,6) scaled by 10^6: below it."""

CLOCK_SKEW_MS: Final = 5 * 60_000
"""A sender's clock may be this far ahead of ours before a date counts as lying in the future."""

INSTANT_MIN_MS: Final = 946_656_000_000
"""2000-01-01 in Asia/Shanghai: there was no medical insurance of this kind to settle before."""

LINES_KEPT_MS: Final = (92 + 30) * DAY_MS
"""How long a refused encounter keeps its lines: the manual claim's three months (domain §7) and a month of grace."""

NAMED_IN_DETAIL_MAX: Final = 5
"""A fault's detail names this many offenders and counts the rest."""
