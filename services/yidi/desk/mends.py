"""Mending a cause where the registry can: the change is made of the case, sent, and followed until it is applied.

What it heals is shown before; when the registry has published it, those cases are marked ready to replay. A replay
waits at the services until they have read it.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row, insert, select, update

from yidi.contract import topics
from yidi.contract.codec import DIALECT, REFERENCE_CHANGE, RecordType, WireError, record_type_of
from yidi.contract.records import ErrorReport, ReferenceChange
from yidi.desk.cases import newest_report, note
from yidi.desk.facts import content_of
from yidi.desk.healing import CODES, heals
from yidi.desk.places import Places
from yidi.desk.states import State
from yidi.desk.tables import CASES, EVENTS, MENDS, OUTBOX
from yidi.runtime.decider import Record

READY: Final = (State.OPEN, State.TAKEN, State.REFUSED, State.WAITING, State.PARKED)
HEALED_MAX: Final = 10_000
SHARED_KEY: Final = b"shared"


APPLIED: Final = ("applied", "unchanged")
"""States of a mend after which what it heals is ready."""


class Mend(NamedTuple):
    """A change as it is to be sent; `unchanged` says that the registry has published the same already."""

    kind: str
    error_id: str
    change: ReferenceChange
    made_by: str
    unchanged: bool = False


def healed(connection: Connection, kind: str, change: ReferenceChange, places: Places) -> list[Row[Any]]:
    """Cases that a replay can carry past where they failed, once the change is applied."""
    wanted = select(CASES).where(CASES.c.code.in_(CODES[kind]), CASES.c.state.in_(READY))
    if "/" not in change["subject"]:
        wanted = wanted.where(CASES.c.psn_no == change["subject"])
    rows = list(connection.execute(wanted.order_by(CASES.c.first_failed_at).limit(HEALED_MAX)))
    return [row for row in rows if heals(change, row, places) and _same_disease(connection, change, row)]


def _same_disease(connection: Connection, change: ReferenceChange, row: Row[Any]) -> bool:
    """Whether a qualification is for the disease that the case's own record names; true for every other mend."""
    held = change["qualification"]
    if held is None:
        return True
    bill = content_of(newest_report(connection, row.error_id)["value"]).bill
    return bool(bill.get("dise_codg") == held["dise_codg"])


def request(connection: Connection, mend: Mend, now_ms: int) -> str:
    """Queue the change for the registry; returns the mend's id. One that changes nothing is kept, and not sent."""
    change = mend.change
    value = REFERENCE_CHANGE.encode(change)
    key = SHARED_KEY if "/" in change["subject"] else change["subject"].encode()
    if not mend.unchanged:
        connection.execute(insert(OUTBOX).values(topic=topics.REGISTRY_REQUESTS, key=key, value=value, headers="[]"))
    connection.execute(
        insert(MENDS).values(
            mend_id=change["msgid"],
            kind=mend.kind,
            error_id=mend.error_id,
            subject=change["subject"],
            state="unchanged" if mend.unchanged else "requested",
            made_by=mend.made_by,
            made_at=now_ms,
            change=value,
        )
    )
    return change["msgid"]


def take_refusal(connection: Connection, report: ErrorReport, now_ms: int) -> bool:
    """Whether the registry refuses a mend of ours: then the mend says why, and it makes no case."""
    if report["service"] != "registry" or not report["msgid"]:
        return False
    wanted = MENDS.c.mend_id == report["msgid"]
    row = connection.execute(select(MENDS).where(wanted)).first()
    if row is None:
        return False
    words = f"{report['code']}: {report['detail']}"
    if row.state == "requested":
        connection.execute(update(MENDS).where(wanted).values(state="refused", words=words))
        note(connection, row.error_id, now_ms, "mend refused", "registry", words)
    return True


def take_publications(connection: Connection, records: Sequence[Record]) -> list[str]:
    """Mends that these publications of the registry apply; returns their ids."""
    if not records:
        return []
    requested = list(connection.execute(select(MENDS).where(MENDS.c.state == "requested")))
    by_key = {(row.subject.encode()): [r for r in requested if r.subject == row.subject] for row in requested}
    applied = []
    for record in records:
        for row in by_key.get(record.key or b"", ()):
            if row.mend_id not in applied and _shows(record, REFERENCE_CHANGE.decode(row.change)):
                applied.append(row.mend_id)
    if applied:
        connection.execute(update(MENDS).where(MENDS.c.mend_id.in_(applied)).values(state="applied"))
    return applied


def mark_ready(connection: Connection, places: Places, now_ms: int) -> int:
    """Mark what applied mends heal as ready to replay; returns how many cases."""
    marked = 0
    for row in list(connection.execute(select(MENDS).where(MENDS.c.state.in_(APPLIED), MENDS.c.words == ""))):
        change = REFERENCE_CHANGE.decode(row.change)
        cases = healed(connection, row.kind, change, places)
        for healing in cases:
            this = CASES.c.error_id == healing.error_id
            connection.execute(update(CASES).where(this).values(ready=True, mended_by=row.mend_id))
        events = [
            {"error_id": c.error_id, "at": now_ms, "kind": "ready", "actor": "registry", "words": f"mended: {row.kind}"}
            for c in cases
        ]
        if events:
            connection.execute(insert(EVENTS), events)
        done = "applied" if row.state == "applied" else "nothing to change: the registry says so already"
        words = f"{done}; {counted(len(cases))} ready to replay"
        connection.execute(update(MENDS).where(MENDS.c.mend_id == row.mend_id).values(words=words))
        marked += len(cases)
    return marked


def _shows(record: Record, change: ReferenceChange) -> bool:
    """Whether a published record holds what the change asked for."""
    try:
        kind: RecordType[Any] = record_type_of(record.value or b"")
        published = kind.decode(record.value or b"")
    except WireError:
        return False
    filing = change["filing"]
    if filing is not None:
        named = ("filing_id", "begndate", "enddate", "cancelled_at")
        return any(all(row[name] == filing[name] for name in named) for row in published.get("filings", ()))  # type: ignore[literal-required]
    if kind.name == DIALECT.name:
        return _mapped(change["item_mapping"], published["items"]) or _mapped(
            change["category_mapping"], published["categories"]
        )
    return any(change[part] in published.get(rows, ()) for part, rows in _ROWS.items() if change[part] is not None)  # type: ignore[literal-required]


_ROWS: Final = {
    "enrolment": "enrolments",
    "opening": "openings",
    "connection": "connections",
    "qualification": "qualifications",
    "selection": "selections",
    "deposit": "deposits",
}
"""Parts of a change that are rows of a published record, and the field that holds these."""


def counted(cases: int) -> str:
    return "1 case is" if cases == 1 else f"{cases} cases are"


def _mapped(wanted: dict[str, str] | None, known: dict[str, str]) -> bool:
    return bool(wanted) and all(known.get(local) == national for local, national in (wanted or {}).items())
