"""Back-ups: the stores of a running chain, or everything of a stopped one (docs/operations.md)."""

import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from yidi import __version__
from yidi.broker.data import DataDirectory
from yidi.broker.filelock import exclusively
from yidi.chain.errors import ChainBusy
from yidi.chain.manifest import MANIFEST, Manifest, NothingThere, WrongFolder, sealed
from yidi.chain.place import Descriptor, Place
from yidi.chain.published import ends_of
from yidi.contract.topics import plan
from yidi.runtime.admin import identify

ASIDE: Final = "before-restore-"
LEFT_OUT: Final = frozenset({"logs", "restart", "chain.json", "chain.lock", "desk.json"})
"""Of no use after a restore: words of the past, and who runs now."""

Say = Callable[[str], None]


async def back_up_stores(place: Place, chain: Descriptor, target: Path, say: Say) -> Manifest:
    """The stores of a running chain, each as of one moment. Raises `WrongFolder`, `NothingThere`."""
    stores = {path.stem: path for path in sorted(place.store("any").parent.glob("*.sqlite"))}
    if not stores:
        raise NothingThere(
            f"There is no store in {place.data_dir}.",
            "Stores on PostgreSQL are backed up by pg_dump: docs/operations.md.",
        )
    with _appearing(target) as draft:
        published = {}
        for service, path in stores.items():
            # First what was said, then the store: whatever was said until then, the store has decided.
            published[service] = await ends_of(chain.connection, service, chain.inboxes, chain.partitions)
            _copy_live(path, draft / "stores" / path.name)
            say(f"{service}: {(draft / 'stores' / path.name).stat().st_size:,} bytes")
        identity = await identify(chain.connection, plan(chain.inboxes, chain.partitions))
        manifest = Manifest(
            kind="stores",
            version=__version__,
            made_at=datetime.now(UTC),
            cluster=identity.cluster,
            partitions=chain.partitions,
            inboxes=chain.inboxes,
            published=published,
            files=sealed(draft),
        )
        return _finish(draft, manifest)


def back_up_whole(place: Place, target: Path, say: Say) -> Manifest:
    """Everything of a stopped chain: stores, Kafka's data, what is remembered.

    Raises `WrongFolder`, `NothingThere`, `ChainBusy`.
    """
    data = DataDirectory(place.broker)
    memory = data.remembered()
    if memory is None:
        raise NothingThere(
            f"There is no Kafka in {place.data_dir}: without the log a back-up of a stopped chain is worth little.",
            "Name the chain's place with --data-dir; if its Kafka is elsewhere, back the stores up while it runs.",
        )
    if target.is_relative_to(place.data_dir):
        raise WrongFolder(f"{target} lies within the chain's data.", "Name a folder elsewhere, best on another disk.")
    with at_rest(place), _appearing(target) as draft:
        for part in sorted(place.data_dir.iterdir()):
            if part.name not in LEFT_OUT and not part.name.startswith(ASIDE):
                _copy(part, draft / part.name)
                say(part.name)
        manifest = Manifest(
            kind="whole",
            version=__version__,
            made_at=datetime.now(UTC),
            cluster=memory.cluster_id,
            files=sealed(draft),
        )
        return _finish(draft, manifest)


@contextmanager
def at_rest(place: Place) -> Iterator[None]:
    """Nobody else starts the chain, or its Kafka, during the block. Raises `ChainBusy` when it runs."""
    data = DataDirectory(place.broker)
    with exclusively(place.claim, wait_s=0) as free:
        if not free:
            raise ChainBusy(f"A chain runs at {place.data_dir}.", "Stop it first, with Ctrl-C where it runs.")
        if not data.root.exists():
            yield
            return
        data.claim()
        try:
            yield
        finally:
            data.lock.release()


def _copy_live(source: Path, target: Path) -> None:
    """SQLite's own online copy: one moment of the store, whatever is written meanwhile."""
    target.parent.mkdir(exist_ok=True)
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as live,
        closing(sqlite3.connect(target)) as copy,
    ):
        live.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("logs", "*.draft"))
    else:
        shutil.copy2(source, target)


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A folder that appears under its name once it is whole, or not at all."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise WrongFolder(f"{target} exists already.", "Name a new folder for each back-up.")
    draft = target.with_name(f".{target.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    try:
        yield draft
        if target.exists():
            target.rmdir()
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _finish(draft: Path, manifest: Manifest) -> Manifest:
    (draft / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    return manifest
