"""Identity numbers 公民身份号码 (GB 11643-1999): place 6, birthday 8, serial 3, check character 1.

Ours carry a prefecture's code as their place, where real ones carry a county's: valid to every check, nobody's number.
"""

from datetime import date
from typing import Final

_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CHECKS: Final = "10X98765432"

_OLD_PLACES: Final = {"46": "440100", "50": "510100", "66": "650100"}
"""Nodes that most people alive are older than: born in Hainan before 1988 was born in Guangdong, and so on."""


def check_character(first_17: str) -> str:
    """The 18th character, by ISO 7064 MOD 11-2."""
    total = sum(int(digit) * weight for digit, weight in zip(first_17, _WEIGHTS, strict=True))
    return _CHECKS[total % 11]


def identity_number(node: str, birthday: date, serial: int, *, male: bool) -> str:
    """The number of somebody born in a provincial node; `serial` from 0 to 498, its parity is made to tell the sex."""
    place = _OLD_PLACES.get(node[:2], f"{node[:2]}0100")
    born = f"{birthday.year:04d}{birthday.month:02d}{birthday.day:02d}"
    first_17 = f"{place}{born}{2 * serial + (1 if male else 2):03d}"
    return first_17 + check_character(first_17)
