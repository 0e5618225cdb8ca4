"""Puts a settlement's trace into words, on demand: the calculation keeps rule ids and figures only.

Works on any stored trace of rule ids and figures; an id that this version does not know is shown as it is.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from yidi.agency.explanation_words import FUNDS, RULES, RULES_OF_FUND
from yidi.agency.sheet import Step
from yidi.domain.money import yuan_of_fen

Language: TypeAlias = Literal["zh", "en"]

_E4_IN_YUAN: Final = 1_000_000
_E8_IN_PERCENT: Final = 1_000_000
_BP_IN_PERCENT: Final = 100


def explain(steps: Iterable[Step], language: Language) -> list[str]:
    """One sentence per step, in the order of the calculation."""
    return [sentence(rule, figures, language) for rule, figures in steps]


def sentence(rule: str, figures: dict[str, int], language: Language) -> str:
    """The rule in words; as it is when this version has none for it, or when others mean other figures by its id."""
    shown = {name: shown_figure(name, figure) for name, figure in figures.items()}
    try:
        return RULES[rule][0 if language == "zh" else 1].format(**shown)
    except KeyError:
        return f"{rule} {shown}"


def fund_name(fund_pay_type: str, language: Language) -> str:
    """Name of a fund; real answers use sub-codes, so the first four digits decide (domain §4)."""
    names = FUNDS.get(fund_pay_type[:4] + "00", (fund_pay_type, fund_pay_type))
    return names[0 if language == "zh" else 1]


def proc_info(fund_pay_type: str, steps: Iterable[Step], language: Language = "zh") -> str:
    """`setl_proc_info` of a fund's row in `setldetail`: how its amount was computed."""
    family = fund_pay_type[:4] + "00"
    beginnings = RULES_OF_FUND.get("310100" if family == "390100" else family, ())
    mark = "；" if language == "zh" else "; "
    return mark.join(explain((step for step in steps if step[0].startswith(beginnings)), language))


def shown_figure(name: str, figure: int) -> str:
    """A figure as people read it, by the ending of its name."""
    if name.endswith("_fen"):
        return yuan_of_fen(figure)
    if name.endswith("_e4"):
        return _decimal(figure, _E4_IN_YUAN, places=2)
    if name == "points_bp":
        return _decimal(figure, _BP_IN_PERCENT, places=0)  # percentage points are no percentage of the ratio
    if name.endswith("_bp"):
        return f"{_decimal(figure, _BP_IN_PERCENT, places=0)}%"
    if name.endswith("_e8"):
        return f"{_decimal(figure, _E8_IN_PERCENT, places=0)}%"
    return str(figure)


def _decimal(figure: int, unit: int, places: int) -> str:
    """The figure divided by a unit (a power of ten), exactly, with at least `places` decimals."""
    whole, rest = divmod(figure, unit)
    decimals = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0").ljust(places, "0")
    return f"{whole}.{decimals}" if decimals else str(whole)
