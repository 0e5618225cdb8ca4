"""Single values as people write them, to the values of the contract. Raises ValueError in words for people."""

import re
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any, Final

from yidi.domain.instants import instant_of

TEXT_CHARS_MAX: Final = 200
NUMBER_CHARS_MAX: Final = 40
YUAN_DIGITS_MAX: Final = 12
CNT_DIGITS_MAX: Final = 12
PRIC_DIGITS_MAX: Final = 10

_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
_ROUNDED_BY_EXCEL = re.compile(r"[0-9](\.[0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_MOMENT = re.compile(
    r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2})(?:\.(\d{1,6}))?)?(Z|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)
_TRUE: Final = frozenset({"true", "1", "yes", "y", "是"})
_FALSE: Final = frozenset({"false", "0", "no", "n", "否"})


def text(value: Any) -> str:  # noqa: ANN401 — whatever a file holds
    """A text of at most 200 printable characters, ends stripped; a whole number is taken for its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str):
        raise ValueError(f"{_kind(value)} where a text is needed; put it in quotation marks")  # noqa: TRY004
    stripped = value.strip()
    if len(stripped) > TEXT_CHARS_MAX:
        raise ValueError(f"a text of {len(stripped)} characters; {TEXT_CHARS_MAX} at most")
    if not stripped.isprintable():
        raise ValueError("a text with control characters; remove them")
    if _ROUNDED_BY_EXCEL.fullmatch(stripped):
        raise ValueError(f"{stripped} was rounded by a spreadsheet; format the column as text and enter it again")
    return stripped


def filled_text(value: Any) -> str:  # noqa: ANN401 — whatever a file holds
    """A text that is not empty."""
    filled = text(value)
    if not filled:
        raise ValueError("empty; fill it in")
    return filled


def yuan(value: Any) -> int:  # noqa: ANN401 — whatever a file holds
    """Yuan with at most two decimals → fen."""
    return _scaled(value, 2, YUAN_DIGITS_MAX)


def count(value: Any) -> int:  # noqa: ANN401 — whatever a file holds
    """A count with at most four decimals → scaled by 10^4."""
    return _scaled(value, 4, CNT_DIGITS_MAX)


def price(value: Any) -> int:  # noqa: ANN401 — whatever a file holds
    """A unit price in yuan with at most six decimals → scaled by 10^6."""
    return _scaled(value, 6, PRIC_DIGITS_MAX)


def moment(value: Any) -> int:  # noqa: ANN401 — whatever a file holds
    """`2025-06-01 09:05:00` in Asia/Shanghai, or ISO 8601 with a zone → UTC milliseconds.

    Seconds may be left out, and slashes stand for hyphens, as spreadsheets write it.
    """
    match = _MOMENT.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise ValueError(f"{_shown(value)} is no time; write it like 2025-06-01 09:05:00 (Shanghai)")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    try:
        told = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=_zone(zone))
        return instant_of(told) + int((fraction or "0").ljust(6, "0")) // 1000
    except (ValueError, OverflowError) as error:
        raise ValueError(f"{_shown(value)} does not exist: {error}; correct the date") from error


def flag(value: Any) -> bool:  # noqa: ANN401 — whatever a file holds
    """A flag: true or false, 1 or 0, yes or no, 是 or 否."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().lower()
    if isinstance(value, (str, int)) and word in _TRUE | _FALSE:
        return word in _TRUE
    raise ValueError(f"{_shown(value)} is neither true nor false; write one of them")


def _scaled(value: Any, places: int, digits_max: int) -> int:  # noqa: ANN401 — whatever a file holds
    number = _number(value)
    if number and number.adjusted() >= digits_max:
        raise ValueError(f"{_shown(value)} is too large; {digits_max} digits before the decimal point at most")
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > places:
        raise ValueError(f"{_shown(value)} has {-exponent} decimals; {places} at most, round it")
    return int(number.scaleb(places))


def _number(value: Any) -> Decimal:  # noqa: ANN401 — whatever a file holds
    """Exact, never by way of a float."""
    if isinstance(value, Decimal):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    written = value.strip() if isinstance(value, str) else ""
    if not _NUMBER.fullmatch(written) or len(written) > NUMBER_CHARS_MAX:
        raise ValueError(f"{_shown(value)} is no number; write it like 125.40, without separators or units")
    return Decimal(written)


def _zone(zone: str | None) -> timezone | None:
    if zone is None:
        return None
    if zone == "Z":
        return timezone.utc  # noqa: UP017 — one type with the line below
    minutes = int(zone[1:3]) * 60 + int(zone[-2:])
    return timezone(timedelta(minutes=-minutes if zone[0] == "-" else minutes))


def _shown(value: Any) -> str:  # noqa: ANN401 — whatever a file holds
    shown = value if isinstance(value, str) else str(value) if isinstance(value, (int, Decimal)) else _kind(value)
    return repr(shown[:NUMBER_CHARS_MAX]) if isinstance(value, str) else shown[:NUMBER_CHARS_MAX]


def _kind(value: Any) -> str:  # noqa: ANN401 — whatever a file holds
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true or false"
    return "a list" if isinstance(value, list) else "an object" if isinstance(value, dict) else "a number"
