"""Where a record does not fit its schema, in words: asked only after an encoder has refused it."""

from collections.abc import Iterator
from typing import Any, Final

from yidi.contract.schemas import Schema
from yidi.contract.sources import inlined, kind_of

_BOUNDS: Final = {"int": 1 << 31, "long": 1 << 63}
_CLASSES: Final[dict[str, type]] = {
    "int": int,
    "long": int,
    "boolean": bool,
    "bytes": bytes,
    "array": list,
    "map": dict,
    "record": dict,
}


def first_misfit(schema: Schema, record: object) -> str:
    """The first field that does not fit, as `path: what is wrong`. Says so when all fields fit."""
    return next(_misfits(inlined(schema), record, str(schema["name"])), f"{schema['name']}: every field fits")


def _misfits(node: Any, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 — a node of a schema, a value
    kind = kind_of(node)
    if kind == "nullable":
        if value is not None:
            yield from _misfits(node[1], value, path)
    elif kind == "enum":
        if not isinstance(value, str) or value not in node["symbols"]:
            yield f"{path}: {_shown(value)}, none of {', '.join(node['symbols'])}"
    elif kind == "string":
        yield from _string_misfits(value, path)
    elif type(value) is not _CLASSES[kind]:
        yield f"{path}: {_shown(value)}, not {kind}"
    elif isinstance(value, int) and kind in _BOUNDS and not -_BOUNDS[kind] <= value < _BOUNDS[kind]:
        yield f"{path}: {value} does not fit into an Avro {kind}"
    else:
        yield from _inner_misfits(node, value, path)


def _inner_misfits(node: Any, value: Any, path: str) -> Iterator[str]:  # noqa: ANN401 — a node of a schema, a value
    kind = kind_of(node)
    if kind == "array":
        for index, item in enumerate(value):
            yield from _misfits(node["items"], item, f"{path}[{index}]")
    elif kind == "map":
        for key, item in value.items():
            yield from _string_misfits(key, f"{path} key")
            yield from _misfits(node["values"], item, f"{path}[{key!a}]")
    elif kind == "record":
        yield from _record_misfits(node, value, path)


def _record_misfits(node: Schema, value: dict[str, Any], path: str) -> Iterator[str]:
    names = [field["name"] for field in node["fields"]]
    yield from (f"{path}.{name}: missing" for name in names if name not in value)
    yield from (f"{path}.{name}: the schema has no such field" for name in value if name not in names)
    for field in node["fields"]:
        yield from _misfits(field["type"], value[field["name"]], f"{path}.{field['name']}")


def _string_misfits(value: object, path: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{path}: {_shown(value)}, not string"
    elif any("\ud800" <= char <= "\udfff" for char in value):
        yield f"{path}: the text holds half a character (a lone surrogate) and has no UTF-8"


def _shown(value: object) -> str:
    """A number as it is; of everything else the type only: a text may be somebody's name."""
    shown = f" {value}" if isinstance(value, int | float) else ""
    return f"{type(value).__name__}{shown}"
