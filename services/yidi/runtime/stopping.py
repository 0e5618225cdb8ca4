"""How a service process is asked to end: by a signal, or, for a child, by the end of the parent that would send it."""

import asyncio
import os
import signal
import sys
from typing import Final

ASKING: Final = (signal.SIGTERM, signal.SIGINT)


class Stopping:
    """Set `event` when this process is asked to end; make it inside the running loop."""

    def __init__(self) -> None:
        self.event = asyncio.Event()
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
        self.event.set()

    def _on_stdin(self) -> None:
        if not os.read(sys.stdin.fileno(), 1024):
            asyncio.get_running_loop().remove_reader(sys.stdin.fileno())
            self.event.set()


def say_ready() -> None:
    """The one line that a parent waits for."""
    sys.stdout.write("ready\n")
    sys.stdout.flush()
