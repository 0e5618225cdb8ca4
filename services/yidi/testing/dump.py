"""Everything that lies in topics, written for people: one JSON line a record, decoded."""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from yidi.chain.leg import UNREADABLE, leg_of
from yidi.domain.instants import moment_of
from yidi.runtime.decider import Record


def write_topics(folder: Path, logs: Mapping[str, Iterable[Record]]) -> None:
    """A file `<topic>.jsonl` for every topic that holds something; bytes as hex, an unreadable value whole."""
    topics = folder / "topics"
    topics.mkdir(parents=True, exist_ok=True)
    for name, records in logs.items():
        lines = [json.dumps(_line(record), ensure_ascii=False) for record in records]
        if lines:
            (topics / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(record: Record) -> dict[str, Any]:
    leg = leg_of(record)
    whole = (record.value or b"").hex() if leg.kind == UNREADABLE else _plain(dict(leg.content))
    return {
        "partition": record.partition,
        "offset": record.offset,
        "time": moment_of(record.timestamp_ms).isoformat(timespec="milliseconds"),
        "key": (record.key or b"").decode("utf-8", "backslashreplace"),
        "headers": {name: _plain(value) for name, value in record.headers},
        "kind": leg.kind,
        "value": whole,
    }


def _plain(value: Any) -> Any:  # noqa: ANN401 — any decoded Avro value
    if isinstance(value, Mapping):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value.hex() if isinstance(value, bytes) else value
