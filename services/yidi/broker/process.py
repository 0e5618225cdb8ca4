"""A child process that cannot outlive us: started through the guard, in a session of its own.

A Ctrl-C in the terminal therefore reaches us alone, and we stop the broker after the services.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import psutil

from yidi.broker.errors import NotRunningError, StartFailedError

GUARD = Path(__file__).with_name("guard.py")
LOOK_AGAIN_S: Final = 0.001


class GuardedProcess:
    """One run of a program under guard.

    `command` runs in `folder`, with `variables` beside our environment, its output goes to `output`, and it inherits
    the open file `claim`. From the constructor on, the death of our process in any way kills it.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        folder: Path,
        output: Path,
        claim: int | None = None,
        variables: Mapping[str, str] | None = None,
    ) -> None:
        control, self._lifeline = os.pipe()
        guard = [sys.executable, "-I", "-S", str(GUARD), str(control), *command]
        kept = (control,) if claim is None else (control, claim)
        try:
            with output.open("wb") as sink:
                self._guard = subprocess.Popen(  # noqa: S603 — our own guard, and a Java the user trusts
                    guard,
                    cwd=folder,
                    env=_environment({**os.environ, **(variables or {})}),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=sink,
                    pass_fds=kept,
                    start_new_session=True,
                )
        except BaseException:
            os.close(self._lifeline)
            raise
        finally:
            os.close(control)
        self.pid = self._told_pid(output)

    def _told_pid(self, output: Path) -> int:
        if self._guard.stdout is None:
            raise AssertionError("the guard was started with a pipe")
        with self._guard.stdout as told:
            line = told.readline()
        if not line.strip():
            self.kill()
            raise StartFailedError(f"The broker's guard process did not start; {output} says why.")
        return int(line)

    @property
    def exit_code(self) -> int | None:
        """None while it runs; 128 + number if a signal ended it."""
        code = self._guard.poll()
        if code is not None:
            self._let_go()
        return code

    def send(self, number: signal.Signals) -> None:
        """Send a signal; raises `NotRunningError` once the process is gone."""
        if self.exit_code is not None:
            raise NotRunningError("The broker is not running.")
        os.kill(self.pid, number)

    def freeze(self) -> None:
        """SIGSTOP, and wait until it stands still: a signal sent is not yet one obeyed, on a busy machine least of all.

        Raises `NotRunningError` once the process is gone.
        """
        self.send(signal.SIGSTOP)
        while not self._stands_still():
            time.sleep(LOOK_AGAIN_S)

    def _stands_still(self) -> bool:
        if self.exit_code is not None:
            raise NotRunningError("The broker is not running.")
        try:
            return psutil.Process(self.pid).status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return False  # its end is being told to us

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within `timeout_s` seconds."""
        try:
            self._guard.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        self._let_go()
        return True

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; harmless when it is gone already."""
        self._let_go()
        self._guard.wait()

    def _let_go(self) -> None:
        """Cut the lifeline: the guard kills what still runs."""
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1


def _environment(ours: Mapping[str, str]) -> dict[str, str]:
    """Our environment without what would change the classpath; file names are UTF-8 whatever the terminal says."""
    dropped = {"CLASSPATH", "JDK_JAVA_OPTIONS"}
    return {key: value for key, value in ours.items() if key not in dropped} | {
        "LC_ALL": "C.UTF-8",
        "MALLOC_ARENA_MAX": "2",  # glibc would keep eight arenas a core for the JVM's threads
    }
