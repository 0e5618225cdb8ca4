"""Records of any shape that a schema allows, for property tests."""

from typing import Any

from hypothesis import strategies as st

from yidi.contract.schemas import Schema
from yidi.contract.sources import inlined, kind_of

LONGS = st.one_of(
    st.sampled_from([0, 1, -1, 63, 64, -64, -65, 8191, 8192, 2**27 - 1, 2**27, -(2**27) - 1, 2**63 - 1, -(2**63)]),
    st.integers(-(2**63), 2**63 - 1),
)
INTS = st.one_of(st.sampled_from([0, 2**31 - 1, -(2**31)]), st.integers(-(2**31), 2**31 - 1))
TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_PLAIN = {"string": TEXTS, "bytes": st.binary(max_size=8), "int": INTS, "long": LONGS, "boolean": st.booleans()}


def records_of(schema: Schema) -> st.SearchStrategy[dict[str, Any]]:
    """Any record of the schema, edge values included."""
    strategy: st.SearchStrategy[dict[str, Any]] = _values_of(inlined(schema))
    return strategy


def _values_of(node: Any) -> st.SearchStrategy[Any]:
    kind = kind_of(node)
    if kind == "nullable":
        return st.none() | _values_of(node[1])
    if kind == "enum":
        return st.sampled_from(node["symbols"])
    if kind == "array":
        return st.lists(_values_of(node["items"]), max_size=3)
    if kind == "map":
        return st.dictionaries(TEXTS, _values_of(node["values"]), max_size=3)
    if kind == "record":
        return st.fixed_dictionaries({field["name"]: _values_of(field["type"]) for field in node["fields"]})
    return _PLAIN[kind]
