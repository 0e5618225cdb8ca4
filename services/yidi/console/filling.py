"""A record's values as they stand in the fields of a form: amounts in yuan, instants as times; and back again. Pure."""

import json
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from yidi.console import figures, terms
from yidi.console.words import Language, said
from yidi.domain.instants import SHANGHAI

FEN_DECIMALS: Final = 2
DECIMALS_MAX: Final = 30
"""Digits of a number that is typed; more is no amount of anything, and is left for the desk to refuse."""


def field_name(name: str, language: Language) -> str:
    """`lines.0.cnt` as people call it: 明细 1 · 数量; in English as it is written."""
    if language == "en":
        return name
    parts = name.split(".")
    term = said(terms.fields(), parts[-1], language)
    return f"明细 {int(parts[1]) + 1} · {term}" if len(parts) > 1 and parts[1].isdigit() else term


def typed(name: str, value: Any) -> str:  # noqa: ANN401 — any value of a record
    """The value as one types it: 71.00 for 7100 fen, a moment for milliseconds, nothing for null."""
    if value is None:
        return ""
    decimals = _decimals(name)
    if isinstance(value, bool) or not isinstance(value, int):
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    if decimals is not None:
        scaled = Decimal(value).scaleb(-decimals)
        return f"{scaled:f}" if decimals == FEN_DECIMALS else f"{scaled.normalize():f}"
    return figures.moment(value) if figures.is_instant(name, value) else str(value)


def filled(name: str, text: str, before: Any) -> Any:  # noqa: ANN401 — any value of a record
    """The value of what was typed; text stays text, and what cannot be read is left for the desk to refuse."""
    if isinstance(before, str):
        return text
    if not text:
        return None
    decimals = _decimals(name)
    if decimals is not None:
        return _scaled(text, decimals)
    if figures.names_instant(name):
        return _instant(text)
    try:
        return json.loads(text)
    except ValueError:
        return text


def _decimals(name: str) -> int | None:
    """Decimals of a number that is kept as a whole one; None for what is none."""
    last = name.rpartition(".")[2]
    return figures.SCALES.get(last, FEN_DECIMALS if figures.names_amount(last) else None)


def _scaled(text: str, decimals: int) -> int | str:
    try:
        number = Decimal(text.replace(",", "")).scaleb(decimals)
    except InvalidOperation:
        return text
    whole = number.is_finite() and abs(number.adjusted()) < DECIMALS_MAX and number == number.to_integral_value()
    return int(number) if whole else text


def _instant(text: str) -> int | str:
    try:
        return round(datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).timestamp() * 1000)
    except (ValueError, OverflowError):
        return text
