"""What a test asks of its chain with `@pytest.mark.yidi(...)`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import date
from typing import Any, Final, NamedTuple

MARKER: Final = "yidi"
ABOUT: Final = (
    "yidi(audit=True, today=None, faults=False, seed=1, without=(), agencies={}, hospitals={}, "
    "secure=False, answer_deadline_s=None, timeout_s=30): what the test asks of its chain (docs/testing.md)"
)

SEATS: Final = ("registry", "hospital", "platform", "agency")


class BadWish(Exception):
    """The marker asks for what there is not; the text says what there is."""


Routes = tuple[tuple[str, str], ...]


class Build(NamedTuple):
    """Which seats a chain has, and whose they are."""

    without: tuple[str, ...] = ()
    agencies: Routes = ()
    hospitals: Routes = ()
    answer_deadline_s: float | None = None
    secure: bool = False

    @property
    def services(self) -> tuple[str, ...]:
        """The seats that are filled."""
        return tuple(name for name in SEATS if name not in self.without)


@dataclass(frozen=True, slots=True)
class Wishes:
    """`audit`: whether the oracle judges what the test left behind.

    `today`: the day the test takes place on. `faults`, `seed`: simulated only. `without`: seats left to programs of
    your own. `agencies`, `hospitals`: region → inbox of your own seat for that region alone. `secure`: on
    `yidi_kafka`, TLS and a user with the least rights for every program. `answer_deadline_s`: how long the platform
    waits for an agency. `timeout_s`: how long one call waits for its answer.
    """

    audit: bool = True
    today: date | None = None
    faults: bool = False
    seed: int = 1
    without: tuple[str, ...] = ()
    agencies: Mapping[str, str] = field(default_factory=dict)
    hospitals: Mapping[str, str] = field(default_factory=dict)
    answer_deadline_s: float | None = None
    timeout_s: float = 30.0
    secure: bool = False

    @property
    def build(self) -> "Build":
        """What has to be built for it; two tests with the same build may share what runs."""
        agencies, hospitals = (tuple(sorted(routes.items())) for routes in (self.agencies, self.hospitals))
        return Build(tuple(sorted(self.without)), agencies, hospitals, self.answer_deadline_s, self.secure)


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
    without = (wishes.without,) if isinstance(wishes.without, str) else tuple(wishes.without)
    if not set(without) <= set(SEATS):
        raise BadWish(f"@pytest.mark.yidi(without={without!r}): seats are {', '.join(SEATS)}")
    return replace(wishes, without=without)
