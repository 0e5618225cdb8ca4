"""Which case a report belongs to: a replay that is refused again is no new case."""

from collections.abc import Iterable, Sequence
from typing import Final

from sqlalchemy import Connection, select

from yidi.contract.records import ErrorReport
from yidi.desk.tables import AMENDMENTS, CASES, REPORTS
from yidi.runtime.decider import REPLAYS_HEADER

CHUNK: Final = 500
CONFLICT: Final = "ID_CONFLICT"
"""Its record only borrowed the msgid: what becomes of the msgid is not about it."""


class Joins:
    """Looks up, for a batch of reports at once, the cases that they may belong to.

    A report joins the case that its record says it replays; else, for a later attempt, the newest case of the same
    message; else the case whose amendment the message is.
    """

    def __init__(self, connection: Connection, reports: Sequence[ErrorReport]) -> None:
        later = [r for r in reports if r["attempt"] > 1]
        self._by_report = self._reports(connection, {_replayed(r) for r in later} - {""})
        self._by_msgid = self._cases(connection, {r["msgid"] or "" for r in later} - {""})
        self._amended = self._amendments(connection, {r["msgid"] or "" for r in reports} - {""})

    def case_of(self, report: ErrorReport) -> str | None:
        """The id of the case, or None for a new one."""
        msgid = report["msgid"] or ""
        if report["attempt"] > 1:
            joined = self._by_report.get(_replayed(report)) or self._by_msgid.get(msgid)
            if joined is not None:
                return joined
        return self._amended.get(msgid)

    def remember(self, report: ErrorReport) -> None:
        """A case that was just made of a report of the same batch."""
        self._by_report[report["error_id"]] = report["error_id"]
        if report["msgid"]:
            self._by_msgid[report["msgid"]] = report["error_id"]

    @staticmethod
    def _reports(connection: Connection, report_ids: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _chunks(report_ids):
            wanted = select(REPORTS.c.report_id, REPORTS.c.error_id).where(REPORTS.c.report_id.in_(some))
            found |= {row.report_id: row.error_id for row in connection.execute(wanted)}
        return found

    @staticmethod
    def _cases(connection: Connection, msgids: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _chunks(msgids):
            wanted = select(CASES.c.msgid, CASES.c.error_id).where(CASES.c.msgid.in_(some), CASES.c.code != CONFLICT)
            found |= {row.msgid: row.error_id for row in connection.execute(wanted.order_by(CASES.c.last_failed_at))}
        return found

    @staticmethod
    def _amendments(connection: Connection, msgids: Iterable[str]) -> dict[str, str]:
        found: dict[str, str] = {}
        for some in _chunks(msgids):
            wanted = select(AMENDMENTS.c.msgid, AMENDMENTS.c.error_id).where(AMENDMENTS.c.msgid.in_(some))
            found |= {row.msgid: row.error_id for row in connection.execute(wanted)}
        return found


def _replayed(report: ErrorReport) -> str:
    for header in reversed(report["headers"]):
        if header["key"] == REPLAYS_HEADER:
            return (header["value"] or b"").decode("utf-8", "replace")
    return ""


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    everything = sorted(values)
    return (everything[at : at + CHUNK] for at in range(0, len(everything), CHUNK))
