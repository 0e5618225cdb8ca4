"""Where what can be fetched or made again is kept between runs."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yidi.broker.errors import KafkaJarsError
from yidi.broker.filelock import exclusively
from yidi.broker.pins import Pins

PREPARATION_WAIT_S = 300.0
"""How long one process waits for another that is filling the same cache."""
WORKPLACE = "making-"
"""Begins the name of a directory for half-made things; only `my_turn` may find and remove those of the dead."""


def cache_root() -> Path:
    """`YIDI_CACHE`, else `$XDG_CACHE_HOME/yidi`, else `~/.cache/yidi`."""
    if chosen := os.environ.get("YIDI_CACHE"):
        return Path(chosen).expanduser().absolute()
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "yidi"


def kafka_home(root: Path, pins: Pins) -> Path:
    """The directory of one exact set of jars and of what was made from them."""
    return root / f"kafka-{pins.kafka_version}-{pins.digest}"


@contextmanager
def my_turn(home: Path, *, wait_s: float = PREPARATION_WAIT_S) -> Iterator[None]:
    """Let one process at a time add to the cache; what a killed one left half made is removed.

    Raises `KafkaJarsError` when another is not done in time. Not to be nested.
    """
    home.mkdir(parents=True, exist_ok=True)
    with exclusively(home / "preparing.lock", wait_s=wait_s) as mine:
        if not mine:
            raise KafkaJarsError(
                f"Another process has been filling {home} for more than {wait_s:.0f} s. "
                "Wait until it is done, or end it, and start again."
            )
        for left in home.glob(f"{WORKPLACE}*"):
            shutil.rmtree(left, ignore_errors=True)
        yield
