"""The schema files and their ids: where they lie, how they are read, and what makes two of them the same.

`schemas/*.avsc` is what people edit, `schemas/versions/<Record>.<n>.avsc` is every version that ever had an id, and
`schemas/ids.json` is the append-only list of ids. They lie at the root of the repository and, in a wheel, inside the
package; nothing depends on the working directory.
"""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final, TypeAlias

Schema: TypeAlias = dict[str, Any]
"""One parsed .avsc file: an Avro record schema."""

IDS: Final = "ids.json"
VERSIONS: Final = "versions"
EXAMPLES: Final = "examples"

HEAD_OF: Final = "SettlementRequest"
HEAD_ENDS_BEFORE: Final = "categories"


class SchemaFilesError(Exception):
    """The schema files do not fit together; the text says which one and what to do."""


@dataclass(frozen=True, slots=True)
class SchemaVersion:
    """One line of ids.json: a schema that has, or had, a place on the wire. Never changed, never moved."""

    id: int
    record: str
    version: int
    sha256: str

    @property
    def file_name(self) -> str:
        return f"{self.record}.{self.version}.avsc"


def folder() -> Path:
    """The folder of the schemas: inside the package (wheel), else beside the source root (repository)."""
    here = Path(__file__).resolve()
    for candidate in (here.parents[1] / "schemas", here.parents[3] / "schemas"):
        if candidate.is_dir():
            return candidate
    raise SchemaFilesError(f"no schemas/ beside {here.parents[1]}: the installation is damaged, install yidi again")


def read(path: Path) -> Schema:
    schema: Schema = json.loads(path.read_text(encoding="utf-8"))
    return schema


def current(root: Path) -> dict[str, Schema]:
    """The schemas that people edit, by record name, in the order of the names."""
    found = {path.stem: read(path) for path in sorted(root.glob("*.avsc"))}
    for stem, schema in found.items():
        if schema["name"] != stem:
            raise SchemaFilesError(f"{root / stem}.avsc defines {schema['name']}: name the file after the record")
    return found


def version(root: Path, entry: SchemaVersion) -> Schema:
    """The schema that an id stands for; refused when the file is not the one that got the id."""
    path = root / VERSIONS / entry.file_name
    schema = read(path)
    if fingerprint(schema) != entry.sha256:
        raise SchemaFilesError(f"{path} is not what id {entry.id} stands for: restore it, versions never change")
    return schema


def read_ids(root: Path) -> list[SchemaVersion]:
    path = root / IDS
    if not path.exists():
        return []
    return [SchemaVersion(**entry) for entry in json.loads(path.read_text(encoding="utf-8"))]


def write_ids(root: Path, entries: Iterable[SchemaVersion]) -> None:
    lines = ",\n".join("  " + json.dumps(asdict(entry)) for entry in entries)
    (root / IDS).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def latest(entries: Iterable[SchemaVersion]) -> dict[str, SchemaVersion]:
    """The newest version of each record."""
    return {entry.record: entry for entry in sorted(entries, key=lambda entry: entry.version)}


def renumbered(entries: Iterable[SchemaVersion], ids: Mapping[int, int]) -> list[SchemaVersion]:
    """The same versions under other ids: `ids` maps ours to theirs."""
    return [replace(entry, id=ids[entry.id]) for entry in entries]


def canonical(schema: object) -> str:
    """The schema without its words, keys sorted.

    Avro's own canonical form drops defaults too; we keep them, since removing one breaks readers.
    """
    return json.dumps(_without_docs(schema), ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def fingerprint(schema: object) -> str:
    """SHA-256 of the canonical form, in hex: words may improve, anything else is a new version."""
    return hashlib.sha256(canonical(schema).encode()).hexdigest()


def unfrozen(root: Path) -> list[str]:
    """Names of the records whose schema has no id yet, or has changed since it got one."""
    newest = latest(read_ids(root))
    return [
        name
        for name, schema in current(root).items()
        if name not in newest or newest[name].sha256 != fingerprint(schema)
    ]


def frozen_ids(root: Path) -> list[SchemaVersion]:
    """The ids, once it is sure that each newest one stands for the schema as it is now."""
    changed = unfrozen(root)
    if changed:
        raise SchemaFilesError(
            f"{', '.join(changed)}: the schema in {root} differs from the version that has the id."
            " Run `python -m yidi.contract.freeze`, then `python -m yidi.contract.generate`."
        )
    return read_ids(root)


def head_of(schema: Schema) -> Schema:
    """The routing head of a request: the fields before the category totals, as a schema of its own."""
    names = [field["name"] for field in schema["fields"]]
    head = schema["fields"][: names.index(HEAD_ENDS_BEFORE)]
    doc = f"Routing head of {HEAD_OF}: what is read without decoding the rest."
    return {**schema, "name": f"{HEAD_OF}Head", "doc": doc, "fields": head}


def _without_docs(node: object) -> object:
    if isinstance(node, dict):
        return {key: _without_docs(value) for key, value in node.items() if key != "doc"}
    if isinstance(node, list):
        return [_without_docs(item) for item in node]
    return node
