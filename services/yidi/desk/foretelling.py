"""Foretelling a replay: a pre-settlement of the same bill, which the whole chain calculates and which changes nothing.

The probe goes in where every bill goes in, as an encounter with an id of its own: a failed request's own encounter is
looked up for it. Where there is none, or it is no settlement, nothing can be foretold, and the plan says so.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import insert, select, update

from yidi.contract.codec import ENCOUNTER_CHARGES, WireError
from yidi.contract.records import ErrorReport
from yidi.contract.topics import ENCOUNTERS
from yidi.desk.cases import newest_report
from yidi.desk.desk import Desk
from yidi.desk.outcomes import PROBE
from yidi.desk.refusals import OutOfReach
from yidi.desk.resending import hopeless
from yidi.desk.tables import ITEMS, OUTBOX
from yidi.domain.identities import derived_id

PROBES_MAX: Final = 200
"""So many records of a plan are foretold: each is a pre-settlement that the whole chain calculates."""
SETTLING: Final = ("SETTLE", "PRE_SETTLE")


class Wanted(NamedTuple):
    """An encounter to look up: whose, which, and when it had been sent at the latest (UTC milliseconds)."""

    key: bytes
    msgid: str
    until_ms: int


def foretell(desk: Desk, plan_id: str) -> None:
    """Send a probe for each of a plan's first records, and say of the others why nothing is foretold of them."""
    planned = (ITEMS.c.plan_id == plan_id) & (ITEMS.c.outcome == "planned")
    with desk.store.read() as connection:
        rows = list(connection.execute(select(ITEMS.c.nr, ITEMS.c.error_id).where(planned).order_by(ITEMS.c.nr)))
        reports = {row.nr: newest_report(connection, row.error_id) for row in rows[:PROBES_MAX]}
    bills = _bills(desk, reports)
    with desk.store.write() as connection:
        for nr, report in reports.items():
            probe = probe_of(bills.get(nr), report, plan_id)
            values: dict[str, Any] = {"predicted": json.dumps({"outcome": "NOT_PREDICTABLE"})}
            if probe is not None:
                values = {"probe": probe[0]}
                key = report["key"] or b""
                connection.execute(insert(OUTBOX).values(topic=ENCOUNTERS, key=key, value=probe[1], headers="[]"))
            connection.execute(update(ITEMS).where(planned, ITEMS.c.nr == nr).values(values))
        rest = {"outcome": "NOT_PREDICTED", "why": f"only the first {PROBES_MAX} are foretold"}
        beyond = planned & ITEMS.c.probe.is_(None) & ITEMS.c.predicted.is_(None)
        connection.execute(update(ITEMS).where(beyond).values(predicted=json.dumps(rest)))


def _bills(desk: Desk, reports: Mapping[int, ErrorReport]) -> dict[int, bytes]:
    """The encounters' bytes: the failed record itself, or the one that it was made of."""
    own = {nr: r["value"] or b"" for nr, r in reports.items() if r["source_topic"] == ENCOUNTERS}
    others = {nr: r for nr, r in reports.items() if nr not in own and not hopeless(r)}
    wanted = {nr: w for nr, r in others.items() if (w := wanted_of(r)) is not None}
    try:
        found = desk.log.encounters(list(wanted.values())) if wanted else {}
    except OutOfReach:
        return own
    return own | {nr: found[w.msgid] for nr, w in wanted.items() if w.msgid in found}


def wanted_of(report: ErrorReport) -> Wanted | None:
    """The encounter that a failed record was made of; None where the report does not say whose, or which."""
    if report["key"] is None or not report["msgid"]:
        return None
    return Wanted(report["key"], report["msgid"], report["first_failed_at"])


def probe_of(bill: bytes | None, report: ErrorReport, plan_id: str) -> tuple[str, bytes] | None:
    """The probe's msgid and bytes; None where nothing can be foretold."""
    if bill is None or hopeless(report):
        return None
    try:
        encounter = ENCOUNTER_CHARGES.decode(bill)
        if encounter["operation"] not in SETTLING:
            return None
        msgid = PROBE + derived_id(report["error_id"], f"probe/{plan_id}")
        return msgid, ENCOUNTER_CHARGES.encode({**encounter, "msgid": msgid, "operation": "PRE_SETTLE", "amends": None})
    except WireError:
        return None


def found_among(values: Sequence[bytes], wanted: Sequence[Wanted]) -> dict[str, bytes]:
    """The wanted encounters among many, by msgid; the last one sent under an id."""
    msgids = {w.msgid.encode(): w.msgid for w in wanted}
    named = ((msgids.get(_first_text(value)), value) for value in values)
    return {msgid: value for msgid, value in named if msgid is not None}


def _first_text(value: bytes) -> bytes:
    """The msgid, which is an encounter's first field: after magic byte and schema id, its length and its text.

    A length is zigzag-coded: of up to 63 bytes it takes one byte, and no msgid of an encounter is longer (64 is refused
    as not found, which only leaves it untold).
    """
    head = 5
    if len(value) <= head:
        return b""
    return value[head + 1 : head + 1 + (value[head] >> 1)]
