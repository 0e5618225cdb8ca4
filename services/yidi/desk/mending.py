"""The commands that mend: the change that heals a case is made, shown as a dry run, and sent to the registry."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, select

from yidi.contract.changes import change_of
from yidi.contract.codec import REFERENCE_CHANGE
from yidi.contract.records import Filing, FilingHistory, PersonHistory
from yidi.desk import mends, remedies
from yidi.desk.cases import case, note, refuse_others, shown
from yidi.desk.chinese import chinese
from yidi.desk.desk import Desk, Log, need_reason
from yidi.desk.handling import refuse_solved
from yidi.desk.healing import PART_OF, kind_for
from yidi.desk.masking import plain
from yidi.desk.mends import Mend
from yidi.desk.people import ROLES, Person
from yidi.desk.reckoning import direct_under
from yidi.desk.refusals import BadRequest, Conflict, Unknown
from yidi.desk.remedies import Ailment
from yidi.desk.tables import MENDS

Answer = dict[str, Any]
NOTHING: Final = "nothing to change: the registry says so already"


def mend(desk: Desk, person: Person, kind: str, error_id: str, asked: Mapping[str, Any]) -> Answer:
    """Make the change that heals the case and, unless it is a dry run, send it to the registry.

    `asked` holds what the case does not say: dates, type, status, mapping, reason; see docs/desk.md. What the registry
    has published already is not asked for again: the mend is `unchanged`, and what it heals is ready.
    """
    filings: list[Filing] = []
    reason, dry = str(asked.get("reason") or ""), bool(asked.get("dry_run"))

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row = case(connection, error_id)
        refuse_solved(row)
        refuse_others(row, person.name)
        if not dry:
            need_reason(reason)
        remedy = remedies.made(kind, Ailment(desk, connection, row, asked, now_ms))
        msgid = f"mend-{desk.fresh_id()}"
        change = change_of(msgid, remedy.subject, (person.name, reason), now_ms, **{PART_OF[kind]: remedy.part})
        filings[:] = [change["filing"]] if change["filing"] else []
        cases = mends.healed(connection, kind, change, desk.places)
        words = NOTHING if remedy.unchanged else ""
        if not cases:
            words = f"It heals no error that the desk knows: {fitting(kind, row)}"
        if not dry:
            if not cases and not asked.get("anyway"):
                raise Conflict(words, "Nothing was sent. To send it all the same: --anyway.", state=row.state)
            sent = Mend(kind, row.error_id, change, person.name, unchanged=remedy.unchanged)
            _send(desk, connection, sent, reason, now_ms)
            for nr, old in enumerate(remedy.cancelled, 1):
                gone = change_of(
                    f"{msgid}-{nr}", remedy.subject, (person.name, reason), now_ms, filing=_cancelled(old, now_ms)
                )
                _send(
                    desk, connection, Mend(kind, row.error_id, gone, person.name), f"cancels {old['filing_id']}", now_ms
                )
        state = "unchanged" if remedy.unchanged else "dry_run" if dry else "requested"
        answer = {
            "mend": None if dry else msgid,
            "kind": kind,
            "state": state,
            "change": plain(change, unmask=False),
            "heals": [shown(c, now_ms, desk.alarm_ms) for c in cases],
            "words": words,
            "cancels": [{n: f[n] for n in CANCELLED} for f in remedy.cancelled],
        }
        return answer, f"{'dry run' if dry else state}: would heal {len(cases)}"

    told = desk.act(person, ROLES["mend"], f"mend {kind}", error_id, reason, work)
    if dry and filings:
        told["money"] = direct_under(desk, error_id, filings[0])
    return told


CANCELLED: Final = ("filing_id", "filing_type", "mdtrtarea_admvs")
"""What is told of a filing that the new one replaces."""


def _cancelled(filing: Filing, now_ms: int) -> Filing:
    return {**filing, "cancelled_at": now_ms}


def check(desk: Desk, connection: Connection, kind: str, error_id: str, asked: Mapping[str, Any]) -> Answer:
    """What is wrong with a mend, by field, while somebody types: nobody is looked up, nothing is recorded."""
    blind = replace(desk, log=cast("Log", _Blind()))
    try:
        remedies.made(kind, Ailment(blind, connection, case(connection, error_id), asked, desk.clock()))
    except _FarEnough:
        pass
    except BadRequest as refused:
        field = str(refused.more.get("field") or "")
        words = f"{refused.what} {refused.todo}".strip()
        both = {"zh": f"{chinese(refused.what)}{chinese(refused.todo)}", "en": words}
        return {"fields": {field: both} if field else {}, "problems": [] if field else [words]}
    return {"fields": {}, "problems": []}


def fitting(kind: str, row: Row[Any]) -> str:
    """Why a mend of this kind heals nothing, and which one would."""
    fits = kind_for(row.code, row.med_type)
    if fits == kind:
        return "check its dates and places against the record's."
    if fits is not None:
        return f"{row.code} is mended by `yidi errors mend {fits} {row.error_id[:8]}`."
    return f"{row.code} is mended by no change of reference data: `yidi errors code {row.code}` says what helps."


class _FarEnough(Exception):
    """Somebody would have to be looked up: what was typed is well formed."""


class _Blind:
    """A log that nobody looks into while somebody types."""

    def person(self, _psn_no: str) -> PersonHistory | None:
        raise _FarEnough

    def filings(self, _psn_no: str) -> FilingHistory | None:
        raise _FarEnough


def _send(desk: Desk, connection: Connection, made: Mend, reason: str, now_ms: int) -> None:
    mends.request(connection, made, now_ms)
    words = f"{made.kind} of {whose(made.change['subject'])}: {reason}"
    note(connection, made.error_id, now_ms, "mend requested", made.made_by, words)
    if made.unchanged:
        mends.mark_ready(connection, desk.places, now_ms)


def whose(subject: str) -> str:
    """Whose record a change is about, without a person's number."""
    return f"the {subject.partition('/')[0]}" if "/" in subject else "the person"


def listed(desk: Desk, connection: Connection, now_ms: int, mend_id: str | None = None) -> list[Answer]:
    """The newest mends, or one of them; Unknown when there is none."""
    wanted = select(MENDS).order_by(MENDS.c.made_at.desc()).limit(50)
    rows = list(connection.execute(wanted if mend_id is None else wanted.where(MENDS.c.mend_id == mend_id)))
    if mend_id is not None and not rows:
        raise Unknown(f"There is no mend {mend_id}.", "See `yidi errors mends`.")
    return [_shown(desk, connection, row, now_ms, whole=mend_id is not None) for row in rows]


def _shown(desk: Desk, connection: Connection, row: Row[Any], now_ms: int, *, whole: bool) -> Answer:
    change = REFERENCE_CHANGE.decode(row.change)
    names = ("kind", "error_id", "state", "made_by", "made_at", "words")
    answer = {
        "mend": row.mend_id,
        **{name: getattr(row, name) for name in names},
        "change": plain(change, unmask=False),
    }
    if whole:
        cases = mends.healed(connection, row.kind, change, desk.places)
        answer["heals"] = [shown(c, now_ms, desk.alarm_ms) for c in cases]
    return answer
