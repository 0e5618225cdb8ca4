"""`yidi` as its entry point runs it, in this process: what it prints, and its exit code."""

import io
import sys
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

from yidi.cli import entrance


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    code: int
    out: str
    err: str


def run(*arguments: str, data_dir: Path | None = None) -> Done:
    """Run one command to its end; a traceback would come out of here as an exception."""
    out, err = io.StringIO(), io.StringIO()
    place = ["--data-dir", str(data_dir)] if data_dir else []
    arguments = (*arguments, *place)
    with redirect_stdout(out), redirect_stderr(err), patch.object(sys, "argv", ["yidi", *arguments]):
        try:
            entrance.run()
        except SystemExit as end:
            code = end.code
    return Done(int(code or 0), out.getvalue(), err.getvalue())
