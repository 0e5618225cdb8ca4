"""Putting a back-up back, or refusing to in words.

`whole` takes stores and log back to one moment together: what came after it is forgotten everywhere, and nothing
contradicts itself. `stores` goes with the log as it is now, which is safe only while a service has published nothing
since: else it would decide again what others have read already. Nothing is deleted: what was there is moved aside.
"""

import shutil
import sqlite3
from collections.abc import Callable, Collection, Iterable
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from yidi.broker import EmbeddedBroker, EmbeddedCluster
from yidi.broker.data import DataDirectory
from yidi.chain.backup import ASIDE, at_rest
from yidi.chain.manifest import MANIFEST, BackupRefused, Manifest, WrongFolder, read
from yidi.chain.place import Place
from yidi.chain.published import DESK, said_since
from yidi.contract.topics import plan
from yidi.desk.tables import FORMAT as DESK_FORMAT
from yidi.runtime.admin import identify
from yidi.runtime.connection import Connection
from yidi.runtime.sqlite_format import FORMAT
from yidi.runtime.store import LogIdentity, StoreMismatch, bound_to

AT_ONCE_MAX: Final = 1_000
"""Restores of one place within one second."""

Say = Callable[[str], None]


async def restore(
    place: Place, source: Path, services: Collection[str], connection: Connection | None, say: Say
) -> Manifest:
    """Put it back: everything, or the stores of these services (all of them when none is named).

    `connection` is another Kafka than the embedded one. Raises `BackupRefused`, `ChainBusy`; nothing was changed then.
    """
    manifest = read(source)
    for name in manifest.files:
        if name.startswith("stores/") and name.endswith(".sqlite"):
            _known_format(source / name)
    if manifest.kind == "whole":
        _restore_whole(place, source, manifest, services, say)
    else:
        wanted = sorted(services or manifest.published)
        aside = await _restore_stores(place, source, manifest, wanted, connection)
        moment = f"{manifest.made_at:%Y-%m-%d %H:%M:%S} UTC"
        say(f"{', '.join(wanted)}: as of {moment}{_where(aside)}")
    return manifest


def _restore_whole(place: Place, source: Path, manifest: Manifest, services: Collection[str], say: Say) -> None:
    if services:
        raise WrongFolder("One store out of a whole back-up does not fit to today's log.", "Leave out --service.")
    place.data_dir.mkdir(parents=True, exist_ok=True)
    memory = DataDirectory(place.broker).remembered()
    if memory is not None and memory.cluster_id != manifest.cluster:
        raise BackupRefused(
            f"{place.data_dir} holds another chain: Kafka cluster {memory.cluster_id}, not {manifest.cluster}.",
            "Name another place with --data-dir.",
        )
    with at_rest(place):
        parts = [part for part in source.iterdir() if part.name != MANIFEST]
        aside = _moved_aside(place, [place.data_dir / part.name for part in parts])
        for part in parts:
            _put(part, place.data_dir / part.name)
    say(f"stores and log are as of {manifest.made_at:%Y-%m-%d %H:%M:%S} UTC{_where(aside)}")
    say("what came after that is forgotten here: programs of your own that read it must be taken back, too")


async def _restore_stores(
    place: Place,
    source: Path,
    manifest: Manifest,
    wanted: Collection[str],
    connection: Connection | None,
) -> Path | None:
    if unknown := [service for service in wanted if service not in manifest.published]:
        have = ", ".join(manifest.published)
        raise WrongFolder(f"The back-up has no store of {', '.join(unknown)}.", f"It has {have}.")
    with at_rest(place):
        """Not while it runs."""
    own = None if connection is not None else _own_kafka(place, manifest)
    try:
        if own is not None:
            await own.astart()
            connection = own.connection
        assert connection is not None  # noqa: S101 — one of the two
        await _check_log(connection, source, manifest, wanted)
    finally:
        if own is not None:
            await own.astop()
    with at_rest(place):
        aside = _moved_aside(place, [file for service in wanted for file in _files_of(place, service)])
        for service in wanted:
            _put(source / "stores" / f"{service}.sqlite", place.store(service))
    return aside


def _own_kafka(place: Place, manifest: Manifest) -> EmbeddedBroker | EmbeddedCluster:
    memory = DataDirectory(place.broker).remembered()
    if memory is None or memory.cluster_id != manifest.cluster:
        found = "none" if memory is None else f"that of cluster {memory.cluster_id}"
        raise BackupRefused(
            f"The back-up belongs to Kafka cluster {manifest.cluster}, in {place.data_dir} is {found}.",
            "Name the right --data-dir, or with --bootstrap the Kafka that the chain used.",
        )
    return EmbeddedBroker(place.broker) if memory.brokers == 1 else EmbeddedCluster(place.broker, memory.brokers)


async def _check_log(connection: Connection, source: Path, manifest: Manifest, wanted: Collection[str]) -> None:
    """The same cluster, the same topics, and nothing published since."""
    identity = await identify(connection, plan(manifest.inboxes, manifest.partitions))
    for service in wanted:
        _refuse_of_another_log(source / "stores" / f"{service}.sqlite", service, manifest, identity)
    spoken = []
    for service in wanted:
        store, before = source / "stores" / f"{service}.sqlite", manifest.published[service]
        if more := await said_since(connection, store, before, manifest.inboxes, manifest.partitions):
            spoken.append(f"{service} ({more} records)")
    if spoken:
        raise BackupRefused(
            f"Since this back-up was taken, more was said by {', '.join(spoken)}. With an older store that would be "
            "decided again, maybe otherwise than others have read it already.",
            "Restore a whole back-up (stores and log of one moment), or with --service those that said nothing since.",
        )


def _refuse_of_another_log(store: Path, service: str, manifest: Manifest, identity: LogIdentity) -> None:
    unchanged = "Nothing was restored."
    if manifest.cluster != identity.cluster:
        words = f"The back-up belongs to Kafka cluster {manifest.cluster}, this one is {identity.cluster}."
        raise BackupRefused(words, unchanged)
    if service == DESK:
        return
    (text,) = _asked(store, "SELECT value FROM meta WHERE name = 'log'") or (None,)
    try:
        bound_to(text, identity, str(store))
    except StoreMismatch as error:
        raise BackupRefused(str(error), unchanged) from error


def _known_format(store: Path) -> None:
    """Refuses a store of a newer program; an older one is upgraded when its service starts."""
    table, known = ("bound", DESK_FORMAT) if store.stem == DESK else ("meta", FORMAT)
    statement = f"SELECT value FROM {table} WHERE name = 'format'"  # noqa: S608 — two names of ours
    (text,) = _asked(store, statement) or ("0",)
    if int(text) > known:
        raise BackupRefused(
            f"{store} has format {text}, this program knows up to {known}.",
            "Restore it with the version that wrote it.",
        )


def _asked(store: Path, statement: str) -> tuple[str] | None:
    with closing(sqlite3.connect(f"{store.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as database:
        row: tuple[str] | None = database.execute(statement).fetchone()
    return row


def _files_of(place: Place, service: str) -> list[Path]:
    """A store and what SQLite keeps beside it."""
    store = place.store(service)
    return [store, *(store.with_name(f"{store.name}{ending}") for ending in ("-wal", "-shm"))]


def _moved_aside(place: Place, parts: Iterable[Path]) -> Path | None:
    """Where it is now; None when there was nothing."""
    there = [part for part in parts if part.exists()]
    if not there:
        return None
    moment = f"{ASIDE}{datetime.now(UTC):%Y%m%dT%H%M%S}"
    names = (moment, *(f"{moment}-{n}" for n in range(2, AT_ONCE_MAX)))
    aside = next(free for name in names if not (free := place.data_dir / name).exists())
    aside.mkdir()
    for part in there:
        part.rename(aside / part.name)
    return aside


def _where(aside: Path | None) -> str:
    return "" if aside is None else f"; what was there is in {aside}"


def _put(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(source, target)
