"""What a test asks of its chain with `@pytest.mark.yidi(...)`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final

MARKER: Final = "yidi"
ABOUT: Final = (
    "yidi(audit=True, today=None, faults=False, seed=1, without=(), agencies={}, hospitals={}, timeout_s=30): what the "
    "test asks of its chain (docs/testing.md)"
)


class BadWish(Exception):
    """The marker asks for what there is not; the text says what there is."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """`audit`: whether the oracle judges what the test left behind.

    `today`: the day the test takes place on. `faults`, `seed`: simulated only. `without`: seats left to programs of
    your own. `agencies`, `hospitals`: region → inbox of your own seat for that region alone. `timeout_s`: of one call.
    """

    audit: bool = True
    today: date | None = None
    faults: bool = False
    seed: int = 1
    without: tuple[str, ...] = ()
    agencies: Mapping[str, str] = field(default_factory=dict)
    hospitals: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 30.0

    @property
    def rebuilt(self) -> bool:
        """Whether it asks for other seats than the usual ones."""
        return bool(self.without or self.agencies or self.hospitals)


def wishes_of(markers: Iterable[Any]) -> Wishes:
    """The wishes of pytest's marks, the farthest first: a nearer one overrides. BadWish in words."""
    wishes = Wishes()
    known = {one.name for one in fields(Wishes)}
    for mark in markers:
        unknown = sorted(set(mark.kwargs) - known)
        if mark.args or unknown:
            what = ", ".join([*map(repr, mark.args), *unknown])
            raise BadWish(f"@pytest.mark.yidi does not know {what}; it takes {', '.join(sorted(known))} by name")
        wishes = replace(wishes, **mark.kwargs)
    return replace(wishes, without=tuple(wishes.without))
