"""What commands print with: results to standard output, everything else to standard error."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.text import Text

from yidi.chain.errors import ChainError

WIDTH_WITHOUT_TERMINAL: Final = 120
"""A pipe has no width of its own; 80 would break most tables."""

out: Final = Console(markup=False, highlight=False, width=None if sys.stdout.isatty() else WIDTH_WITHOUT_TERMINAL)
err: Final = Console(markup=False, highlight=False, stderr=True)
"""No markup: what is printed comes from bills, files and other programs, and may hold brackets of its own."""


def complain(error: Exception | str) -> None:
    """Say what went wrong and what to do, on standard error."""
    if isinstance(error, ChainError):
        err.print(marked("✗", "red", error.what), soft_wrap=True)
        err.print(f"  → {error.todo}", soft_wrap=True)
    else:
        err.print(marked("✗", "red", str(error)), soft_wrap=True)


def say(words: str) -> None:
    """Narrate a step on standard error, so that standard output stays for results."""
    err.print(marked("·", "dim", words), soft_wrap=True)


def confirm(words: str) -> None:
    """Say on standard error that something is there or done."""
    err.print(marked("✓", "green", words), soft_wrap=True)


def marked(mark: str, style: str, words: str) -> Text:
    """Words after a coloured mark."""
    return Text.assemble((mark, style), " ", words)


def print_json(value: Mapping[str, Any] | Sequence[Any]) -> None:
    """One JSON document on standard output, Chinese unescaped."""
    out.print(json.dumps(value, ensure_ascii=False, indent=2, default=str), soft_wrap=True)


def print_json_line(value: Mapping[str, Any]) -> None:
    """One line of JSON lines on standard output."""
    out.print(json.dumps(value, ensure_ascii=False, default=str), soft_wrap=True)


class Bars:
    """Told how far a long step is; steps come and go by name."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: str, done: int, total: int) -> None:
        if step not in self._tasks:
            self._tasks[step] = self._progress.add_task(step, total=total)
        self._progress.update(self._tasks[step], completed=done, total=total)

    def close(self) -> None:
        """Take the bars off the screen; what comes later is not shown."""
        self._progress.stop()


@contextmanager
def progress_bars() -> Iterator[Bars]:
    """Bars on standard error that appear with their first news and vanish at the end."""
    columns = (
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        yield Bars(progress)
