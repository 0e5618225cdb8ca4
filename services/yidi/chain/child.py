"""One service as a child process: started with its settings, ready when it says so, gone when its parent is.

The child's standard input is a pipe that the parent holds open: its end of file tells the child that the parent is
gone, whatever killed it. The child's standard output carries one line, `ready`; its logs go to a file.
"""

import asyncio
import contextlib
import os
import signal
import sys
from pathlib import Path
from typing import Final

PROGRAM: Final = "yidi.chain.process"
READY_LINE: Final = b"ready\n"
STOP_TIMEOUT_S: Final = 10
"""A service that is asked to stop finishes its batch; one that takes longer is killed, which loses nothing."""
LOG_TAIL_BYTES: Final = 1_500


class Child:
    """One run of one service process; `program` is a module that takes the service's name and settings."""

    def __init__(self, service: str, settings_json: str, log: Path, program: str = PROGRAM) -> None:
        self.service = service
        self.log = log
        self._program = program
        self._settings_json = settings_json
        self._process: asyncio.subprocess.Process | None = None

    @property
    def pid(self) -> int:
        """Process id; only after `start`."""
        return self._running.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return self._running.returncode

    async def start(self) -> None:
        """Start the process; it is not ready yet."""
        with self.log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                self._program,
                self.service,
                self._settings_json,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                start_new_session=True,  # Ctrl-C in the terminal is the supervisor's: it stops services in order
                env={**os.environ, "PYTHONUNBUFFERED": "1"},
            )

    async def ready(self, timeout_s: float) -> bool:
        """Wait until it has read its reference data and works; False when it ended, or the time is over."""
        stdout = self._running.stdout
        if stdout is None:
            return False
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(stdout.readline(), timeout_s) == READY_LINE
        return False

    async def ended(self) -> int:
        """Wait until it has ended."""
        return await self._running.wait()

    async def stop(self) -> None:
        """Ask it to stop, wait, and kill it if it does not."""
        if self._process is None or self._process.returncode is not None:
            return
        self.signal(signal.SIGCONT)
        self.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.wait(), STOP_TIMEOUT_S)
        except TimeoutError:
            self.signal(signal.SIGKILL)
            await self._process.wait()

    def signal(self, number: int) -> None:
        """Send a signal; a process that has ended already is no error."""
        with contextlib.suppress(ProcessLookupError):
            self._running.send_signal(number)

    def last_words(self) -> str:
        """The end of its log, for the message that says why it did not start."""
        try:
            return self.log.read_bytes()[-LOG_TAIL_BYTES:].decode("utf-8", "replace").strip()
        except FileNotFoundError:
            return ""

    @property
    def _running(self) -> asyncio.subprocess.Process:
        if self._process is None:
            raise RuntimeError(f"{self.service} was not started")
        return self._process
