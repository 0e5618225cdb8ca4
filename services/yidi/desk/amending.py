"""Amending an encounter: a new record with `amends`, made from the failed one by a form made from its schema.

The original's bytes stay as they are and are linked. Off by default. Amounts need a second person. Only encounters:
what a service computed further down is never edited.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from yidi.contract.codec import ENCOUNTER_CHARGES, WireError
from yidi.contract.topics import ENCOUNTERS
from yidi.desk.cases import case, move, newest_report, note, refuse_others
from yidi.desk.checking import Problem, problems
from yidi.desk.desk import Desk, need_reason
from yidi.desk.masking import PERSONAL
from yidi.desk.people import ROLES, Person
from yidi.desk.plans import refuse_same
from yidi.desk.refusals import BadRequest, Conflict, Denied, Unknown
from yidi.desk.states import Action
from yidi.desk.tables import AMENDMENTS, OUTBOX
from yidi.domain.counting import counted
from yidi.domain.identities import derived_id, masked

Answer = dict[str, Any]
LOCKED: Final = frozenset({"msgid", "operation", "amends", "refers", "psn_no", "inf_time"})
"""What makes the record this record; psn_no is its key, too."""
SENSITIVE: Final = frozenset({"psn_name", "certno", "mdtrt_cert_no", "card_sn"})
AMOUNTS: Final = frozenset({"medfee_sumamt", "acct_pay_amt", "cnt", "pric", "det_item_fee_sumamt"})


def mode(path: str) -> str:
    """How a field may be changed: locked, sensitive, amount (four eyes), or free."""
    name = path.rpartition(".")[2]
    if name in LOCKED or name in ("feedetl_sn", "init_feedetl_sn"):
        return "locked"
    return "sensitive" if name in SENSITIVE else "amount" if name in AMOUNTS else "free"


def form(desk: Desk, connection: Connection, wanted: str) -> Answer:
    """Fields with their present values; lines as `lines.0.cnt`. Sensitive values are masked, unchanged if sent so."""
    row, original = encounter_of(connection, wanted)
    described = _described()
    fields = [
        {"name": name, "mode": mode(name), "value": _masked(name, value), **described[name.rpartition(".")[2]]}
        for name, value in _flat(original)
    ]
    return {"error_id": row.error_id, "allowed": desk.settings.amend, "fields": fields, "version": row.version}


def _described() -> dict[str, Answer]:
    """Avro type and doc of every field of an encounter and its lines, from the schema."""
    schema: Any = ENCOUNTER_CHARGES.schema()
    (lines,) = (field["type"]["items"]["fields"] for field in schema["fields"] if field["name"] == "lines")
    return {field["name"]: {"type": field["type"], "doc": field["doc"]} for field in (*lines, *schema["fields"])}


def _masked(name: str, value: object) -> object:
    personal = mode(name) == "sensitive" or name in PERSONAL
    return masked(value) if personal and isinstance(value, str) else value


def _flat(record: Mapping[str, Any]) -> list[tuple[str, Any]]:
    flat: list[tuple[str, Any]] = []
    for name, value in record.items():
        if isinstance(value, list):
            flat += [(f"{name}.{nr}.{part}", v) for nr, line in enumerate(value) for part, v in line.items()]
        else:
            flat.append((name, value))
    return flat


def encounter_of(connection: Connection, wanted: str) -> tuple[Row[Any], Any]:
    """The case and its record; BadRequest for what cannot be amended: computed by a service, or unreadable."""
    row = case(connection, wanted)
    report = newest_report(connection, row.error_id)
    if report["source_topic"] != ENCOUNTERS:
        raise BadRequest(
            "Only an encounter can be amended, never what a service computed.", "Correct it at its source."
        )
    try:
        return row, ENCOUNTER_CHARGES.decode(report["value"] or b"")
    except WireError as error:
        raise BadRequest(f"The record cannot be read: {error}.", "Its sender has to send it anew.") from error


def amended(original: Mapping[str, Any], changes: Mapping[str, Any]) -> tuple[Any, list[Answer]]:
    """The record with the changes, and the diff; BadRequest names the field that may not be changed so."""
    record = {**original, "lines": [dict(line) for line in original["lines"]]}
    diff = []
    for name, value in changes.items():
        before = dict(_flat(original)).get(name, KeyError)
        if before is KeyError or mode(name) == "locked":
            raise BadRequest(f"{name} cannot be changed.", "See the form: `yidi errors amend ID` without changes.")
        if value in (before, _masked(name, before)):
            continue
        _set(record, name, value)
        diff.append({"name": name, "mode": mode(name), "before": _masked(name, before), "after": _masked(name, value)})
    return record, diff


def _set(record: dict[str, Any], name: str, value: object) -> None:
    parts = name.split(".")
    if len(parts) == 1:
        record[name] = value
    else:
        record[parts[0]][int(parts[1])][parts[2]] = value


def check(connection: Connection, wanted: str, changes: Mapping[str, Any]) -> Answer:
    """What is wrong with these changes, by field, while somebody types: nothing is recorded, nothing kept."""
    _, original = encounter_of(connection, wanted)
    try:
        record, _ = amended(original, changes)
    except BadRequest as refused:
        return by_field([], [refused.what])
    return by_field(problems(record))


def by_field(found: Iterable[Problem], others: Sequence[str] = ()) -> Answer:
    """Problems as the form takes them: beside their fields, and those that belong to none."""
    return {
        "fields": {problem.field: {"zh": problem.zh, "en": problem.en} for problem in found},
        "problems": list(others),
    }


def amend(
    desk: Desk, person: Person, wanted: str, changes: Mapping[str, Any], reason: str, *, dry_run: bool = True
) -> Answer:
    """Show what would change; without `dry_run`, send the amended record, or put it before a second person."""

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row, original = encounter_of(connection, wanted)
        record, diff = amended(original, changes)
        wrong = problems(record)
        answer: Answer = {
            "diff": diff,
            "problems": [str(problem) for problem in wrong],
            "fields": by_field(wrong)["fields"],
            "needs_approval": any(d["mode"] == "amount" for d in diff),
        }
        if dry_run:
            return {**answer, "state": "dry_run"}, f"dry run: {counted(len(diff), 'field')}"
        refuse_off(desk)
        need_reason(reason)
        refuse_others(row, person.name)
        if wrong or not diff:
            raise BadRequest(
                "; ".join(answer["problems"]) or "Nothing is changed.", "Correct it and look at the diff again."
            )
        record = {
            **record,
            "msgid": derived_id(original["msgid"], f"amended/{now_ms}")[:30],
            "amends": original["msgid"],
        }
        kept = _keep(connection, row, person, reason, (original, record, diff), now_ms=now_ms)
        if answer["needs_approval"]:
            return {**answer, "amendment": kept, "state": "needs_approval"}, f"{kept} waits for approval"
        _send(connection, kept, now_ms)
        return {**answer, "amendment": kept, "state": "sent"}, f"{kept} sent"

    return desk.act(person, ROLES["amend"], "amend", wanted, reason, work)


def refuse_off(desk: Desk) -> None:
    """Denied where amending is not switched on."""
    if not desk.settings.amend:
        raise Denied("Amending is off here.", "Start the chain with YIDI_DESK_AMEND=1 in its environment.")


def _keep(
    connection: Connection, row: Row[Any], person: Person, reason: str, parts: tuple[Any, Any, Any], *, now_ms: int
) -> str:
    original, record, diff = parts
    amendment_id = derived_id(record["msgid"], "amendment")[:16]
    values = {
        "amendment_id": amendment_id,
        "error_id": row.error_id,
        "version": row.version,
        "msgid": record["msgid"],
        "state": "waiting",
        "made_by": person.name,
        "made_at": now_ms,
        "reason": reason,
        "diff": json.dumps(diff),
        "original": ENCOUNTER_CHARGES.encode(original),
        "amended": ENCOUNTER_CHARGES.encode(record),
    }
    connection.execute(insert(AMENDMENTS).values(values))
    return amendment_id


def _send(connection: Connection, amendment_id: str, now_ms: int) -> None:
    wanted = AMENDMENTS.c.amendment_id == amendment_id
    made = connection.execute(select(AMENDMENTS).where(wanted)).one()
    row = case(connection, made.error_id)
    if made.state != "waiting" or row.version != made.version:
        raise Conflict("The case has moved since the amendment was made.", "Make it again.", state=row.state)
    # From now on the case is about the amended message, of which no attempt has failed yet.
    owner = row.owner or made.made_by
    move(connection, row, Action.AMEND, replays=row.replays + 1, owner=owner, msgid=made.msgid, attempt=0)
    connection.execute(update(AMENDMENTS).where(wanted).values(state="sent"))
    key = ENCOUNTER_CHARGES.decode(made.amended)["psn_no"].encode()
    connection.execute(insert(OUTBOX).values(topic=ENCOUNTERS, key=key, value=made.amended, headers="[]"))
    note(connection, made.error_id, now_ms, "amended", made.made_by, f"{made.msgid} amends it: {made.reason}")


def approve(desk: Desk, person: Person, amendment_id: str, reason: str) -> Answer:
    """The second pair of eyes; the amendment is sent."""

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        need_reason(reason)
        wanted = AMENDMENTS.c.amendment_id == amendment_id
        made = connection.execute(select(AMENDMENTS).where(wanted)).first()
        if made is None:
            raise Unknown(f"There is no amendment {amendment_id}.", "See `yidi errors approve`.")
        refuse_same(made.made_by, person)
        note(connection, made.error_id, now_ms, "approved", person.name, reason)
        _send(connection, amendment_id, now_ms)
        connection.execute(update(AMENDMENTS).where(wanted).values(approved_by=person.name))
        return {"amendment": amendment_id, "state": "sent", "error_id": made.error_id}, "approved and sent"

    return desk.act(person, ROLES["approve"], "approve", amendment_id, reason, work)


def waiting(connection: Connection) -> list[Answer]:
    """Amendments that wait for a second person."""
    rows = connection.execute(select(AMENDMENTS).where(AMENDMENTS.c.state == "waiting"))
    return [
        {"amendment": row.amendment_id, "error_id": row.error_id, "made_by": row.made_by, "diff": json.loads(row.diff)}
        for row in rows
    ]
