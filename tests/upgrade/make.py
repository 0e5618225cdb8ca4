"""Keeps what a release writes, for those after it: `python -m tests.upgrade.make`, once, as a release's last act.

Runs a small chain (one partition, the example persons only), submits the example bills, mends and replays one of those
that failed, stops, and packs the whole data directory into `tests/upgrade/VERSION.tar.xz`: the stores of all services
and of the desk, Kafka's own data, what is remembered beside them, and what was answered. All of it is synthetic. The
archive of a release is never made again or changed: what is out there cannot be changed either.
"""

import asyncio
import json
import sys
import tarfile
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from tests.e2e.up_process import UpProcess, command
from yidi import __version__
from yidi.chain.place import Descriptor
from yidi.contract.topics import FOREVER_MS, plan
from yidi.runtime.admin import ensure_topics

HERE: Final = Path(__file__).parent
BILLS: Final = sorted((HERE.parents[1] / "examples" / "encounters").glob("*.json"))
MENDED: Final = "NOT_FILED"
OPTIONS: Final = ("--persons", "0", "--partitions", "1", "--no-console")
EXPECTED: Final = "expected.json"
LEFT_OUT: Final = frozenset({"logs", "chain.lock"})


def main() -> int:
    """Entry point."""
    archive = HERE / f"{__version__}.tar.xz"
    if archive.exists():
        sys.stderr.write(f"{archive} exists: a release writes its files once.\n")
        return 2
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "chain"
        up = UpProcess(place, *OPTIONS).start()
        try:
            asyncio.run(_keep_for_ever(up.ready()))
            _answers(place)
            _mend(place)
            expected = _answers(place)
        finally:
            up.stop()
        (place / EXPECTED).write_text(json.dumps(expected, indent=1), encoding="utf-8")
        _pack(place, archive)
    sys.stderr.write(f"{archive}: {archive.stat().st_size} bytes, {len(expected)} answers\n")
    return 0


async def _keep_for_ever(chain: Descriptor) -> None:
    """Topics forget by the clock; these must be there whenever the archive is opened."""
    ever = [replace(topic, retention_ms=FOREVER_MS) for topic in plan(chain.inboxes, chain.partitions)]
    await ensure_topics(chain.connection, ever)


def _answers(place: Path) -> dict[str, Any]:
    """What is answered to the example bills, by their id."""
    run = command("submit", "--json", *map(str, BILLS), data_dir=place)
    return {answer["msgid"]: answer["content"] for answer in map(json.loads, run.stdout.splitlines())}


def _mend(place: Path) -> None:
    """One bill that was not filed, mended and replayed by the desk: its rows, and its chain of actions."""
    (error,) = _json("errors", "list", f"code:{MENDED}", "--json", place=place)["cases"]
    _json("errors", "mend", "filing", error["error_id"], "--reason", "made up", "--json", place=place)
    planned = _json("errors", "replay", error["error_id"], "--json", place=place)
    _json("errors", "replay", "--execute", planned["plan_id"], "--json", place=place)


def _json(*arguments: str, place: Path) -> Any:
    run = command(*arguments, data_dir=place)
    if run.returncode:
        raise RuntimeError(f"yidi {' '.join(arguments)} ended with {run.returncode}:\n{run.stdout}{run.stderr}")
    return json.loads(run.stdout)


def _pack(place: Path, archive: Path) -> None:
    with tarfile.open(archive, "w:xz") as packed:
        for part in sorted(place.iterdir()):
            if part.name not in LEFT_OUT:
                packed.add(part, part.name, filter=_nobodys)


def _nobodys(entry: tarfile.TarInfo) -> tarfile.TarInfo | None:
    """Whose files these were is nobody's business, and the broker's own logs help nobody."""
    if "/logs/" in entry.name or entry.name.endswith("/logs"):
        return None
    return entry.replace(uid=0, gid=0, uname="", gname="", deep=False)


if __name__ == "__main__":
    sys.exit(main())
