"""Which cases a change of reference data heals. Pure: dates are the treatment's, whenever the change is recorded."""

from collections.abc import Mapping
from typing import Any, Final

from yidi.contract.records import ReferenceChange
from yidi.desk.places import Places
from yidi.domain.instants import business_days

FILING: Final = ("NOT_FILED", "FILING_EXPIRED", "FILING_WRONG_AREA", "UNFILED_NOT_COVERED")
ENROLMENT: Final = ("ENROLMENT_ABNORMAL", "WAITING_PERIOD", "SCHEME_DIFFERS")
OPENING: Final = ("REGION_NOT_OPEN", "SCHEME_NOT_OPEN", "SERVICE_NOT_OPEN")
ITEM: Final = ("ITEM_UNMATCHED",)
CATEGORY: Final = ("CATEGORY_UNKNOWN",)

CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "filing": FILING,
    "enrolment": ENROLMENT,
    "opening": OPENING,
    "item": ITEM,
    "category": CATEGORY,
}
"""Codes that each kind of mend can heal."""


def kind_for(code: str) -> str | None:
    """The kind of mend that a code calls for, or None when the registry cannot mend it."""
    return next((kind for kind, codes in CODES.items() if code in codes), None)


def heals(change: ReferenceChange, row: Any, places: Places) -> bool:  # noqa: ANN401 — a row of CASES, or a double
    """Whether a replay of the case can pass where it failed, once the change is applied."""
    if change["filing"] is not None:
        return row.code in FILING and _filing(change, row, places)
    if change["enrolment"] is not None:
        return row.code in ENROLMENT and _enrolment(change, row)
    if change["opening"] is not None:
        return row.code in OPENING and _opening(change, row)
    if change["item_mapping"] is not None:
        return row.code in ITEM and _mapped(change, row, places, change["item_mapping"])
    return row.code in CATEGORY and _mapped(change, row, places, change["category_mapping"] or {})


def _within(first: int, last: int | None, instant_ms: int | None) -> bool:
    """Whether the treatment lies in the days from `first` to `last`."""
    if instant_ms is None:
        return False
    day = business_days(instant_ms)
    return first <= day and (last is None or day <= last)


def _filing(change: ReferenceChange, row: Any, places: Places) -> bool:  # noqa: ANN401 — as above
    filing = change["filing"]
    assert filing is not None  # noqa: S101 — `heals` looked
    treated = places.regions.get(row.mdtrtarea_admvs or "")
    there = filing["mdtrtarea_admvs"] in (row.mdtrtarea_admvs, treated["node"] if treated else None)
    same = row.psn_no == change["subject"] and filing["insuplc_admdvs"] == row.insuplc_admdvs
    same = same and row.insutype in (None, filing["insutype"])
    return same and there and _within(filing["begndate"], filing["enddate"], row.begntime)


def _enrolment(change: ReferenceChange, row: Any) -> bool:  # noqa: ANN401 — as above
    enrolment = change["enrolment"]
    assert enrolment is not None  # noqa: S101 — `heals` looked
    good = enrolment["psn_insu_stas"] == "NORMAL" and row.insutype in (None, enrolment["insutype"])
    waits = enrolment["waiting_until"]
    over = waits is None or (row.begntime is not None and business_days(row.begntime) > waits)
    there = row.psn_no == change["subject"] and enrolment["insuplc_admdvs"] == row.insuplc_admdvs
    return there and good and over and _within(enrolment["begndate"], enrolment["enddate"], row.begntime)


def _opening(change: ReferenceChange, row: Any) -> bool:  # noqa: ANN401 — as above
    opening = change["opening"]
    assert opening is not None  # noqa: S101 — `heals` looked
    there = change["subject"] == f"region/{row.insuplc_admdvs}"
    same = row.insutype == opening["insutype"] and row.med_type == opening["med_type"]
    return there and same and _within(opening["begndate"], opening["enddate"], row.begntime)


def _mapped(change: ReferenceChange, row: Any, places: Places, mapping: Mapping[str, str]) -> bool:  # noqa: ANN401
    institution = places.institutions.get(row.fixmedins_code or "")
    speaks = institution is not None and change["subject"] == f"dialect/{institution['dialect']}"
    return speaks and any(repr(local) in row.detail for local in mapping)  # as the refusal quotes it
