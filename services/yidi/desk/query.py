"""The query language of the desk: one grammar for command line, page and HTTP. Pure; see docs/desk.md for the table.

query := term*        joined by and
term  := ["-"] (field ":" value ("," value)* | text | '"' text '"')
"""

import difflib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final

from yidi.desk.refusals import BadQuery
from yidi.desk.states import UNSOLVED, State
from yidi.domain.instants import start_of

CHARS_MAX: Final = 2_000
TERMS_MAX: Final = 40
TEXT: Final = "text"
FIELDS: Final = (
    "code",
    "class",
    "stage",
    "service",
    "region",
    "insured",
    "treatment",
    "institution",
    "kind",
    "state",
    "since",
    "until",
    "person",
    "settlement",
    "visit",
    "error",
    "owner",
    "ready",
    "age",
)
UPPER: Final = frozenset({"code", "class", "stage"})
_TERM: Final = re.compile(r"""(?P<no>-?)(?:(?P<field>[a-z]+):)?(?:"(?P<quoted>[^"]*)"|(?P<bare>[^\s"]+))\s*""")
_AGO: Final = re.compile(r"(\d{1,6})([smhdw])")
_UNIT_MS: Final = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000, "w": 7 * 86_400_000}


@dataclass(frozen=True, slots=True)
class Term:
    """One condition; `values` are alternatives. `instant` is set for since, until and age."""

    field: str
    values: tuple[str, ...]
    negated: bool = False
    instant: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """All terms hold at once. Without a state, only what is unsolved is meant."""

    terms: tuple[Term, ...] = ()

    def with_default(self) -> "Query":
        if any(term.field == "state" for term in self.terms):
            return self
        return Query((*self.terms, Term("state", tuple(sorted(UNSOLVED)))))


def parse(text: str, now_ms: int) -> Query:
    """The query, or BadQuery that names the word that was not understood."""
    if len(text) > CHARS_MAX:
        raise BadQuery(f"The query is longer than {CHARS_MAX} characters.", "Ask for less at once.")
    terms = tuple(_terms(text.strip(), now_ms))
    if len(terms) > TERMS_MAX:
        raise BadQuery(f"The query has more than {TERMS_MAX} words.", "Ask for less at once.")
    return Query(tuple(term for term in terms if term.values)).with_default()


def _terms(text: str, now_ms: int) -> Iterator[Term]:
    at = 0
    while at < len(text):
        match = _TERM.match(text, at)
        if match is None:
            raise BadQuery(f"Not understood from here: {text[at : at + 40]!r}.", "Is a quotation mark missing?")
        at = match.end()
        yield _term(match, now_ms)


def _term(match: re.Match[str], now_ms: int) -> Term:
    field, negated = match["field"], bool(match["no"])
    value = match["quoted"] if match["quoted"] is not None else match["bare"]
    if field is None:
        return Term(TEXT, (value,), negated)
    if field not in FIELDS:
        near = difflib.get_close_matches(field, FIELDS, 1)
        hint = f"Did you mean `{near[0]}:`?" if near else f"There are {', '.join(FIELDS)}."
        raise BadQuery(f"There is no field `{field}`.", hint)
    return _CHECKED.get(field, _plain)(field, value, negated, now_ms)


def _plain(field: str, value: str, negated: bool, _now_ms: int) -> Term:  # noqa: FBT001 — one signature
    values = tuple(part for part in value.split(",") if part)
    if not values:
        raise BadQuery(f"`{field}:` says nothing.", f"Write `{field}:something`.")
    return Term(field, tuple(v.upper() for v in values) if field in UPPER else values, negated)


def _state(field: str, value: str, negated: bool, now_ms: int) -> Term:  # noqa: FBT001 — one signature
    values: list[str] = []
    for name in _plain(field, value.lower(), negated, now_ms).values:
        if name == "any":
            values += list(State)
        elif name == "unsolved":
            values += sorted(UNSOLVED)
        elif name in State.__members__.values():
            values.append(name)
        else:
            raise BadQuery(f"There is no state `{name}`.", f"There are {', '.join(State)}, unsolved and any.")
    return Term(field, tuple(values), negated)


def _instant(field: str, value: str, negated: bool, now_ms: int) -> Term:  # noqa: FBT001 — one signature
    ago = _AGO.fullmatch(value)
    if ago is not None:
        return Term(field, (value,), negated, now_ms - int(ago[1]) * _UNIT_MS[ago[2]])
    day = None if field == "age" else _day(value)
    if day is None:
        raise BadQuery(f"`{field}:{value}` is no time.", "Write 2h, 3d, or (but for age) a day such as 2026-11-20.")
    return Term(field, (value,), negated, start_of(day))


def _day(value: str) -> date | None:
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def _yes(field: str, value: str, negated: bool, _now_ms: int) -> Term:  # noqa: FBT001 — one signature
    if value not in ("yes", "no"):
        raise BadQuery(f"`{field}:` is yes or no.", f"Write `{field}:yes`.")
    return Term(field, ("yes",), negated != (value == "no"))


_CHECKED: Final[dict[str, Callable[[str, str, bool, int], Term]]] = {
    "state": _state,
    "since": _instant,
    "until": _instant,
    "age": _instant,
    "ready": _yes,
}
