"""Encoders made to measure: one straight function per record, compiled from its schema.

Strict: a missing, unknown or mistyped field, a number outside its type and a lone surrogate raise. What is raised here
only says *that* a record does not fit (`misfits` finds where), so that the good way pays for no message.

Why not fastavro's writer: its strict mode accepts 1.7 for a long and writes 1, takes True for 1 and 2^40 for an int;
with a check in front it took three to seven times as long (docs/contract.md has the figures).
"""

from collections.abc import Callable
from typing import Any, Final, TypeAlias

from yidi.contract import varints
from yidi.contract.schemas import Schema
from yidi.contract.sources import Source, inlined, kind_of

Encoder: TypeAlias = Callable[[Any], bytes]

NAMES: Final[dict[str, Any]] = {
    "LAST": varints.LAST,
    "MORE": varints.MORE,
    "written": varints.written,
    "utf8": str.encode,
}


def encoder_of(schema: Schema, prefix: bytes) -> Encoder:
    """A function from a record to `prefix` and its Avro body; it raises whatever comes when the record does not fit."""
    source = Source({**NAMES, "PREFIX": prefix})
    source.open("def encode(record):")
    source.add("out = [PREFIX]", "put = out.append")
    _put(source, inlined(schema), "record")
    source.add('return b"".join(out)')
    encoder: Encoder = source.compiled("encode")
    return encoder


def _put(source: Source, node: Any, value: str) -> None:  # noqa: ANN401 — a node of a schema
    _PUT[kind_of(node)](source, node, value)


def _put_number(source: Source, folded: str) -> None:
    """Up to four bytes (±134 million: 1.3 million yuan) in place, the rest by a function."""
    source.add(
        f"n = {folded}",
        "put(LAST[n] if n < 16384 else MORE[n & 16383] + LAST[n >> 14] if n < 268435456 else written(n))",
    )


def _must_be(source: Source, value: str, kind: str) -> None:
    source.add(f"if type({value}) is not {kind}: raise TypeError")


def _put_long(source: Source, _: object, value: str) -> None:
    _must_be(source, value, "int")
    _put_number(source, f"{value} + {value} if {value} >= 0 else -{value} - {value} - 1")


def _put_int(source: Source, _: object, value: str) -> None:
    source.add(f"if type({value}) is not int or not -2147483648 <= {value} <= 2147483647: raise TypeError")
    _put_number(source, f"{value} + {value} if {value} >= 0 else -{value} - {value} - 1")


def _put_string(source: Source, _: object, value: str) -> None:
    """`str.encode` takes subclasses of str (the domain's StrEnums) and nothing else."""
    source.add(f"text = utf8({value})")
    _put_number(source, "len(text) * 2")
    source.add("put(text)")


def _put_bytes(source: Source, _: object, value: str) -> None:
    _must_be(source, value, "bytes")
    _put_number(source, f"len({value}) * 2")
    source.add(f"put({value})")


def _put_boolean(source: Source, _: object, value: str) -> None:
    _must_be(source, value, "bool")
    source.add(f'put(b"\\1" if {value} else b"\\0")')


def _put_enum(source: Source, node: Schema, value: str) -> None:
    symbols = source.fresh("SYMBOLS")
    source.names[symbols] = {symbol: varints.LAST[2 * index] for index, symbol in enumerate(node["symbols"])}
    source.add(f"put({symbols}[{value}])")


def _put_nullable(source: Source, node: list[Any], value: str) -> None:
    source.open(f"if {value} is None:")
    source.add('put(b"\\0")')
    source.close()
    source.open("else:")
    source.add('put(b"\\2")')
    _put(source, node[1], value)
    source.close()


def _put_array(source: Source, node: Schema, value: str) -> None:
    item = source.fresh("item")
    _must_be(source, value, "list")
    _put_block(source, value, f"for {item} in {value}:", [(node["items"], item)])


def _put_map(source: Source, node: Schema, value: str) -> None:
    key, item = source.fresh("key"), source.fresh("item")
    _must_be(source, value, "dict")
    _put_block(source, value, f"for {key}, {item} in {value}.items():", [("string", key), (node["values"], item)])


def _put_block(source: Source, value: str, loop: str, parts: list[tuple[Any, str]]) -> None:
    """One block with all items, if any; then the empty block that ends it."""
    source.open(f"if {value}:")
    _put_number(source, f"len({value}) * 2")
    source.open(loop)
    for node, name in parts:
        _put(source, node, name)
    source.close()
    source.close()
    source.add('put(b"\\0")')


def _put_record(source: Source, node: Schema, value: str) -> None:
    """As many keys as fields, and every field found: so none is unknown."""
    _must_be(source, value, "dict")
    source.add(f"if len({value}) != {len(node['fields'])}: raise KeyError")
    for field in node["fields"]:
        inner = source.fresh("v")
        source.add(f"{inner} = {value}[{field['name']!r}]")
        _put(source, field["type"], inner)


_PUT: Final[dict[str, Callable[[Source, Any, str], None]]] = {
    "string": _put_string,
    "bytes": _put_bytes,
    "int": _put_int,
    "long": _put_long,
    "boolean": _put_boolean,
    "enum": _put_enum,
    "array": _put_array,
    "map": _put_map,
    "record": _put_record,
    "nullable": _put_nullable,
}
