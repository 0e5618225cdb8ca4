"""Whose a data directory is: one chain's, from before anything is touched; told to whoever asks while it starts."""

import contextlib
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import psutil
from pydantic import BaseModel, ValidationError

from yidi.broker.filelock import FileLock


class Starting(BaseModel, frozen=True):
    """A chain that is not announced yet: the process that starts it, and since when."""

    pid: int
    pid_created: float
    since: datetime


def lives(pid: int, created: float) -> bool:
    """Whether this very process still runs: pids are used again, start times are not."""
    try:
        return abs(psutil.Process(pid).create_time() - created) < 1
    except psutil.Error:
        return False


def starting_at(lock: Path) -> Starting | None:
    """Who is starting a chain under this lock; None when nobody is. It only reads, and is in nobody's way."""
    try:
        starting = Starting.model_validate_json(lock.read_bytes())
    except (OSError, ValidationError):
        return None
    return starting if lives(starting.pid, starting.pid_created) else None


class Claim:
    """The claim on a place, and its end. `folders` are made for a chain; left empty, they go with the claim."""

    def __init__(self, lock: Path, folders: Sequence[Path]) -> None:
        self._lock = FileLock(lock)
        self._folders = folders
        self._root_is_ours = False

    @property
    def held(self) -> bool:
        return self._lock.held

    def take(self) -> bool:
        """Claim the place and say that a chain starts there; False when somebody else has it."""
        self._root_is_ours = not self._lock.path.parent.exists()
        if not self._lock.acquire(wait_s=0):
            return False
        pid, created = os.getpid(), psutil.Process().create_time()
        self._write(Starting(pid=pid, pid_created=created, since=datetime.now(UTC)).model_dump_json())
        return True

    def announced(self) -> None:
        """It has started: from now on its descriptor tells of it."""
        self._write("")

    def give_up(self) -> None:
        """End the claim. Where nothing came of the chain, nothing stays that was not there; data is never touched."""
        self._write("")
        for folder in self._folders:
            with contextlib.suppress(OSError):  # not there, or not empty
                folder.rmdir()
        root = self._lock.path.parent
        if [*root.glob("*")] != [self._lock.path]:
            self._lock.release()
            return
        self._lock.remove()
        if self._root_is_ours:
            with contextlib.suppress(OSError):  # somebody else is there by now
                root.rmdir()

    def _write(self, text: str) -> None:
        """Into the claimed file, whatever lies at its path by now; on a full disk others miss the news, no more."""
        with contextlib.suppress(OSError):
            os.ftruncate(self._lock.fd, 0)
            os.pwrite(self._lock.fd, text.encode(), 0)
