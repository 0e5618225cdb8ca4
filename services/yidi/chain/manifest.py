"""What a back-up is: its files with their checksums, whose they are, and what the log held when they were taken."""

import hashlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ValidationError

from yidi.chain.errors import ChainError

MANIFEST: Final = "manifest.json"
FORMAT: Final = 1
READ_BYTES: Final = 1 << 20


class BackupRefused(ChainError):
    """A back-up cannot be made here, or must not be put back."""

    exit_code = 1


class WrongFolder(BackupRefused):
    """What was named cannot be meant: no back-up, or a place where none can be made."""

    exit_code = 2


class NothingThere(BackupRefused):
    """The data directory holds nothing of a chain that could be backed up."""

    exit_code = 3


class File(BaseModel, frozen=True):
    """One file of a back-up."""

    sha256: str
    bytes: int


class Manifest(BaseModel, frozen=True):
    """`manifest.json`, written last: a folder without it is no back-up."""

    format: int = FORMAT
    kind: Literal["whole", "stores"]
    """`whole`: everything of a stopped chain, Kafka's data included. `stores`: those of a running one, no log."""
    version: str
    made_at: datetime
    cluster: str
    partitions: int = 0
    inboxes: tuple[str, ...] = ()
    published: dict[str, dict[str, int]] = {}
    """Of `stores`: where the topics that a service writes ended just before its store was taken, by TOPIC/PARTITION."""
    files: dict[str, File]


def sealed(folder: Path) -> dict[str, File]:
    """Every file below the folder, with its checksum."""
    return {path.relative_to(folder).as_posix(): _file(path) for path in _files(folder)}


def read(folder: Path) -> Manifest:
    """The manifest of a back-up whose files are all there and whole. Raises `BackupRefused` in words."""
    try:
        manifest = Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        raise WrongFolder(
            f"{folder} is no back-up: it has no {MANIFEST}.", "Name a folder that `yidi backup` made."
        ) from None
    except ValidationError as error:
        raise BackupRefused(f"{folder / MANIFEST} cannot be read: it is damaged.", "Use another back-up.") from error
    if manifest.format > FORMAT:
        raise BackupRefused(
            f"{folder} was made by yidi {manifest.version}, in a newer format.",
            "Restore it with that version or a newer one.",
        )
    _check(folder, manifest)
    return manifest


def _check(folder: Path, manifest: Manifest) -> None:
    for name, file in manifest.files.items():
        path = folder / name
        if not path.is_file() or _file(path) != file:
            what = "is missing" if not path.is_file() else "is damaged: its checksum differs"
            raise BackupRefused(f"{path} {what}.", "Nothing was restored. Use another back-up.")


def _files(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != MANIFEST)


def _file(path: Path) -> File:
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while block := content.read(READ_BYTES):
            digest.update(block)
    return File(sha256=digest.hexdigest(), bytes=path.stat().st_size)
