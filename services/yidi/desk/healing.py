"""Which cases a change of reference data heals. Pure: dates are the treatment's, whenever the change is recorded."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from yidi.contract.records import ReferenceChange
from yidi.desk.places import Places
from yidi.domain.codes import MedType
from yidi.domain.instants import business_days

FILING: Final = ("NOT_FILED", "FILING_EXPIRED", "FILING_WRONG_AREA", "UNFILED_NOT_COVERED")
ENROLMENT: Final = ("ENROLMENT_ABNORMAL", "WAITING_PERIOD", "SCHEME_DIFFERS")
OPENING: Final = ("REGION_NOT_OPEN", "SCHEME_NOT_OPEN", "SERVICE_NOT_OPEN")
ITEM: Final = ("ITEM_UNMATCHED",)
CATEGORY: Final = ("CATEGORY_UNKNOWN",)
CONNECTION: Final = ("INSTITUTION_NOT_CONNECTED",)
SELECTION: Final = ("INSTITUTION_NOT_SELECTED",)
QUALIFICATION: Final = ("CHRONIC_NOT_QUALIFIED", "INSTITUTION_NOT_SELECTED")
DEPOSIT: Final = ("BALANCE_INSUFFICIENT",)

CODES: Final[Mapping[str, tuple[str, ...]]] = {
    "filing": FILING,
    "enrolment": ENROLMENT,
    "opening": OPENING,
    "item": ITEM,
    "category": CATEGORY,
    "connection": CONNECTION,
    "selection": SELECTION,
    "qualification": QUALIFICATION,
    "deposit": DEPOSIT,
}
"""Codes that each kind of mend can heal."""


BY_OTHERS: Final[Mapping[str, str]] = {
    "NO_POLICY": "the agency's own policy file",
    "PERSON_UNKNOWN": "whoever enrols the person publishes the whole record",
    "INSTITUTION_UNKNOWN": "whoever designates the institution publishes the whole record",
    "REFERENCE_AWAITED": "nothing is wrong with the data: it has not arrived yet",
    "DEFECT": "the program is mended, not the data",
}
"""Codes that are replayed after a repair which no mend of the desk can be, and why."""


def kind_for(code: str, med_type: str | None = None) -> str | None:
    """The kind of mend that a code calls for, or None when the registry cannot mend it.

    An institution for chronic care is approved with the disease, not chosen like one for ordinary outpatient care.
    """
    if code in SELECTION and med_type == MedType.CHRONIC:
        return "qualification"
    return next((kind for kind, codes in CODES.items() if code in codes), None)


def heals(change: ReferenceChange, row: Any, places: Places) -> bool:  # noqa: ANN401 — a row of CASES, or a double
    """Whether a replay of the case can pass where it failed, once the change is applied.

    Of a qualification the disease is not looked at: a case's row does not know it (see `yidi.desk.mends`).
    """
    kind = next(kind for kind, part in PART_OF.items() if change[part] is not None)  # type: ignore[literal-required]
    part = change[PART_OF[kind]]  # type: ignore[literal-required]
    return row.code in CODES[kind] and _HEALS[kind](change["subject"], part, row, places)


PART_OF: Final = {
    "filing": "filing",
    "enrolment": "enrolment",
    "opening": "opening",
    "item": "item_mapping",
    "category": "category_mapping",
    "connection": "connection",
    "selection": "selection",
    "qualification": "qualification",
    "deposit": "deposit",
}
"""Where in a change each kind of mend stands."""


def _within(first: int, last: int | None, instant_ms: int | None) -> bool:
    """Whether the treatment lies in the days from `first` to `last`."""
    if instant_ms is None:
        return False
    day = business_days(instant_ms)
    return first <= day and (last is None or day <= last)


def _filing(subject: str, filing: Any, row: Any, places: Places) -> bool:  # noqa: ANN401 — a part, a row
    treated = places.regions.get(row.mdtrtarea_admvs or "")
    there = filing["mdtrtarea_admvs"] in (row.mdtrtarea_admvs, treated["node"] if treated else None)
    same = row.psn_no == subject and filing["insuplc_admdvs"] == row.insuplc_admdvs
    same = same and row.insutype in (None, filing["insutype"])
    return same and there and _within(filing["begndate"], filing["enddate"], row.begntime)


def _enrolment(subject: str, enrolment: Any, row: Any, _places: Places) -> bool:  # noqa: ANN401 — as above
    good = enrolment["psn_insu_stas"] == "NORMAL" and row.insutype in (None, enrolment["insutype"])
    waits = enrolment["waiting_until"]
    over = waits is None or (row.begntime is not None and business_days(row.begntime) > waits)
    there = row.psn_no == subject and enrolment["insuplc_admdvs"] == row.insuplc_admdvs
    return there and good and over and _within(enrolment["begndate"], enrolment["enddate"], row.begntime)


def _opening(subject: str, opening: Any, row: Any, _places: Places) -> bool:  # noqa: ANN401 — as above
    there = subject == f"region/{row.insuplc_admdvs}"
    same = row.insutype == opening["insutype"] and row.med_type == opening["med_type"]
    return there and same and _within(opening["begndate"], opening["enddate"], row.begntime)


def _connection(subject: str, connection: Any, row: Any, _places: Places) -> bool:  # noqa: ANN401 — as above
    there = subject == f"institution/{row.fixmedins_code}"
    care = not connection["med_types"] or row.med_type in connection["med_types"]
    return there and care and _within(connection["begndate"], connection["enddate"], row.begntime)


def _selection(subject: str, chosen: Any, row: Any, _places: Places) -> bool:  # noqa: ANN401 — as above
    same = row.psn_no == subject and row.fixmedins_code == chosen["fixmedins_code"]
    ordinary = row.med_type != MedType.CHRONIC
    return same and ordinary and _within(chosen["begndate"], chosen["enddate"], row.begntime)


def _qualification(subject: str, held: Any, row: Any, _places: Places) -> bool:  # noqa: ANN401 — as above
    approved = not held["institutions"] or row.fixmedins_code in held["institutions"]
    same = row.psn_no == subject and row.med_type == MedType.CHRONIC
    return same and approved and _within(held["begndate"], held["enddate"], row.begntime)


def _deposit(subject: str, _deposit: Any, row: Any, _places: Places) -> bool:  # noqa: ANN401 — as above
    return bool(row.psn_no == subject)


def _mapped(subject: str, mapping: Any, row: Any, places: Places) -> bool:  # noqa: ANN401 — as above
    institution = places.institutions.get(row.fixmedins_code or "")
    speaks = institution is not None and subject == f"dialect/{institution['dialect']}"
    return speaks and any(repr(local) in row.detail for local in mapping)  # as the refusal quotes it


_HEALS: Final[Mapping[str, Callable[[str, Any, Any, Places], bool]]] = {
    "filing": _filing,
    "enrolment": _enrolment,
    "opening": _opening,
    "item": _mapped,
    "category": _mapped,
    "connection": _connection,
    "selection": _selection,
    "qualification": _qualification,
    "deposit": _deposit,
}
