"""`yidi up` as a user starts it: a process of its own, with everything that it started."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

import psutil

from yidi.chain.place import Descriptor, Place

READY_S_MAX = 300
STOP_S_MAX = 120
ENDED_S_MAX = 240
PERSONS = "150"
PATIENCE_S = "120"
WAITING = frozenset({"submit", "query", "reverse", "replay", "file", "load"})
"""Commands that wait for an answer."""


class UpProcess:
    """One run of `yidi up`. Its words go to a file; `stop` returns the exit code."""

    def __init__(self, data_dir: Path, *options: str) -> None:
        self.place = Place(data_dir)
        self.words_file = data_dir.with_suffix(".words")
        self._options = options
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def started(self) -> bool:
        return self._process is not None

    def start(self, *more: str) -> Self:
        arguments = ["up", "--data-dir", str(self.place.data_dir), "--persons", PERSONS, *self._options, *more]
        with self.words_file.open("ab") as words:
            self._process = subprocess.Popen(  # noqa: S603 — our own program
                [sys.executable, "-m", "yidi.cli.main", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=words,
                stderr=words,
                start_new_session=True,
                env={**os.environ, "NO_COLOR": "1"},
            )
        return self

    def ready(self) -> Descriptor:
        """Wait until it announces the chain."""
        for _ in range(READY_S_MAX * 10):
            descriptor = self.place.read()
            if descriptor is not None and descriptor.pid == self.pid:
                return descriptor
            if self._running.poll() is not None:
                raise AssertionError(f"yidi up ended with {self._running.returncode}:\n{self.words}")
            time.sleep(0.1)
        raise AssertionError(f"yidi up was not ready in time:\n{self.words}")

    @property
    def words(self) -> str:
        return self.words_file.read_text(encoding="utf-8")

    @property
    def pid(self) -> int:
        return self._running.pid

    def service(self, name: str) -> psutil.Process:
        """The process that fills that seat now."""
        for process in _below(psutil.Process(self.pid)):
            command = _command(process)
            if "yidi.chain.process" in command and name in command:
                return process
        raise LookupError(f"no process of {name}")

    def broker(self) -> psutil.Process:
        """The JVM."""
        family = _below(psutil.Process(self.pid))
        return next(process for process in family if "kafka.Kafka" in _command(process))

    def family(self) -> list[psutil.Process]:
        """Itself and everything below it."""
        own = psutil.Process(self.pid)
        return [own, *_below(own)]

    def send(self, number: signal.Signals) -> None:
        self._running.send_signal(number)

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Signal it and wait for its end; the exit code."""
        if self._running.poll() is None:
            self.send(number)
        return self._running.wait(STOP_S_MAX)

    @property
    def _running(self) -> subprocess.Popen[bytes]:
        assert self._process is not None, "not started"
        return self._process


def freeze(process: psutil.Process) -> None:
    """SIGSTOP, and wait until it stands still: a signal sent is not yet one obeyed."""
    process.suspend()
    while (status := process.status()) != psutil.STATUS_STOPPED:
        assert status != psutil.STATUS_ZOMBIE, f"{process} has ended"
        time.sleep(0.001)


def _below(own: psutil.Process) -> list[psutil.Process]:
    """Everything that it started; looked for anew when one ends meanwhile, for psutil then gives up the walk."""
    while True:
        try:
            return own.children(recursive=True)
        except psutil.NoSuchProcess:
            assert own.is_running(), f"{own} has ended"


def _command(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def all_gone(processes: list[psutil.Process], seconds: float) -> list[psutil.Process]:
    """Which of the processes still run after that time at most."""
    _, alive = psutil.wait_procs(processes, timeout=seconds)
    return [process for process in alive if _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:  # it ended between the two questions
        return False


@contextmanager
def begun(*arguments: str, data_dir: Path) -> Iterator[subprocess.Popen[str]]:
    """One `yidi` command while it runs, its words in pipes; ended with the block at the latest."""
    with subprocess.Popen(  # noqa: S603 — our own program
        [sys.executable, "-m", "yidi.cli.main", *arguments, "--data-dir", str(data_dir)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "NO_COLOR": "1"},
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def command(*arguments: str, data_dir: Path | None = None) -> subprocess.CompletedProcess[str]:
    """One `yidi` command to its end; where it waits for an answer, with more patience than people have."""
    place = ["--data-dir", str(data_dir)] if data_dir else []
    if arguments[0] in WAITING and "--timeout" not in arguments:
        place += ["--timeout", PATIENCE_S]
    return subprocess.run(  # noqa: S603 — our own program
        [sys.executable, "-m", "yidi.cli.main", *arguments, *place],
        capture_output=True,
        text=True,
        timeout=ENDED_S_MAX,
        check=False,
        env={**os.environ, "NO_COLOR": "1"},
    )
