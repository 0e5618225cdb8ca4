"""An exclusive claim on a path, held by every process that inherits it."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_S = 0.05


class FileLock:
    """An advisory lock on a file, which stays when the claim ends unless its holder removes it.

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
        deadline = time.monotonic() + wait_s
        while (fd := self._claimed()) is None:
            if time.monotonic() >= deadline:
                return False
            time.sleep(POLL_S)
        self._fd = fd
        return True

    def _claimed(self) -> int | None:
        """The open file if it could be claimed and still is the one of that name: a holder may just have removed it."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
        if _claim(fd) and _is_at(fd, self.path):
            return fd
        os.close(fd)
        return None

    def release(self) -> None:
        """Give up this process's share of the claim; harmless when there is none."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None

    def remove(self) -> None:
        """Give the claim up and leave no file; only for a claim that no child has inherited."""
        if self.held:
            self.path.unlink(missing_ok=True)
        self.release()


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


def _is_at(fd: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(fd), path.stat())
    except FileNotFoundError:
        return False


@contextmanager
def exclusively(path: Path, *, wait_s: float) -> Iterator[bool]:
    """Hold the lock for the block; yields False when it was not to be had in time."""
    lock = FileLock(path)
    held = lock.acquire(wait_s=wait_s)
    try:
        yield held
    finally:
        lock.release()
