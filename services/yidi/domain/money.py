"""Money is an integer number of fen. There is no float anywhere near it."""

import re
from typing import Final, TypeAlias

Fen: TypeAlias = int
"""An amount in fen (1 yuan = 100 fen); negative on a cancel's twin."""

BASIS_POINTS: Final = 10_000
"""Ratios are integers in basis points: 8500 is 85 %."""

FEN_MAX: Final[Fen] = 10**13
"""Largest amount the chain accepts (100 billion yuan): the sums of a bill stay far inside an Avro long."""

_YUAN = re.compile(r"(-?)(\d{1,12})(?:\.(\d{1,2}))?")


def round_half_up(numerator: int, denominator: int) -> int:
    """Divide exactly and round half away from zero (domain §5): 22.6 → 23, −22.6 → −23, 22.5 → 23.

    `denominator` is positive.
    """
    if numerator >= 0:
        return (2 * numerator + denominator) // (2 * denominator)
    return -((-2 * numerator + denominator) // (2 * denominator))


def share(amount: Fen, ratio_bp: int) -> Fen:
    """`amount` × ratio in basis points, rounded once, half away from zero."""
    return round_half_up(amount * ratio_bp, BASIS_POINTS)


def fen_of_yuan(text: str) -> Fen:
    """Read yuan with at most two decimals, exactly; ValueError says what is wrong with anything else."""
    match = _YUAN.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no amount in yuan with at most two decimals, such as 125.40")
    sign, yuan, decimals = match.groups()
    fen = int(yuan) * 100 + int((decimals or "0").ljust(2, "0"))
    return -fen if sign else fen


def yuan_of_fen(amount: Fen) -> str:
    """Write fen as yuan with two decimals: 12540 → '125.40'."""
    sign = "-" if amount < 0 else ""
    yuan, fen = divmod(abs(amount), 100)
    return f"{sign}{yuan}.{fen:02d}"
