"""The clock as the runtime takes it: injected, UTC milliseconds, read once per transaction."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""UTC milliseconds. It may jump: the runtime never lets `now` go back for a partition."""


def wall_clock_ms() -> int:
    """The machine's clock; the one place where the runtime reads it."""
    return time.time_ns() // 1_000_000
