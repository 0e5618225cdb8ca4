"""How figures are written in a policy file: yuan and percent as people write them, integers inside, never a float."""

import re
from datetime import date
from typing import Annotated, Final, TypeVar

from pydantic import BeforeValidator, WithJsonSchema

from yidi.agency.claim import LEVELS
from yidi.domain.money import Fen, fen_of_yuan

_Figure = TypeVar("_Figure")

OTHER: Final = "other"
"""Level key for every level that a table does not name."""

_PERCENT = re.compile(r"(\d{1,3})(?:\.(\d{1,2}))?")
_PERCENT_BP_MAX: Final = 10_000


def _text(value: object, wanted: str) -> str:
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError(f"{value!r} is no {wanted}")  # noqa: TRY004 — pydantic collects ValueErrors
    return str(value).strip()


def fen_of(value: object) -> Fen:
    """Yuan with at most two decimals, not negative → fen."""
    wanted = "amount in yuan with at most two decimals, such as 1300 or 1300.50"
    text = _text(value, wanted)
    try:
        amount = fen_of_yuan(text)
    except ValueError:
        raise ValueError(f"{text!r} is no {wanted}") from None
    if amount < 0:
        raise ValueError(f"{text} is negative; write an amount of 0 or more")
    return amount


def basis_points_of(value: object) -> int:
    """Percent with at most two decimals, 0 to 100 → basis points."""
    wanted = "percent from 0 to 100 with at most two decimals, such as 85 or 87.5 (without the % sign)"
    text = _text(value, wanted)
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no {wanted}")
    points = int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))
    if points > _PERCENT_BP_MAX:
        raise ValueError(f"{text} is above 100 percent")
    return points


def _any_percent(value: object) -> int:
    text = _text(value, "percent with at most two decimals, such as 50")
    match = _PERCENT.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is no percent with at most two decimals, such as 50")
    return int(match[1]) * 100 + int((match[2] or "0").ljust(2, "0"))


def _by_level(value: object) -> dict[str, object]:
    """One figure for all levels, or a table by level which names all four (`other` stands for the rest)."""
    if not isinstance(value, dict):
        return {OTHER: value}
    table = {str(key): figure for key, figure in value.items()}
    unknown = sorted(set(table) - {*LEVELS, OTHER})
    if unknown:
        raise ValueError(f'level {unknown[0]!r} is unknown; use "3", "2", "1", none, or other for the rest')
    missing = [level for level in LEVELS if level not in table]
    if missing and OTHER not in table:
        raise ValueError(f"level {missing[0]} is missing; add it, or 'other' for all levels not named")
    return table


def _list_of(value: object) -> list[object]:
    return list(value) if isinstance(value, list) else [value]


def _date_of(value: object) -> date:
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value))
    except ValueError:
        raise ValueError(f"{value!r} is no date; write it as 2024-01-31") from None


_YUAN_SCHEMA: Final = {"type": ["string", "number"], "pattern": r"^\d{1,12}(\.\d{1,2})?$", "description": "yuan"}
_PERCENT_SCHEMA: Final = {
    "type": ["string", "number"],
    "pattern": r"^\d{1,3}(\.\d{1,2})?$",
    "description": "percent",
}


def _level_schema(figure: dict[str, object]) -> dict[str, object]:
    table = {"type": "object", "additionalProperties": figure, "propertyNames": {"enum": [*LEVELS, OTHER]}}
    return {"anyOf": [figure, table], "description": "one figure, or a table by settlement level"}


Yuan = Annotated[int, BeforeValidator(fen_of), WithJsonSchema(_YUAN_SCHEMA)]
"""Yuan in the file, fen inside."""

Percent = Annotated[int, BeforeValidator(basis_points_of), WithJsonSchema(_PERCENT_SCHEMA)]
"""Percent 0…100 in the file, basis points inside."""

AnyPercent = Annotated[int, BeforeValidator(_any_percent), WithJsonSchema(_PERCENT_SCHEMA)]
"""Percent that may exceed 100, such as an uplift of 150."""

Day = Annotated[date, BeforeValidator(_date_of), WithJsonSchema({"type": "string", "format": "date"})]

PercentByLevel = Annotated[
    dict[str, Percent], BeforeValidator(_by_level), WithJsonSchema(_level_schema(_PERCENT_SCHEMA))
]

YuanList = Annotated[
    list[Yuan],
    BeforeValidator(_list_of),
    WithJsonSchema({"anyOf": [_YUAN_SCHEMA, {"type": "array", "items": _YUAN_SCHEMA}]}),
]
"""One amount, or one for each admission of the year; the last stands for all later ones."""

YuanByLevel = Annotated[
    dict[str, YuanList],
    BeforeValidator(_by_level),
    WithJsonSchema(_level_schema({"anyOf": [_YUAN_SCHEMA, {"type": "array", "items": _YUAN_SCHEMA}]})),
]


def at_level(table: dict[str, _Figure], level: str) -> _Figure:
    """The figure of a level, or that of `other`."""
    return table[level] if level in table else table[OTHER]
