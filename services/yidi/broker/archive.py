"""Made once from the jars for quick starts: a formatted cluster's first file, and an archive of classes.

The archive is written by Kafka's own JVM while it serves a little traffic. A JVM that finds it does not fit
(another Java, other jars) ignores it, and a recording that fails costs speed only: it is noted and not
repeated. The format tool's result must be there, so its failure is an error.
"""

import asyncio
import logging
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from yidi.broker.cache import WORKPLACE, my_turn
from yidi.broker.data import CHECKPOINT, DataDirectory
from yidi.broker.errors import BrokerError, StartFailedError
from yidi.broker.java import Java
from yidi.broker.launch import Launch, await_ready
from yidi.broker.ports import LOOPBACK, pick
from yidi.broker.progress import Progress, silent
from yidi.broker.settings import server_properties

STEP = "preparing Kafka for quick starts (once)"
FORMAT_TIMEOUT_S = 60
READY_TIMEOUT_S = 60.0
WRITING_TIMEOUT_S = 180.0
"""The JVM writes the archive when it ends: about six seconds on two cores."""
ANY_ID = "AAAAAAAAAAAAAAAAAAAAAQ"
QUIET = ("-Xlog:disable", "-Xlog:all=error:stderr")

_log = logging.getLogger(__name__)


def provide_checkpoint(home: Path, java: Java, jars: Sequence[Path]) -> bytes:
    """The file with which Kafka's own format tool begins a cluster; it holds features only, no ids."""
    kept = home / "formatted.checkpoint"
    if not kept.exists():
        with my_turn(home), _workplace(home) as folder:
            _format(folder, java, jars).replace(kept)
    return kept.read_bytes()


def _format(folder: Path, java: Java, jars: Sequence[Path]) -> Path:
    properties = folder / "server.properties"
    properties.write_text(server_properties("kafka", 1, 2, {}), encoding="ascii")
    tool = ["kafka.tools.StorageTool", "format", "-t", ANY_ID, "-c", properties.name]
    command = [str(java.path), "-XX:TieredStopAtLevel=1", "-cp", ":".join(map(str, jars)), *tool]
    try:
        run = subprocess.run(  # noqa: S603 — a Java the user trusts, on checked jars
            command, cwd=folder, capture_output=True, text=True, timeout=FORMAT_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StartFailedError(f"Kafka's format tool did not run with {java.path}: {error}") from error
    if run.returncode:
        raise StartFailedError(f"Kafka's format tool failed with {java.path}:\n{run.stdout}{run.stderr}")
    return folder / "kafka" / CHECKPOINT


def provide_archive(
    home: Path, java: Java, jars: Sequence[Path], checkpoint: bytes, progress: Progress = silent
) -> list[str]:
    """JVM options that use the archive for this Java, recorded first if there is none; empty if there cannot be."""
    archive = home / f"{java.key}.archive"
    failed = archive.with_suffix(".failed")
    if not archive.exists() and not failed.exists():
        with my_turn(home):
            if not archive.exists():
                progress(STEP, 0, 1)
                _record_or_note(java, jars, checkpoint, archive)
                progress(STEP, 1, 1)
    return _using(java, archive) if archive.exists() else []


def _record_or_note(java: Java, jars: Sequence[Path], checkpoint: bytes, archive: Path) -> None:
    try:
        _record(java, jars, checkpoint, archive)
    except (BrokerError, OSError) as error:
        _log.warning("Kafka will start more slowly: no class archive could be recorded (%s)", error)
        archive.with_suffix(".failed").write_text(str(error), encoding="utf-8")


def _record(java: Java, jars: Sequence[Path], checkpoint: bytes, archive: Path) -> None:
    with _workplace(archive.parent) as folder:
        data = DataDirectory(folder / "data")
        data.claim()
        try:
            data.settle_in("0", checkpoint)
            port = pick()
            made = folder / "archive"
            launch = Launch(java, jars, data, port, pick(avoid=frozenset({port})))
            _run_once(replace(launch, archive_options=_recording(java, made)))
        finally:
            data.lock.release()
        if not made.exists():
            raise StartFailedError("the JVM wrote no archive")
        made.replace(archive)


def _run_once(launch: Launch) -> None:
    process = launch.spawn()
    try:
        await_ready(process, launch, timeout_s=READY_TIMEOUT_S)
        _traffic(f"{LOOPBACK}:{launch.port}")
        process.send(signal.SIGTERM)
        if not process.wait(WRITING_TIMEOUT_S):
            raise StartFailedError(f"the archive was not written within {WRITING_TIMEOUT_S:.0f} s")
    finally:
        process.kill()


def _traffic(bootstrap: str) -> None:
    """In a thread of its own: the caller may be inside a running event loop."""
    from yidi.broker.training import serve_a_little  # noqa: PLC0415 — a Kafka client, needed once on a machine

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, serve_a_little(bootstrap)).result()


def _recording(java: Java, archive: Path) -> list[str]:
    option = "AOTCacheOutput" if java.has_aot_cache else "ArchiveClassesAtExit"
    return [*QUIET, f"-XX:{option}={archive}"]


def _using(java: Java, archive: Path) -> list[str]:
    option = "AOTCache" if java.has_aot_cache else "SharedArchiveFile"
    return [*QUIET, f"-XX:{option}={archive}"]


@contextmanager
def _workplace(home: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix=WORKPLACE, dir=home) as folder:
        yield Path(folder)
