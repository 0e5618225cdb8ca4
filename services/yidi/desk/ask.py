"""One request to the desk: who asks, and what was said; and the row of the table that says who answers."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from yidi.desk.desk import Desk
from yidi.desk.masking import query
from yidi.desk.people import Person
from yidi.desk.refusals import BadRequest

CSV: Final = "csv"
"""An answer of this one field is sent as a file."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One request: who asks, which one is meant, and what else was said (query or body)."""

    person: Person
    path: Mapping[str, str] = field(default_factory=dict)
    said: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.path.get("id", "")

    def text(self, name: str, default: str = "") -> str:
        value = self.said.get(name, default)
        if not isinstance(value, str):
            raise BadRequest(f"{name} is no text.", "Send it as a string.")
        return value

    def number(self, name: str, default: int) -> int:
        try:
            return int(self.said.get(name, default))
        except (TypeError, ValueError):
            raise BadRequest(f"{name} is no number.", "Send a whole number.") from None

    def ids(self) -> tuple[str, ...]:
        given = self.said.get("ids") or ()
        if not isinstance(given, list | tuple) or not all(isinstance(one, str) for one in given):
            raise BadRequest("ids is no list of ids.", "Send a list of strings.")
        return tuple(given)

    def changes(self) -> dict[str, Any]:
        given = self.said.get("changes") or {}
        if not isinstance(given, dict):
            raise BadRequest("changes is no object.", "Send field names with their new values.")
        return given

    def yes(self, name: str, *, default: bool = False) -> bool:
        value = self.said.get(name, default)
        return value if isinstance(value, bool) else str(value) in ("1", "true", "yes")


Answer = Any
Handler = Callable[[Desk, Ask], Answer]


class Route(NamedTuple):
    method: str
    path: str
    handler: Handler


def unmasked(desk: Desk, ask: Ask, about: str) -> bool:
    """Whether persons are shown in full; that somebody looked is recorded first."""
    if not ask.yes("unmask"):
        return False
    desk.record(ask.person, "unmask", query(desk.full_id(about)), ask.text("reason"), "shown in full")
    return True
