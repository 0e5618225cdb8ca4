"""Taking in what the services publish: rows and positions in one transaction, each record exactly once.

The caller reads error topics up to their ends *after* it has looked up the ends of the result topics, and hands both in
together: a result that heals a case is always published after the report that made the case, so the case is known here
before the result is (see `yidi.desk.kafka`).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import Connection, insert, select, update

from yidi.contract.codec import ERROR_REPORT, SETTLEMENT_RESULT, WireError
from yidi.contract.records import ErrorReport, SettlementResult
from yidi.desk import mends, outcomes
from yidi.desk.facts import REPORTED, facts_of
from yidi.desk.joining import Joins
from yidi.desk.states import State
from yidi.desk.tables import CASES, EVENTS, POSITIONS, REPORTS
from yidi.domain.identities import record_id
from yidi.runtime.decider import Record

CHUNK: Final = 500
"""Values in one IN list: below every database's limit."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch brought: how many new cases, how many reports and results in all."""

    cases: int = 0
    reports: int = 0
    results: int = 0


def positions(connection: Connection) -> dict[tuple[str, int], int]:
    """Where to read on, by topic and partition."""
    return {(row.topic, row.partition): row.position for row in connection.execute(select(POSITIONS))}


def take_in(connection: Connection, batch: Sequence[Record], now_ms: int, replays_max: int) -> Taken:
    """Take in records in the order given; those below the stored positions were taken in before and are skipped."""
    fresh = _advance(connection, batch)
    reports = [(record, _report(record)) for record in fresh if record.topic.startswith("errors.")]
    new = _take_reports(connection, reports, now_ms, replays_max)
    results = list(_results(fresh)) if outcomes.anything_awaited(connection) else []
    outcomes.take_results(connection, results, now_ms, replays_max)
    mends.take_publications(connection, [r for r in fresh if r.topic.startswith("reference.")])
    return Taken(new, len(reports), len(results))


def _advance(connection: Connection, batch: Sequence[Record]) -> list[Record]:
    """Records that were not taken in before; moves the positions behind them."""
    known = positions(connection)
    moved: dict[tuple[str, int], int] = {}
    fresh = []
    for record in batch:
        place = (record.topic, record.partition)
        if record.offset < moved.get(place, known.get(place, 0)):
            continue
        moved[place] = record.offset + 1
        fresh.append(record)
    for (topic, partition), position in moved.items():
        set_position(connection, topic, partition, position, known=(topic, partition) in known)
    return fresh


def set_position(connection: Connection, topic: str, partition: int, position: int, *, known: bool) -> None:
    """Write where to read on."""
    place = (POSITIONS.c.topic == topic) & (POSITIONS.c.partition == partition)
    if known:
        connection.execute(update(POSITIONS).where(place).values(position=position))
    else:
        connection.execute(insert(POSITIONS).values(topic=topic, partition=partition, position=position))


def _report(record: Record) -> ErrorReport:
    """The report; a record on an error topic that is none is a case of its own, not a reason to stop."""
    try:
        return ERROR_REPORT.decode(record.value or b"")
    except WireError as error:
        return _of_no_report(record, str(error))


def _of_no_report(record: Record, why: str) -> ErrorReport:
    about: Any = dict.fromkeys(
        ("msgid", "setl_id", "psn_no", "mdtrt_id", "insuplc_admdvs", "mdtrtarea_admvs", "fixmedins_code", "traceparent")
    )
    report: Any = {
        "error_id": record_id(record.topic, record.partition, record.offset),
        "service": record.topic.removeprefix("errors."),
        "code": "UNDECODABLE",
        "fault_class": "POISON",
        "stage": "DECODE",
        "detail": f"a record on {record.topic} is no error report: {why}",
        "attempt": 1,
        "first_failed_at": record.timestamp_ms,
        "last_failed_at": record.timestamp_ms,
        **about,
        "source_topic": record.topic,
        "source_partition": record.partition,
        "source_offset": record.offset,
        "source_timestamp": record.timestamp_ms,
        "key": record.key,
        "value": record.value,
        "headers": [{"key": name, "value": value} for name, value in record.headers],
    }
    return cast("ErrorReport", report)


def _results(fresh: Iterable[Record]) -> Iterable[SettlementResult]:
    for record in fresh:
        if record.topic.startswith("hospital."):
            try:
                yield SETTLEMENT_RESULT.decode(record.value or b"")
            except WireError:
                continue  # poison: the hospital reports it


def _take_reports(
    connection: Connection, reports: Sequence[tuple[Record, ErrorReport]], now_ms: int, replays_max: int
) -> int:
    known = _known(connection, [report["error_id"] for _, report in reports])
    joins = Joins(connection, [report for _, report in reports])
    new: dict[str, dict[str, Any]] = {}
    kept: dict[str, dict[str, Any]] = {}
    for record, report in reports:
        report_id = report["error_id"]
        if report_id in known or report_id in kept or _no_case(connection, report, now_ms):
            continue
        joined = joins.case_of(report)
        kept[report_id] = _kept(record, report, joined or report_id)
        if joined is None:
            new[report_id] = opened(report)
            joins.remember(report)
        else:
            if joined in new:
                _flush(connection, new)
            outcomes.refused_again(connection, joined, report, now_ms=now_ms, replays_max=replays_max)
    cases = sum(1 for row in kept.values() if row["error_id"] == row["report_id"])
    _flush(connection, new)
    if kept:
        connection.execute(insert(REPORTS), list(kept.values()))
    return cases


def _no_case(connection: Connection, report: ErrorReport, now_ms: int) -> bool:
    """Questions, the desk's own and anybody's: what is refused of them is an answer, not a case."""
    if outcomes.is_answered_question(report):
        return True
    return outcomes.take_refused_probe(connection, report) or mends.take_refusal(connection, report, now_ms)


def _known(connection: Connection, report_ids: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(report_ids), CHUNK):
        some = report_ids[at : at + CHUNK]
        rows = connection.execute(select(REPORTS.c.report_id).where(REPORTS.c.report_id.in_(some)))
        found.update(row.report_id for row in rows)
    return found


def _kept(record: Record, report: ErrorReport, error_id: str) -> dict[str, Any]:
    value = ERROR_REPORT.encode(report)
    return {
        "report_id": report["error_id"],
        "error_id": error_id,
        "attempt": report["attempt"],
        "at": report["last_failed_at"],
        "topic": record.topic,
        "partition": record.partition,
        "offset": record.offset,
        "value": value,
    }


SAME: Final = ("error_id", "first_failed_at", *REPORTED)


def opened(report: ErrorReport) -> dict[str, Any]:
    """A new case's row."""
    fields: Mapping[str, Any] = report
    return {
        "state": State.OPEN.value,
        "owner": None,
        "version": 1,
        "replays": 0,
        "ready": False,
        "mended_by": None,
        "report": report["error_id"],
        **{name: fields[name] for name in SAME},
        **facts_of(report),
    }


def _flush(connection: Connection, new: dict[str, dict[str, Any]]) -> None:
    if new:
        connection.execute(insert(CASES), list(new.values()))
        events = [
            {"error_id": row["error_id"], "at": row["last_failed_at"], "kind": "reported", "actor": row["service"],
             "words": f"{row['code']} at {row['stage']}: {row['detail']}"}
            for row in new.values()
        ]  # fmt: skip
        connection.execute(insert(EVENTS), events)
        new.clear()
