"""How values look on a page: amounts, instants, ages, bytes. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any, Final

from yidi.console.words import Language
from yidi.domain.instants import date_of_days, moment_of
from yidi.domain.money import yuan_of_fen
from yidi.world import shipped

BYTES_A_ROW: Final = 16
BYTES_SHOWN_MAX: Final = 8_192
"""Raw bytes beyond this are counted, not shown: the page stays small."""
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_DAY_MS: Final = 24 * _HOUR_MS
_AMOUNTS: Final = ("_sumamt", "_amt", "_pay", "_selfpay", "_dedc", "_payamt", "balc", "balc_before")
SCALES: Final = {"cnt": 4, "pric": 6, "pric_uplmt_amt": 6, "selfpay_prop": 4}
"""Decimals of the scaled longs that are no amounts (see the schemas)."""
INSTANT_MS_MAX: Final = 253_370_736_000_000
"""Near the end of the year 9999; a failed record may hold any number."""
_NO_AMOUNTS: Final = frozenset({"pool_prop_selfpay", "pric_uplmt_amt"})
_INSTANTS: Final = ("_at", "_time", "begntime", "endtime", "_timestamp", "_valid_until")


def yuan(fen: int) -> str:
    """12345678 → 123,456.78, from fen."""
    whole, _, decimals = yuan_of_fen(abs(fen)).partition(".")
    return f"{'−' if fen < 0 else ''}{int(whole):,}.{decimals}"


def moment(instant_ms: int | None) -> str:
    """An instant in Asia/Shanghai, to the second."""
    return "" if instant_ms is None else f"{moment_of(instant_ms):%Y-%m-%d %H:%M:%S}"


def age(milliseconds: int, language: Language) -> str:
    """How long, in the one or two units that matter."""
    days, rest = divmod(max(0, milliseconds), _DAY_MS)
    hours, rest = divmod(rest, _HOUR_MS)
    minutes, rest = divmod(rest, _MINUTE_MS)
    units = ("天", "小时", "分", "秒") if language == "zh" else (" d", " h", " min", " s")
    parts = [f"{n}{unit}" for n, unit in zip((days, hours, minutes, rest // 1000), units, strict=True) if n]
    return " ".join(parts[:2]) if parts else f"0{units[3]}"


def count(number: int) -> str:
    return f"{number:,}"


@cache
def _region_names() -> dict[str, str]:
    return {row.admdvs: row.name for row in shipped.region_rows()}


def region(admdvs: str | None) -> str:
    """`330100 杭州市`; the number alone where the name is not known."""
    return f"{admdvs} {_region_names().get(admdvs, '')}".strip() if admdvs else ""


def shown(name: str, value: Any) -> str:  # noqa: ANN401 — any scalar of any record
    """A field's value as people read it, by the field's name: amounts in yuan, instants as times."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, int):
        return _number(name, value)
    if name.endswith(("admdvs", "admvs")):
        return region(str(value))
    return str(value)


def names_amount(name: str) -> bool:
    """Whether a field of this name is an amount in fen."""
    return name.endswith(_AMOUNTS) and name not in _NO_AMOUNTS


def names_instant(name: str) -> bool:
    return name.endswith(_INSTANTS)


def is_instant(name: str, value: int) -> bool:
    """Whether the value is an instant that a calendar has."""
    return names_instant(name) and _DAY_MS < value < INSTANT_MS_MAX


def _number(name: str, value: int) -> str:
    if name in SCALES:
        return f"{Decimal(value).scaleb(-SCALES[name]).normalize():f}"
    if names_amount(name):
        return f"{yuan(value)} 元"
    if is_instant(name, value):
        return moment(value)
    if name.endswith("date"):
        return date_of_days(value).isoformat()
    return str(value)


@dataclass(frozen=True, slots=True)
class HexRow:
    """Sixteen bytes: where, as hex, as text."""

    offset: str
    hex: str
    text: str


def hexdump(raw: bytes) -> Iterator[HexRow]:
    """The bytes in rows of sixteen, the first `BYTES_SHOWN_MAX` of them."""
    for at in range(0, min(len(raw), BYTES_SHOWN_MAX), BYTES_A_ROW):
        row = raw[at : at + BYTES_A_ROW]
        text = "".join(chr(byte) if 0x20 <= byte < 0x7F else "·" for byte in row)  # noqa: PLR2004 — printable ASCII
        yield HexRow(f"{at:06x}", row.hex(" "), text)


def raw_bytes(text: str | None) -> bytes:
    """Bytes from the hex that the desk sends; nothing for a tombstone, or for what is no hex."""
    try:
        return bytes.fromhex(text or "")
    except ValueError:
        return (text or "").encode()
