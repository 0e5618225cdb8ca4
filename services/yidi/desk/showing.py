"""What people see of cases: pages, groups, one whole record, CSV."""

import csv
import io
from collections.abc import Iterator
from typing import Any, Final

from sqlalchemy import Connection, Row, select

from yidi.contract.codec import ERROR_REPORT
from yidi.contract.topics import ENCOUNTERS
from yidi.desk import regions, selection
from yidi.desk.cases import SHOWN, case, newest_report, shown
from yidi.desk.claiming import claimed
from yidi.desk.desk import Desk
from yidi.desk.facts import Content, content_of
from yidi.desk.fault_pages import fault_page
from yidi.desk.masking import plain
from yidi.desk.query import Query, parse
from yidi.desk.states import Action, State, possible
from yidi.desk.tables import EVENTS, REPORTS
from yidi.desk.whereabouts import whereabouts
from yidi.domain.fault_advice import TODO_ZH
from yidi.domain.faults import FAULTS
from yidi.domain.identities import content_hash

Answer = dict[str, Any]
EXPORT_MAX: Final = 1_000_000
GROUPS_MAX: Final = 200
"""Groups of one answer, the largest; the others are counted. There may be as many as institutions."""


def groups(desk: Desk, connection: Connection, q: str, by: str = "cause") -> Answer:
    """Counts by cause (or place, or state), with the query that finds each group's cases."""
    now_ms = desk.clock()
    rows = selection.groups(connection, _asked(desk, connection, q, now_ms), by)
    shown_rows = [_group(row, q, by, now_ms) for row in rows[:GROUPS_MAX]]
    beyond = max(0, len(rows) - GROUPS_MAX)
    return {"q": q, "by": by, "total": sum(row.count for row in rows), "groups": shown_rows, "more": beyond}


def _asked(desk: Desk, connection: Connection, q: str, now_ms: int) -> Query:
    query = parse(q, now_ms)
    regions.refuse_unknown(connection, desk.places, query)
    return query


def _group(row: Row[Any], q: str, by: str, now_ms: int) -> Answer:
    fields = row._asdict()
    fault = FAULTS.get(fields.get("code") or "")
    if by == "cause":
        key = f"{row.service}/{row.code}/{row.stage}"
        finds = f"service:{row.service} code:{row.code} stage:{row.stage}"
    else:
        key = str(row[0] or "")
        finds = f"{ {'region': 'insured'}.get(by, by) }:{key}" if key else ""
    return {
        **fields,
        "key": key,
        "zh": fault.zh if fault else "",
        "en": fault.en if fault else "",
        "todo": fault.todo if fault else "",
        "todo_zh": TODO_ZH.get(fault.code, "") if fault else "",
        "oldest_age_ms": now_ms - row.first_seen,
        "q": f"{q} {finds}".strip(),
    }


def page(desk: Desk, connection: Connection, q: str, limit: int, after: str | None, *, unmask: bool = False) -> Answer:
    """One page of cases, the newest failure first; above them, on the first page, what is paid twice."""
    now_ms = desk.clock()
    query = _asked(desk, connection, q, now_ms)
    rows, cursor = selection.page(connection, query, limit, after)
    first = [] if after else selection.paid_twice(connection, query)
    known = {row.error_id for row in first}
    rows = [*first, *(row for row in rows if row.error_id not in known)]
    return {
        "q": q,
        "cases": [shown(row, now_ms, desk.alarm_ms, unmask=unmask) for row in rows],
        "next": cursor,
        "total": selection.count(connection, query),
    }


def whole(desk: Desk, connection: Connection, wanted: str, *, unmask: bool = False) -> Answer:
    """Everything about one case: the record decoded and raw, why it failed, what happened, what can be done."""
    now_ms = desk.clock()
    row = case(connection, wanted)
    report = newest_report(connection, row.error_id)
    content = content_of(report["value"])
    where = whereabouts(row, now_ms)
    return {
        **shown(row, now_ms, desk.alarm_ms, unmask=unmask),
        "insured_place": desk.places.name(row.insuplc_admdvs),
        "treatment_place": desk.places.name(row.mdtrtarea_admvs),
        "institution": desk.places.institution(row.fixmedins_code),
        "content": _content(content, unmask=unmask),
        "unreadable": content.unreadable,
        **_raw(report, unmask=unmask),
        "reports": [_report(r) for r in _reports(connection, row.error_id)],
        "history": _history(connection, row.error_id),
        "whereabouts": where._asdict(),
        "fault": _fault(desk, row),
        "may": [action.value for action in possible(State(row.state)) if action is not Action.AMEND or _amendable(row)],
        "claim": claimed(connection, row.error_id),
    }


def _amendable(row: Row[Any]) -> bool:
    """Only what was sent is amended, never what a service computed of it."""
    return bool(row.source_topic == ENCOUNTERS)


def _fault(desk: Desk, row: Row[Any]) -> Answer | None:
    if row.code not in FAULTS:
        return None
    return fault_page(row.code, desk.places, row.insuplc_admdvs, med_type=row.med_type)


def _content(content: Content, *, unmask: bool) -> Answer | None:
    if content.fields is None:
        return None
    fields: Answer = plain(content.fields, unmask=unmask)
    if content.inner is not None:
        fields["request"] = plain(content.inner, unmask=unmask)
    return {"kind": content.kind, **fields}


def _raw(report: Any, *, unmask: bool) -> Answer:  # noqa: ANN401 — an ErrorReport
    """Raw bytes name the person: masked, only their size and hash are shown."""
    value = report["value"]
    return {
        "key": plain(report["key"], unmask=unmask),
        "value": plain(value, unmask=unmask),
        "value_sha256": content_hash(value).hex() if value is not None else None,
        "headers": [
            {"key": h["key"], "value": (h["value"] or b"").decode("utf-8", "backslashreplace")}
            for h in report["headers"]
        ],
        "traceparent": report["traceparent"],
    }


def _reports(connection: Connection, error_id: str) -> Iterator[Any]:
    wanted = select(REPORTS.c.value).where(REPORTS.c.error_id == error_id).order_by(REPORTS.c.at)
    return (ERROR_REPORT.decode(row.value) for row in connection.execute(wanted))


def _report(report: Any) -> Answer:  # noqa: ANN401 — an ErrorReport
    names = ("error_id", "service", "code", "stage", "detail", "attempt", "last_failed_at", "source_topic")
    return {name: report[name] for name in (*names, "source_partition", "source_offset")}


def _history(connection: Connection, error_id: str) -> list[Answer]:
    wanted = select(EVENTS).where(EVENTS.c.error_id == error_id).order_by(EVENTS.c.id)
    return [row._asdict() for row in connection.execute(wanted)]


def events(connection: Connection, after: int, limit: int) -> Answer:
    """What happened since, in order; `last` is what to ask with next."""
    wanted = select(EVENTS).where(EVENTS.c.id > after).order_by(EVENTS.c.id).limit(limit)
    rows = [row._asdict() for row in connection.execute(wanted)]
    return {"events": rows, "last": rows[-1]["id"] if rows else after}


def last_event(connection: Connection) -> int:
    row = connection.execute(select(EVENTS.c.id).order_by(EVENTS.c.id.desc()).limit(1)).first()
    return 0 if row is None else int(row.id)


def table(desk: Desk, connection: Connection, q: str, *, unmask: bool = False) -> str:
    """Everything that the query finds as CSV. Cells that a spreadsheet would take for a formula are quoted."""
    now_ms, cursor, written = desk.clock(), None, 0
    query = _asked(desk, connection, q, now_ms)
    out = io.StringIO()
    writer = csv.DictWriter(out, [*SHOWN, "zh", "en", "age_ms", "alarm"], lineterminator="\n")
    writer.writeheader()
    while written < EXPORT_MAX:
        rows, cursor = selection.page(connection, query, selection.PAGE_MAX, cursor)
        for row in rows:
            fields = shown(row, now_ms, desk.alarm_ms, unmask=unmask)
            writer.writerow({name: _cell(value) for name, value in fields.items()})
        written += len(rows)
        if cursor is None:
            break
    return out.getvalue()


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@") else value
