"""Decoders made to measure: one straight function per record, compiled from the schema that wrote it.

Bounded: no length on the wire is trusted. A text is a slice, which ends where the data ends; an item is made only from
bytes that are there; so the memory is bounded by the size of the message. Reading past the end shows at the next byte
(IndexError) or at the end of the record, where the position must be exactly the length.

Strict where fastavro is not: a boolean is 0 or 1, an enum's index is one of its symbols (−1 is not the last), an int
has 32 bits and a long 64.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from yidi.contract import varints
from yidi.contract.schemas import Schema
from yidi.contract.sources import Source, inlined, kind_of

Decoder: TypeAlias = Callable[[bytes, int], tuple[Any, int]]

NAMES: Final[dict[str, Any]] = {
    "read_on": varints.read_on,
    "SMALL": tuple(varints.unfolded(n) for n in range(varints.ONE_BYTE)),
    "BOOLEANS": (False, True),
}


def decoder_of(schema: Schema) -> Decoder:
    """A function from bytes and the position of a body to the record and the position after it.

    It raises one of `BROKEN` when the bytes are no such record; the position may lie past the end of the bytes, which
    the caller refuses too.
    """
    source = Source(dict(NAMES))
    source.open("def decode(data, at):")
    _take(source, inlined(schema), "record")
    source.add("return record, at")
    decoder: Decoder = source.compiled("decode")
    return decoder


BROKEN: Final = (IndexError, KeyError, ValueError, OverflowError)
"""All that a decoder raises: past the end, no such symbol, no number, no UTF-8 (a ValueError)."""


def _take(source: Source, node: Any, target: str) -> None:  # noqa: ANN401 — a node of a schema
    _TAKE[kind_of(node)](source, node, target)


def _take_number(source: Source, in_one_byte: Sequence[str] = ("at += 1",), then: Sequence[str] = ()) -> None:
    """A folded number into `n`: up to four bytes (1.3 million yuan) in place, the rest by a function.

    `in_one_byte` is what to do when one byte is all there is, which is most of the time; `then`, when there are more.
    The constants take the high bits away again.
    """
    source.add("n = data[at]")
    source.open("if n < 128:")
    source.add(*in_one_byte)
    source.close()
    source.open("else:")
    _take_more(source, "if", "m", 1, "n += (m << 7) - 128")
    _take_more(source, "elif", "o", 2, "n += (m << 7) + (o << 14) - 16512")
    _take_more(source, "elif", "p", 3, "n += (m << 7) + (o << 14) + (p << 21) - 2113664")
    source.open("else:")
    source.add("n, at = read_on(data, at + 4, n + (m << 7) + (o << 14) + ((p & 127) << 21) - 2113664, 28)")
    source.close()
    source.add(*then)
    source.close()


def _take_more(source: Source, keyword: str, byte: str, offset: int, formula: str) -> None:
    source.open(f"{keyword} ({byte} := data[at + {offset}]) < 128:")
    source.add(formula, f"at += {offset + 1}")
    source.close()


def _take_long(source: Source, _: object, target: str) -> None:
    _take_number(source, ("at += 1", f"{target} = SMALL[n]"), (f"{target} = ~(n >> 1) if n & 1 else n >> 1",))


def _take_int(source: Source, _: object, target: str) -> None:
    _take_long(source, _, target)
    source.add("if n > 4294967295: raise ValueError('an int is outside 32 bits')")


def _take_slice(source: Source) -> None:
    _take_number(source, ("start = at + 1",), ("start = at",))
    source.add("if n & 1: raise ValueError('a length is negative')", "at = start + (n >> 1)")


def _take_string(source: Source, _: object, target: str) -> None:
    _take_slice(source)
    source.add(f"{target} = data[start:at].decode()")


def _take_bytes(source: Source, _: object, target: str) -> None:
    _take_slice(source)
    source.add(f"{target} = data[start:at]")


def _take_boolean(source: Source, _: object, target: str) -> None:
    source.add(f"{target} = BOOLEANS[data[at]]", "at += 1")


def _take_enum(source: Source, node: Schema, target: str) -> None:
    symbols = source.fresh("SYMBOLS")
    source.names[symbols] = {2 * index: symbol for index, symbol in enumerate(node["symbols"])}
    source.add(f"{target} = {symbols}[data[at]]", "at += 1")


def _take_nullable(source: Source, node: list[Any], target: str) -> None:
    source.add("n = data[at]", "at += 1")
    source.open("if n == 2:")
    _take(source, node[1], target)
    source.close()
    source.add("elif n: raise ValueError('a union has no such branch')", f"else: {target} = None")


def _take_array(source: Source, node: Schema, target: str) -> None:
    item = source.fresh("item")
    source.add(f"{target} = []")
    _open_blocks(source)
    _take(source, node["items"], item)
    source.add(f"{target}.append({item})")
    _close_blocks(source)


def _take_map(source: Source, node: Schema, target: str) -> None:
    key, item = source.fresh("key"), source.fresh("item")
    source.add(f"{target} = {{}}")
    _open_blocks(source)
    _take(source, "string", key)
    _take(source, node["values"], item)
    source.add(f"{target}[{key}] = {item}")
    _close_blocks(source)


def _open_blocks(source: Source) -> None:
    """A block is a count and its items; a negative count is followed by the block's size, which is not needed."""
    source.open("while True:")
    _take_number(source)
    source.add("if not n: break")
    count = source.fresh("count")
    source.add(f"{count} = n >> 1")
    source.open("if n & 1:")
    source.add(f"{count} += 1")
    _take_number(source)
    source.close()
    source.open(f"for _ in range({count}):")


def _close_blocks(source: Source) -> None:
    source.close()
    source.close()


def _take_record(source: Source, node: Schema, target: str) -> None:
    names = {field["name"]: source.fresh("v") for field in node["fields"]}
    for field in node["fields"]:
        _take(source, field["type"], names[field["name"]])
    source.add(f"{target} = {{{', '.join(f'{name!r}: {variable}' for name, variable in names.items())}}}")


_TAKE: Final[dict[str, Callable[[Source, Any, str], None]]] = {
    "string": _take_string,
    "bytes": _take_bytes,
    "int": _take_int,
    "long": _take_long,
    "boolean": _take_boolean,
    "enum": _take_enum,
    "array": _take_array,
    "map": _take_map,
    "record": _take_record,
    "nullable": _take_nullable,
}
