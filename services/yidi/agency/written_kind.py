"""Which of the files that people have at hand this is: one word about a wrong file is worth more than twenty fields."""

from collections.abc import Mapping
from typing import Final

KINDS: Final[Mapping[str, tuple[frozenset[str], str]]] = {
    "policy": (frozenset({"admdvs", "valid_from"}), "a policy: give it with --policy"),
    "claim": (frozenset({"person", "bills"}), "a claim file: give it with --claim"),
    "bill": (
        frozenset({"mdtrt_id", "fixmedins_code"}),
        "an itemised bill: `yidi submit --pre-settle` asks a running chain what it pays",
    ),
}
"""Kind → the fields that only it has, and what to do with such a file."""

LIKE: Final = {"policy": "services/yidi/agency/policies", "claim": "examples/claims"}


def wrong_kind(content: Mapping[str, object], wanted: str) -> str | None:
    """A sentence when this is another kind of file than the one wanted; None when its fields are worth a look."""
    if KINDS[wanted][0] & content.keys():
        return None
    for telling, words in KINDS.values():
        if telling <= content.keys():
            return f"this is {words}. A {wanted} looks like those in {LIKE[wanted]}; docs/policies.md has its fields"
    names = " nor ".join(sorted(KINDS[wanted][0], reverse=wanted == "claim"))
    return f"this is no {wanted}: it has neither {names}. One looks like those in {LIKE[wanted]}; see docs/policies.md"
