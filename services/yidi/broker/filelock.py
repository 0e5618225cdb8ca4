"""An exclusive claim on a path, held by every process that inherits it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.05


class FileLock:
    """An advisory lock on a file that is never deleted.

    The claim belongs to the open file, not to the process: a child that inherits `fd` holds it too, so it
    ends only when the last holder is gone, however it died. Hence `release` closes and never unlocks.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._fd: int | None = None

    @property
    def fd(self) -> int:
        """The open file to hand to a child."""
        if self._fd is None:
            raise RuntimeError(f"{self.path} is not locked")
        return self._fd

    @property
    def held(self) -> bool:
        """Whether this process has the claim."""
        return self._fd is not None

    def acquire(self, *, wait_s: float) -> bool:
        """Claim the path; False if another still holds it after `wait_s` seconds."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        deadline = time.monotonic() + wait_s
        while not _claim(fd):
            if time.monotonic() >= deadline:
                os.close(fd)
                return False
            time.sleep(POLL_S)
        self._fd = fd
        return True

    def release(self) -> None:
        """Give up this process's share of the claim; harmless when there is none."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


class BorrowedLock(FileLock):
    """A claim that somebody else takes and gives up: this one only hands it to children."""

    def __init__(self, lender: FileLock) -> None:
        super().__init__(lender.path)
        self._lender = lender

    @property
    def fd(self) -> int:
        return self._lender.fd

    @property
    def held(self) -> bool:
        return self._lender.held

    def acquire(self, *, wait_s: float) -> bool:  # noqa: ARG002 — the lender waits
        return self._lender.held

    def release(self) -> None:
        """Nothing: it is the lender's."""


def _claim(fd: int) -> bool:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def exclusively(path: Path, *, wait_s: float) -> Iterator[bool]:
    """Hold the lock for the block; yields False when it was not to be had in time."""
    lock = FileLock(path)
    held = lock.acquire(wait_s=wait_s)
    try:
        yield held
    finally:
        lock.release()
