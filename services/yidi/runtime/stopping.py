"""How a service process is asked to end: by a signal, or, for a child, by the end of the parent that would send it."""

import asyncio
import faulthandler
import os
import signal
import sys
import threading
import time
from typing import Final

ASKING: Final = (signal.SIGTERM, signal.SIGINT)
ENDED_S_MAX: Final = 8.0
"""For a process that loses nothing by being cut off; Docker and our supervisor kill after 10 s."""
INTERRUPTED: Final = 130
"""Exit code after Ctrl-C."""


class Stopping:
    """Set `event` when this process is asked to end; make it inside the running loop.

    With `ended_s_max`, a process that has not ended by itself so long after leaves as if it had been killed, but with
    its proper exit code, and with what its threads were doing on standard error.
    """

    def __init__(self, ended_s_max: float | None = None) -> None:
        self.event = asyncio.Event()
        self._ended_s_max = ended_s_max
        self.interrupted = False
        """Whether it was Ctrl-C."""
        for number in ASKING:
            asyncio.get_running_loop().add_signal_handler(number, self._asked, number)

    def with_parent(self) -> "Stopping":
        """Standard input is a pipe that the parent holds open: at its end the parent is gone, whatever killed it."""
        asyncio.get_running_loop().add_reader(sys.stdin.fileno(), self._on_stdin)
        return self

    def _asked(self, number: signal.Signals) -> None:
        self.interrupted = number is signal.SIGINT
        self._end()

    def _on_stdin(self) -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self._end()

    def _end(self) -> None:
        if self._ended_s_max is not None and not self.event.is_set():
            threading.Thread(target=self._leave, args=(self._ended_s_max,), daemon=True).start()
        self.event.set()

    def _leave(self, after_s: float) -> None:
        """Runs only while the process still does: the interpreter does not wait for this thread."""
        time.sleep(after_s)
        sys.stderr.write(f"not ended {after_s:g} s after being asked to: left at once; its threads were:\n")
        faulthandler.dump_traceback(sys.stderr)
        os._exit(INTERRUPTED if self.interrupted else 0)


def say_ready() -> None:
    """The one line that a parent waits for."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
