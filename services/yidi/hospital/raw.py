"""An encounter as it stands in a file, before its fields are read."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class RawEncounter:
    """`fields` by name, with `lines` a list of the same; `label` and `line_labels` say where people find them."""

    file: str
    label: str
    fields: dict[str, Any]
    line_labels: tuple[str, ...] = ()

    def line_label(self, index: int) -> str:
        """Where the line stands; counted from one, as people count and as claims and policies are told."""
        if index < len(self.line_labels):
            return self.line_labels[index]
        return f"lines[{index + 1}]"
