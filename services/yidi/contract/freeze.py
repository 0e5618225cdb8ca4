"""Gives every new or changed schema a version and an id: `python -m yidi.contract.freeze`, after editing an .avsc."""

import shutil
import sys
from pathlib import Path

from yidi.contract import evolution, schemas
from yidi.contract.schemas import SchemaFilesError, SchemaVersion


def freeze(root: Path) -> list[SchemaVersion]:
    """Copy each changed schema to the versions and append its id; returns what was appended.

    Nothing that exists is moved or rewritten. SchemaFilesError when a change is one that readers do not survive.
    """
    problems = evolution.problems_of_versions(root)
    if problems:
        raise SchemaFilesError("; ".join(problems))
    entries = schemas.read_ids(root)
    added: list[SchemaVersion] = []
    for name in schemas.unfrozen(root):
        added.append(_next(root, name, [*entries, *added]))
        (root / schemas.VERSIONS).mkdir(exist_ok=True)
        shutil.copyfile(root / f"{name}.avsc", root / schemas.VERSIONS / added[-1].file_name)
    if added:
        schemas.write_ids(root, [*entries, *added])
    return added


def _next(root: Path, name: str, entries: list[SchemaVersion]) -> SchemaVersion:
    known = schemas.latest(entries).get(name)
    return SchemaVersion(
        id=max((entry.id for entry in entries), default=0) + 1,
        record=name,
        version=known.version + 1 if known else 1,
        sha256=schemas.fingerprint(schemas.read(root / f"{name}.avsc")),
    )


def main() -> None:
    for entry in freeze(schemas.folder()):
        sys.stdout.write(f"{entry.record} version {entry.version} has id {entry.id}\n")


if __name__ == "__main__":
    main()
