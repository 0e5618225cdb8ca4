"""Regions that a query names: one that nobody knows is said, instead of an empty list without a word."""

from collections.abc import Iterator
from typing import Final

from sqlalchemy import Connection, or_, select

from yidi.desk.places import Places
from yidi.desk.query import Query
from yidi.desk.refusals import BadQuery
from yidi.desk.tables import CASES

NEAR_MAX: Final = 3
_COLUMNS: Final = {
    "region": (CASES.c.insuplc_admdvs, CASES.c.mdtrtarea_admvs),
    "insured": (CASES.c.insuplc_admdvs,),
    "treatment": (CASES.c.mdtrtarea_admvs,),
}
"""Fields of the query that name a region, by its code or the first digits of it."""


def refuse_unknown(connection: Connection, places: Places, query: Query) -> None:
    """BadQuery for a region that the registry does not know and that no error names; what is near it is named.

    An error may itself name a region that nobody knows: such a one is found. Nothing is said before the registry's
    regions are read.
    """
    for field, value in _named(query):
        if places.regions and not _known(places, value) and not _in_an_error(connection, field, value):
            raise BadQuery(f"The registry knows no region {value}, and no error names it.", _advice(places, value))


def _named(query: Query) -> Iterator[tuple[str, str]]:
    return ((term.field, value) for term in query.terms if term.field in _COLUMNS for value in term.values)


def _known(places: Places, value: str) -> bool:
    return any(code.startswith(value) for code in places.regions)


def _in_an_error(connection: Connection, field: str, value: str) -> bool:
    named = or_(*(column.startswith(value, autoescape=True) for column in _COLUMNS[field]))
    return connection.execute(select(CASES.c.error_id).where(named).limit(1)).first() is not None


def _advice(places: Places, value: str) -> str:
    near = _near(places, value)
    if near:
        return f"Near it: {', '.join(map(places.name, near))}."
    return "Regions with errors: `yidi errors groups --by region`; write a code, or its first digits."


def _near(places: Places, value: str) -> list[str]:
    """Regions of that name; else those that share the most leading digits with it, at least the province's two."""
    named = sorted(code for code, region in places.regions.items() if value in region["name"])
    if named:
        return named[:NEAR_MAX]
    for digits in range(len(value) - 1, 1, -1):
        alike = sorted(code for code in places.regions if code.startswith(value[:digits]))
        if alike:
            return alike[:NEAR_MAX]
    return []
