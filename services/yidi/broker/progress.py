"""How far a long preparation is, told to whoever shows it."""

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""`progress(step, done, total)`: called from any thread, never concurrently; `done == total` ends a step."""


def silent(_step: str, _done: int, _total: int) -> None:
    """Tell nobody."""
