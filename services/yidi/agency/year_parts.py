"""A stay across 31 December (domain §6): one bill, divided by days where the policy says so."""

from datetime import date

from msgspec import Struct

from yidi.domain.money import Fen


class YearPart(Struct, frozen=True, gc=False):
    """The amounts of one accumulator year, in fen; the first part alone is charged the deductible."""

    year: int
    month: int
    scope: Fen
    preself: Fen
    first: bool
    last: bool
    days: int


def whole(day: date, scope: Fen, preself: Fen) -> tuple[YearPart, ...]:
    """The bill in one piece, in the year of discharge (settlement)."""
    return (YearPart(day.year, day.month, scope, preself, first=True, last=True, days=0),)


def by_days(begndate: date, enddate: date, scope: Fen, preself: Fen) -> tuple[YearPart, ...]:
    """Each amount by days: the day of discharge does not count, the rounding remainder goes to the last year."""
    spans = _days_by_year(begndate, enddate)
    total = sum(days for _, days in spans)
    parts: list[YearPart] = []
    scope_left, preself_left = scope, preself
    for year, days in spans[:-1]:
        part_scope, part_preself = scope * days // total, preself * days // total
        scope_left -= part_scope
        preself_left -= part_preself
        parts.append(YearPart(year, 12, part_scope, part_preself, not parts, last=False, days=days))
    year, days = spans[-1]
    month = enddate.month if enddate.year == year else 12
    parts.append(YearPart(year, month, scope_left, preself_left, not parts, last=True, days=days))
    return tuple(parts)


def _days_by_year(begndate: date, enddate: date) -> list[tuple[int, int]]:
    """(year, days in hospital), years without a day left out; at least one entry."""
    spans = []
    for year in range(begndate.year, enddate.year + 1):
        start = max(begndate, date(year, 1, 1))
        end = min(enddate, date(year + 1, 1, 1))
        if end > start:
            spans.append((year, (end - start).days))
    return spans or [(enddate.year, 1)]
