"""What a new version of a schema may change: old readers read what it writes, and it reads what old writers wrote.

allowed    a new field with a default; dropping a field that had one; a new enum symbol where the enum has a default;
           a field made nullable whose null old readers can take
refused    a field renamed, removed or added without a default; a changed type, name or order of unions;
           an enum without a default whose symbols change
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from yidi.contract import schemas
from yidi.contract.schemas import Schema
from yidi.contract.sources import inlined, kind_of


def problems(writer: Schema, reader: Schema) -> list[str]:
    """Why the reader cannot read all that the writer writes; empty when it can."""
    return list(_problems(inlined(writer), inlined(reader), str(reader["name"])))


def problems_of_versions(root: Path) -> list[str]:
    """Every problem between any two versions of one record, both ways; with the schemas as they are now."""
    found = []
    for name, now in schemas.current(root).items():
        versions = {f"{name}.{e.version}": schemas.version(root, e) for e in schemas.read_ids(root) if e.record == name}
        versions[f"{name}.avsc"] = now
        found += [
            f"{reader} cannot read {writer}: {problem}"
            for writer, written in versions.items()
            for reader, read in versions.items()
            for problem in problems(written, read)
        ]
    return found


def _problems(writer: Any, reader: Any, path: str) -> Iterator[str]:  # noqa: ANN401 — nodes of schemas
    written, read = kind_of(writer), kind_of(reader)
    if written == "nullable" and read != "nullable":
        yield f"{path}: null may be written, and the reader needs a value"
    elif read == "nullable":
        yield from _problems(writer[1] if written == "nullable" else writer, reader[1], path)
    elif written != read:
        yield from () if (written, read) == ("int", "long") else (f"{path}: {written} is written, {read} is read",)
    elif read in ("array", "map"):
        part = "items" if read == "array" else "values"
        yield from _problems(writer[part], reader[part], f"{path}.{part}")
    elif read in ("record", "enum"):
        yield from _problems_of_named(writer, reader, path)


def _problems_of_named(writer: Schema, reader: Schema, path: str) -> Iterator[str]:
    if writer["name"] != reader["name"]:
        yield f"{path}: {writer['name']} is written, {reader['name']} is read; a name never changes"
    elif kind_of(reader) == "enum":
        unknown = sorted(set(writer["symbols"]) - set(reader["symbols"]))
        if unknown and reader.get("default") not in reader["symbols"]:
            yield f"{path}: {', '.join(unknown)} may be written, which the reader does not know and has no default for"
    else:
        yield from _problems_of_fields(writer, reader, path)


def _problems_of_fields(writer: Schema, reader: Schema, path: str) -> Iterator[str]:
    written = {field["name"]: field for field in writer["fields"]}
    for field in reader["fields"]:
        name = field["name"]
        if name in written:
            yield from _problems(written[name]["type"], field["type"], f"{path}.{name}")
        elif "default" not in field:
            yield f"{path}.{name}: not written, and the reader has no default for it"
