"""A record as an older (or newer) schema wrote it, turned into the record that this schema means.

Avro's rules, for the part of Avro that the contract uses: fields by name, unknown ones dropped, missing ones from their
default, unknown enum symbols to the enum's default, an int where a long is read.
"""

import copy
from typing import Any

from yidi.contract.schemas import Schema
from yidi.contract.sources import inlined, kind_of


def resolved(writer: Schema, reader: Schema, record: object) -> Any:  # noqa: ANN401 — a record of the reader
    """The record as the reader's schema sees it; ValueError when the two do not fit together for this record."""
    return _resolved(inlined(writer), inlined(reader), record)


def _resolved(writer: Any, reader: Any, value: Any) -> Any:  # noqa: ANN401 — nodes of schemas, a value
    if kind_of(writer) == "nullable":
        if value is not None:
            return _resolved(writer[1], reader, value)
        if kind_of(reader) == "nullable":
            return None
        raise ValueError("null was written where the reader needs a value")
    if kind_of(reader) == "nullable":
        return _resolved(writer, reader[1], value)
    return _resolved_plain(writer, reader, value)


def _resolved_plain(writer: Any, reader: Any, value: Any) -> Any:  # noqa: ANN401 — nodes of schemas, a value
    kind = kind_of(reader)
    if kind_of(writer) != kind and (kind_of(writer), kind) != ("int", "long"):
        raise ValueError(f"{kind_of(writer)} was written where the reader needs {kind}")
    if kind == "record":
        return _resolved_record(writer, reader, value)
    if kind == "array":
        return [_resolved(writer["items"], reader["items"], item) for item in value]
    if kind == "map":
        return {key: _resolved(writer["values"], reader["values"], item) for key, item in value.items()}
    return _resolved_symbol(reader, value) if kind == "enum" else value


def _resolved_record(writer: Schema, reader: Schema, value: dict[str, Any]) -> dict[str, Any]:
    written = {field["name"]: field["type"] for field in writer["fields"]}
    record = {}
    for field in reader["fields"]:
        name = field["name"]
        if name in written:
            record[name] = _resolved(written[name], field["type"], value[name])
        elif "default" in field:
            record[name] = copy.deepcopy(field["default"])
        else:
            raise ValueError(f"{name} was not written, and the reader has no default for it")
    return record


def _resolved_symbol(reader: Schema, symbol: str) -> str:
    if symbol in reader["symbols"]:
        return symbol
    if "default" in reader:
        return str(reader["default"])
    raise ValueError(f"{symbol} was written, which the reader's {reader['name']} does not know")
