"""A program of the user's own in a seat of the chain, for the time of a block."""

import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from yidi.broker.errors import NotRunningError
from yidi.broker.process import GuardedProcess

STOP_S: Final = 5.0
LAST_WORDS: Final = 2_000


class ProgramEnded(AssertionError):
    """The program ended in another way than the test wanted; the text has its last words."""


class Program:
    """A child process that ends with the block, and with this process whatever ends it. Its output goes to a file."""

    def __init__(self, command: Sequence[str], output: Path, variables: Mapping[str, str], folder: Path) -> None:
        self._command, self.output, self._variables, self._folder = command, output, variables, folder
        self._process: GuardedProcess | None = None

    def __enter__(self) -> Self:
        self.output.parent.mkdir(parents=True, exist_ok=True)
        self._process = GuardedProcess(
            self._command, folder=self._folder, output=self.output, variables=self._variables
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._process
        if process is None:
            return
        early = process.exit_code
        if early is None:
            self._stop(process)
        elif early and error is None:
            raise ProgramEnded(f"{' '.join(self._command)} ended with exit code {early}.\n{self.last_words}")

    def finished(self, timeout_s: float) -> str:
        """Wait for a program that ends by itself; what it wrote. ProgramEnded when it fails or takes longer."""
        if self._process is None:
            raise RuntimeError("the program was not started")
        if not self._process.wait(timeout_s) or self._process.exit_code:
            code = self._process.exit_code
            what = f"did not end within {timeout_s:g} s" if code is None else f"ended with exit code {code}"
            raise ProgramEnded(f"{' '.join(self._command)} {what}.\n{self.last_words}")
        return self.output.read_text(encoding="utf-8")

    @property
    def last_words(self) -> str:
        """The end of what it wrote."""
        return self.output.read_bytes()[-LAST_WORDS:].decode("utf-8", "replace").strip()

    @staticmethod
    def _stop(process: GuardedProcess) -> None:
        try:
            process.send(signal.SIGTERM)
        except NotRunningError:
            return
        if not process.wait(STOP_S):
            process.kill()
