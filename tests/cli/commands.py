"""`yidi` as its entry point runs it, in this process: what it prints, and its exit code."""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from http.server import HTTPServer
from pathlib import Path
from threading import Thread
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


@contextmanager
def answering(server: HTTPServer) -> Iterator[None]:
    """The server answers within the block, and is closed afterwards."""
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
