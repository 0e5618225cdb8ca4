"""Python source text in the making: lines, indentation, and the names that it refers to."""

from typing import Any, Final

from yidi.contract.schemas import Schema, SchemaFilesError

INDENT: Final = "    "
SYMBOLS_MAX: Final = 64
"""An enum index is one byte on the wire."""


class Source:
    """Grows one function's text; `names` are the objects that it may use besides its arguments."""

    def __init__(self, names: dict[str, Any]) -> None:
        self.names = names
        self._lines: list[str] = []
        self._depth = 0
        self._fresh = 0

    def add(self, *lines: str) -> None:
        self._lines += [INDENT * self._depth + line for line in lines]

    def open(self, line: str) -> None:
        """Add a line that ends in a colon; what follows is inside it until `close`."""
        self.add(line)
        self._depth += 1

    def close(self) -> None:
        self._depth -= 1

    def fresh(self, letter: str) -> str:
        """A variable that is used nowhere else."""
        self._fresh += 1
        return f"{letter}{self._fresh}"

    def compiled(self, function: str) -> Any:  # noqa: ANN401 — the caller knows the function that it wrote
        """Run the text and hand out the function that it defines. It is made of schema files only, never of input."""
        text = "\n".join(self._lines)
        exec(compile(text, f"<{function} of the contract>", "exec"), self.names)  # noqa: S102 — made of our schemas
        return self.names[function]


def kind_of(node: Any) -> str:  # noqa: ANN401 — a node of a schema
    """What a type of the contract is: a plain type's name, record, enum, array, map, or nullable.

    The contract uses a part of Avro; SchemaFilesError for anything else (floats, fixed, other unions).
    """
    if isinstance(node, list):
        if len(node) == 2 and node[0] == "null" and node[1] != "null":  # noqa: PLR2004 — null and the other
            return "nullable"
        raise SchemaFilesError(f"union {node}: the contract knows only null or one type, null first")
    kind = node["type"] if isinstance(node, dict) else node
    if kind == "enum" and len(node["symbols"]) > SYMBOLS_MAX:
        raise SchemaFilesError(f"enum {node['name']} has more than {SYMBOLS_MAX} symbols")
    if kind not in ("string", "bytes", "int", "long", "boolean", "enum", "array", "map", "record"):
        raise SchemaFilesError(f"type {kind}: the contract knows no such type (no floats: money is long, in fen)")
    return str(kind)


def inlined(schema: Schema) -> Schema:
    """The schema with every reference to a named type replaced by its definition."""
    done: Schema = _inlined(schema, {})
    return done


def _inlined(node: Any, named: dict[str, Any]) -> Any:  # noqa: ANN401 — a node of a schema
    if isinstance(node, str):
        return named.get(node.rpartition(".")[2], node)
    if isinstance(node, list):
        return [_inlined(branch, named) for branch in node]
    done = dict(node)
    if "fields" in node:
        done["fields"] = [{**field, "type": _inlined(field["type"], named)} for field in node["fields"]]
    for part in ("items", "values"):
        if part in node:
            done[part] = _inlined(node[part], named)
    if "name" in node:
        named[node["name"]] = done
    return done
