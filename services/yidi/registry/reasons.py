"""Why a change is not valid: all reasons at once (domain §3), each one sentence that names the field."""

import re
from collections.abc import Sequence
from typing import Final, TypeVar

from yidi.domain.faults import Refusal

T = TypeVar("T")
REASONS_MAX: Final = 20
"""Reasons named in one refusal; the rest is counted. An error report's detail has room for so many sentences."""

ADMDVS: Final = re.compile(r"\d{6}")
NEVER: Final = 10**9
"""Stands for no last day."""


class Reasons:
    """Collects what is wrong, and refuses with all of it."""

    def __init__(self) -> None:
        self._found: list[str] = []

    def __bool__(self) -> bool:
        return bool(self._found)

    def unless(self, holds: bool, reason: str) -> bool:  # noqa: FBT001 — it reads as a sentence: unless(x, "why not")
        """Note the reason when the condition does not hold; says whether it holds."""
        if not holds:
            self._found.append(reason)
        return holds

    def refuse(self) -> None:
        """Raise REFERENCE_INVALID with every reason; nothing when there is none."""
        if not self._found:
            return
        more = len(self._found) - REASONS_MAX
        listed = "; ".join(self._found[:REASONS_MAX])
        raise Refusal("REFERENCE_INVALID", f"{listed}; and {more} more" if more > 0 else listed)


def ordered(begins: int, ends: int | None) -> bool:
    """Whether a stretch of days ends no earlier than it begins; None is open."""
    return ends is None or begins <= ends


def is_admdvs(text: str) -> bool:
    return ADMDVS.fullmatch(text) is not None


def overlap(begins: int, ends: int | None, other_begins: int, other_ends: int | None) -> bool:
    """Whether two stretches of days share a day."""
    last, other_last = (NEVER if end is None else end for end in (ends, other_ends))
    return begins <= other_last and other_begins <= last


def with_row(rows: Sequence[T], row: T) -> list[T]:
    """The rows and one more at the end, unless it stands there already: what changes nothing makes no version."""
    return [*rows] if row in rows else [*rows, row]
