"""What a change asks for, made into the whole record that it leads to, or refused with all reasons."""

from collections.abc import Callable
from typing import Any, Final

from yidi.contract import records
from yidi.contract.changes import PARTS
from yidi.domain.faults import Refusal
from yidi.registry.filing import Circumstances, check_filing
from yidi.registry.history import (
    check_filings,
    check_person,
    with_deposit,
    with_enrolment,
    with_filing,
    with_qualification,
    with_selection,
)
from yidi.registry.places import place
from yidi.registry.shared import (
    check_catalogue,
    check_dialect,
    check_institution,
    check_region,
    with_connection,
    with_mappings,
)
from yidi.registry.shared import with_opening as opened
from yidi.registry.subjects import (
    CATALOGUES,
    DIALECTS,
    FILINGS,
    INSTITUTIONS,
    PERSON,
    REGIONS,
    Kind,
    record_in,
)
from yidi.runtime.decider import View

Outcome = tuple[Kind, Any]
"""The kind, and the whole record as it is to be; its version is not set yet."""


def outcome(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:
    """The record that the change leads to; Refusal REFERENCE_INVALID when it is not valid."""
    asked = [part for part in PARTS if change[part] is not None]
    if len(asked) != 1:
        named = ", ".join(asked) or "none"
        raise Refusal("REFERENCE_INVALID", f"exactly one of {', '.join(PARTS)} is set, but here: {named}")
    return _MAKERS[asked[0]](view, change, now_ms)


def _whole_record(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    kind, record = record_in(change["record"] or b"")
    if kind is INSTITUTIONS:
        region_known = REGIONS.held(view, f"region/{record['admdvs']}") is not None
        dialect_known = view.get(DIALECTS.table, f"dialect/{record['dialect']}") is not None
        check_institution(record, region_known=region_known, dialect_known=dialect_known)
    else:
        _CHECKS[kind](record)
    return kind, record


def _filing(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:
    filing, psn_no = change["filing"], change["subject"]
    assert filing is not None  # noqa: S101 — `outcome` looked
    person = _person(view, psn_no)
    held: records.FilingHistory | None = FILINGS.held(view, psn_no)
    history: records.FilingHistory = held or {"psn_no": psn_no, "version": 0, "filings": []}
    known = Circumstances(
        enrolments=person["enrolments"],
        filings=history["filings"],
        insured=place(view, filing["insuplc_admdvs"]),
        treatment=place(view, filing["mdtrtarea_admvs"]),
        now_ms=now_ms,
    )
    check_filing(filing, known)
    return FILINGS, with_filing(history, filing)


def _enrolment(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    row = change["enrolment"]
    assert row is not None  # noqa: S101 — `outcome` looked
    return PERSON, with_enrolment(_person(view, change["subject"]), row, place(view, row["insuplc_admdvs"]))


def _opening(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    opening = change["opening"]
    assert opening is not None  # noqa: S101 — `outcome` looked
    return REGIONS, opened(_shared(view, REGIONS, change["subject"]), opening)


def _connection(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    connection = change["connection"]
    assert connection is not None  # noqa: S101 — `outcome` looked
    return INSTITUTIONS, with_connection(_shared(view, INSTITUTIONS, change["subject"]), connection)


def _qualification(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    held = change["qualification"]
    assert held is not None  # noqa: S101 — `outcome` looked
    return PERSON, with_qualification(_person(view, change["subject"]), held)


def _selection(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    chosen = change["selection"]
    assert chosen is not None  # noqa: S101 — `outcome` looked
    return PERSON, with_selection(_person(view, change["subject"]), chosen)


def _deposit(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    deposit = change["deposit"]
    assert deposit is not None  # noqa: S101 — `outcome` looked
    return PERSON, with_deposit(_person(view, change["subject"]), deposit)


def _mapping(view: View, change: records.ReferenceChange, now_ms: int) -> Outcome:  # noqa: ARG001 — one signature
    dialect = _shared(view, DIALECTS, change["subject"])
    return DIALECTS, with_mappings(dialect, change["item_mapping"] or {}, change["category_mapping"] or {})


def _person(view: View, psn_no: str) -> records.PersonHistory:
    held: records.PersonHistory | None = PERSON.held(view, psn_no)
    if held is None:
        raise Refusal("REFERENCE_INVALID", "subject: the registry knows no person with this psn_no")
    return held


def _shared(view: View, kind: Kind, subject: str) -> Any:  # noqa: ANN401 — the kind's record
    held = kind.held(view, subject) if subject.startswith(f"{kind.prefix}/") else None
    if held is None:
        raise Refusal("REFERENCE_INVALID", f"subject: the registry knows no {kind.prefix} {subject!r}")
    return held


_CHECKS: Final[dict[Kind, Callable[[Any], None]]] = {
    PERSON: check_person,
    FILINGS: check_filings,
    REGIONS: check_region,
    CATALOGUES: check_catalogue,
    DIALECTS: check_dialect,
}
_MAKERS: Final[dict[str, Callable[[View, records.ReferenceChange, int], Outcome]]] = {
    "record": _whole_record,
    "filing": _filing,
    "enrolment": _enrolment,
    "opening": _opening,
    "item_mapping": _mapping,
    "category_mapping": _mapping,
    "connection": _connection,
    "qualification": _qualification,
    "selection": _selection,
    "deposit": _deposit,
}
