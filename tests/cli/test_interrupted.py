"""Ctrl-C while a command only waits for the desk: it says what goes on and how to see it; the exit code is 130."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event

import pytest

from tests.cli.commands import answering
from yidi.cli.main import INTERRUPTED

PATIENCE_S = 120
PLAN, BATCH, MEND, CASE = "8a37186a49e2ea31", "ba7c0000ba7c0000", "m1a2b3c4", "2196faf6"
PROGRAM = (
    "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    "from yidi.cli import entrance; entrance.run()"
)
"""`yidi`, also where the tests run in the background, whose children ignore Ctrl-C."""


class EndlessDesk(ThreadingHTTPServer):
    """Takes every command, and is never done with any; `looked_at` once somebody waits for one."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.looked_at = Event()


class _Answer(BaseHTTPRequestHandler):
    server: EndlessDesk

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"] or 0))
        self._say({"mend": MEND})

    def do_GET(self) -> None:
        counts = {"planned": 5, "sent": 1}
        self._say({"state": "requested" if "mends" in self.path else "running", "action": "take", "counts": counts})
        self.server.looked_at.set()

    def _say(self, told: object) -> None:
        body = json.dumps(told).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def desk() -> Iterator[EndlessDesk]:
    server = EndlessDesk()
    with answering(server):
        yield server


@pytest.mark.parametrize(
    ("command", "see"),
    [
        (["replay", "--execute", PLAN], f"yidi errors plan {PLAN}"),
        (["bulk", "--execute", BATCH], "yidi errors bulk"),
        (["mend", "filing", CASE, "--timeout", "1000"], f"yidi errors mends {MEND} · yidi errors show {CASE}"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_waiting_for_the_desk(desk: EndlessDesk, tmp_path: Path, command: list[str], see: str) -> None:
    """Whoever looks away is told that the desk goes on, and where to look again."""
    told = {"URL": f"http://127.0.0.1:{desk.server_port}", "KEY": "k"}
    with subprocess.Popen(  # noqa: S603 — our own program
        [sys.executable, "-c", PROGRAM, "errors", *command, "--data-dir", str(tmp_path)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1", **{f"YIDI_DESK_{name}": value for name, value in told.items()}},
    ) as process:
        try:
            assert desk.looked_at.wait(PATIENCE_S)
            process.send_signal(signal.SIGINT)
            _, said = process.communicate(timeout=PATIENCE_S)
        finally:
            process.kill()
    assert process.returncode == INTERRUPTED, said
    assert f"goes on without you. See it: {see}" in said
    assert "Traceback" not in said
