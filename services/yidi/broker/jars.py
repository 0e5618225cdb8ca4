"""Kafka's jars in the cache: fetched once, checked against the pins, repaired when damaged.

A jar is fetched into a directory of its own, hashed there, and only then moved to its place by an atomic
rename; what an interrupted download leaves behind is never looked at. Once a jar's whole content was checked,
its size and modification time are noted, and later starts compare only those (a change that keeps both is not
seen). Two processes that prepare at the same time take turns.
"""

import json
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path

from yidi.broker.cache import WORKPLACE, my_turn
from yidi.broker.pins import Jar, Pins
from yidi.broker.progress import Progress, silent

STEP = "fetching Kafka"
PARALLEL_DOWNLOADS = 6
"""Latency dominates: most of the files are small."""

Stamp = tuple[int, int]


def provide_jars(home: Path, pins: Pins, progress: Progress = silent) -> list[Path]:
    """Return the genuine jars in the pinned order, fetching what is missing or damaged.

    Touches no network when all are there. Raises `KafkaJarsError` rather than return a jar that is not ours.
    """
    folder = home / "jars"
    if _doubtful(folder, pins):
        with my_turn(home):
            _repair(folder, pins, progress)
    return [folder / jar.name for jar in pins.jars]


def _repair(folder: Path, pins: Pins, progress: Progress) -> None:
    folder.mkdir(exist_ok=True)
    doubtful = _doubtful(folder, pins)
    missing = [jar for jar in doubtful if not _genuine(folder, jar)]
    if missing:
        _fetch_all(folder, missing, progress)
    _note_verified(folder, pins)


def _fetch_all(folder: Path, missing: list[Jar], progress: Progress) -> None:
    from yidi.broker.maven import fetch  # noqa: PLC0415 — its libraries take 0.2 s, needed once on a machine

    progress(STEP, 0, len(missing))
    with (
        tempfile.TemporaryDirectory(prefix=WORKPLACE, dir=folder.parent) as staging,
        ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool,
    ):
        fetched = [pool.submit(fetch, jar, Path(staging), folder / jar.name) for jar in missing]
        try:
            for done, future in enumerate(as_completed(fetched), start=1):
                future.result()
                progress(STEP, done, len(missing))
        finally:
            pool.shutdown(cancel_futures=True)  # after an error or Ctrl-C, what has not begun never does


def _genuine(folder: Path, jar: Jar) -> bool:
    path = folder / jar.name
    return path.is_file() and jar.is_genuine(path)


def _doubtful(folder: Path, pins: Pins) -> list[Jar]:
    """The jars that are not exactly as they were when last checked."""
    verified = _verified(folder)
    return [jar for jar in pins.jars if _stamp(folder / jar.name) != verified.get(jar.name, "never")]


def _stamp(path: Path) -> Stamp | None:
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns


def _verified(folder: Path) -> dict[str, Stamp | None]:
    try:
        noted: dict[str, list[int]] = json.loads((folder / "verified.json").read_bytes())
        return {name: _pair(*stamp) for name, stamp in noted.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}  # nothing noted, or nothing readable: then every jar is hashed again


def _pair(size: int, mtime_ns: int) -> Stamp:
    return size, mtime_ns


def _note_verified(folder: Path, pins: Pins) -> None:
    noted = {jar.name: _stamp(folder / jar.name) for jar in pins.jars}
    fresh = folder / "verified.json.new"
    fresh.write_text(json.dumps(noted, indent=1), encoding="utf-8")
    fresh.replace(folder / "verified.json")
