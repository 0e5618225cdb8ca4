"""Keeps a second instance away from an embedded store; taken in the composition root."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yidi.runtime.store import StoreBusy


@contextmanager
def hold(store: Path) -> Iterator[None]:
    """Hold the store for the block; `StoreBusy` in plain words when another process does.

    The lock is the kernel's, on a file beside the store: it ends with its process, however that dies.
    """
    store.parent.mkdir(parents=True, exist_ok=True)
    beside = _beside(store)
    file = os.open(beside, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        _claim(file, store, beside)
        os.ftruncate(file, 0)
        os.write(file, str(os.getpid()).encode())
        yield
    finally:
        os.close(file)


def is_held(store: Path) -> bool:
    """Whether some process holds the store now."""
    try:
        file = os.open(_beside(store), os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False


def _beside(store: Path) -> Path:
    return store.with_name(store.name + ".lock")


def _claim(file: int, store: Path, beside: Path) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = beside.read_text() or "?"
        raise StoreBusy(
            f"The store {store} is in use by process {holder}: an embedded store serves one instance of a service. "
            "Stop that process, or give this instance a store of its own."
        ) from None
