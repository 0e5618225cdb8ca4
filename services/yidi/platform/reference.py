"""What the platform keeps of the reference data: a person's standing, a region, an institution, as rows of its state.

A row holds what eligibility reads and nothing else. Dates are days since 1970-01-01, instants UTC milliseconds.
"""

from datetime import date
from typing import Final

import msgspec

from yidi.contract import records
from yidi.domain.instants import business_days, date_of_days, days_of


class Opening(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A scheme and kind of care that a region has open from `begndate` to `enddate` (None: still)."""

    insutype: str
    med_type: str
    begndate: int
    enddate: int | None


class Region(msgspec.Struct, array_like=True, frozen=True, gc=False):
    version: int
    admdvs: str
    kind: str
    node: str
    pooling_area: str
    agency_inbox: str
    openings: tuple[Opening, ...]
    id_card_accepted: bool
    selection_required: bool
    unfiled_settled: bool
    expiry_ends_stay: bool


class Connection(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Kinds of care (empty is all) for which an institution is connected."""

    med_types: tuple[str, ...]
    begndate: int
    enddate: int | None


class Institution(msgspec.Struct, array_like=True, frozen=True, gc=False):
    version: int
    fixmedins_code: str
    admdvs: str
    kind: str
    setl_lv: str
    connections: tuple[Connection, ...]


class Enrolment(msgspec.Struct, array_like=True, frozen=True, gc=False):
    insuplc_admdvs: str
    insutype: str
    ended: bool
    begndate: int
    enddate: int | None
    recorded_at: int


class Qualification(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """Right to benefits for one chronic disease, at the named institutions (empty is any)."""

    dise_codg: str
    begndate: int
    enddate: int | None
    institutions: tuple[str, ...]


class Selection(msgspec.Struct, array_like=True, frozen=True, gc=False):
    fixmedins_code: str
    begndate: int
    enddate: int | None


class Filing(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """`cancelled_on` is the business date of a cancellation: from that day on the filing covers nothing."""

    filing_id: str
    filing_type: str
    insuplc_admdvs: str
    insutype: str
    place: str
    begndate: int
    enddate: int | None
    recorded_at: int
    cancelled_on: int | None


class Person(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """One insured person: the history (version 0: not published yet) beside the filings (version 0: none yet)."""

    version: int = 0
    filings_version: int = 0
    enrolments: tuple[Enrolment, ...] = ()
    qualifications: tuple[Qualification, ...] = ()
    selections: tuple[Selection, ...] = ()
    filings: tuple[Filing, ...] = ()


NOBODY: Final = Person()


DAY_FIRST: Final = days_of(date(1900, 1, 1))
DAY_LAST: Final = days_of(date(2199, 12, 31))
"""Treatment dates outside these two are typing errors; in between every date can be written and stored."""


def is_plausible(day: int) -> bool:
    return DAY_FIRST <= day <= DAY_LAST


def written(day: int) -> str:
    """A date as people read it; one that no calendar of ours has as its number of days since 1970-01-01."""
    return date_of_days(day).isoformat() if is_plausible(day) else f"day {day}"


def covers(begndate: int, enddate: int | None, day: int) -> bool:
    """Whether a stretch of days, both ends included, holds the day."""
    return begndate <= day and (enddate is None or day <= enddate)


def region_of(record: records.Region) -> Region:
    openings = (Opening(o["insutype"], o["med_type"], o["begndate"], o["enddate"]) for o in record["openings"])
    return Region(
        version=record["version"],
        admdvs=record["admdvs"],
        kind=record["kind"],
        node=record["node"],
        pooling_area=record["pooling_area"],
        agency_inbox=record["agency_inbox"],
        openings=tuple(openings),
        id_card_accepted=record["id_card_accepted"],
        selection_required=record["selection_required"],
        unfiled_settled=record["unfiled_settled"],
        expiry_ends_stay=record["expiry_ends_stay"],
    )


def institution_of(record: records.Institution) -> Institution:
    connections = (Connection(tuple(c["med_types"]), c["begndate"], c["enddate"]) for c in record["connections"])
    return Institution(
        version=record["version"],
        fixmedins_code=record["fixmedins_code"],
        admdvs=record["admdvs"],
        kind=record["kind"],
        setl_lv=record["setl_lv"],
        connections=tuple(connections),
    )


def with_history(person: Person, record: records.PersonHistory) -> Person:
    """The person after a newer history; the filings stay as they are."""
    return Person(
        version=record["version"],
        filings_version=person.filings_version,
        enrolments=tuple(_enrolment(row) for row in record["enrolments"]),
        qualifications=tuple(
            Qualification(q["dise_codg"], q["begndate"], q["enddate"], tuple(q["institutions"]))
            for q in record["qualifications"]
        ),
        selections=tuple(Selection(s["fixmedins_code"], s["begndate"], s["enddate"]) for s in record["selections"]),
        filings=person.filings,
    )


def with_filings(person: Person, record: records.FilingHistory) -> Person:
    """The person after a newer history of filings; all else stays as it is."""
    filings = tuple(_filing(row) for row in record["filings"])
    return msgspec.structs.replace(person, filings_version=record["version"], filings=filings)


def _enrolment(row: records.Enrolment) -> Enrolment:
    return Enrolment(
        insuplc_admdvs=row["insuplc_admdvs"],
        insutype=row["insutype"],
        ended=row["psn_insu_stas"] == "ENDED",
        begndate=row["begndate"],
        enddate=row["enddate"],
        recorded_at=row["recorded_at"],
    )


def _filing(row: records.Filing) -> Filing:
    cancelled_at = row["cancelled_at"]
    return Filing(
        filing_id=row["filing_id"],
        filing_type=row["filing_type"],
        insuplc_admdvs=row["insuplc_admdvs"],
        insutype=row["insutype"],
        place=row["mdtrtarea_admvs"],
        begndate=row["begndate"],
        enddate=row["enddate"],
        recorded_at=row["recorded_at"],
        cancelled_on=None if cancelled_at is None else business_days(cancelled_at),
    )
