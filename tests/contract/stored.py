"""The stored examples of schemas/examples, as records. Bytes are written as {"hex": "…"}: JSON has no bytes."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from yidi.contract import schemas


@dataclass(frozen=True)
class StoredExample:
    """`<Record>.<version>.<what it shows>.json`."""

    path: Path

    @property
    def record(self) -> str:
        return self.path.name.split(".")[0]

    @property
    def version(self) -> int:
        return int(self.path.name.split(".")[1])

    def load(self) -> dict[str, Any]:
        loaded: dict[str, Any] = json.loads(self.path.read_text(encoding="utf-8"), object_hook=_with_bytes)
        return loaded


def _with_bytes(found: dict[str, Any]) -> Any:
    return bytes.fromhex(found["hex"]) if set(found) == {"hex"} else found


def stored_examples() -> list[StoredExample]:
    paths = sorted((schemas.folder() / schemas.EXAMPLES).glob("*.json"))
    return [StoredExample(path) for path in paths]


def example(record: str) -> Any:
    """The first stored example of a record's newest version."""
    newest = schemas.latest(schemas.read_ids(schemas.folder()))[record].version
    return next(e for e in stored_examples() if e.record == record and e.version == newest).load()
