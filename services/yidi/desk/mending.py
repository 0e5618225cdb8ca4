"""The commands that mend: a filing made up, an enrolment repaired, an item or a category mapped, a service opened."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final, cast

from sqlalchemy import Connection, Row, select

from yidi.contract.codec import REFERENCE_CHANGE
from yidi.contract.records import Enrolment, ReferenceChange
from yidi.desk import mends
from yidi.desk.cases import case, note, refuse_others, shown
from yidi.desk.desk import Desk, need_reason
from yidi.desk.handling import refuse_solved
from yidi.desk.masking import plain
from yidi.desk.mends import Mend
from yidi.desk.papers import day_of
from yidi.desk.people import Person, Role
from yidi.desk.refusals import BadRequest, Unknown
from yidi.desk.tables import MENDS
from yidi.domain.codes import CATEGORY_NAMES, FilingType
from yidi.domain.identities import derived_id
from yidi.domain.instants import date_of_days, days_of

Answer = dict[str, Any]
Part = dict[str, Any]
TEMPORARY_DAYS: Final = 365
"""A temporary filing without a named end: a year, above the half year that is the least (domain §3)."""
TEMPORARY: Final = frozenset({FilingType.REFERRAL, FilingType.OTHER_TEMPORARY, FilingType.EMERGENCY})


def mend(desk: Desk, person: Person, kind: str, error_id: str, asked: Mapping[str, Any]) -> Answer:
    """Make the change that heals the case and, unless it is a dry run, send it to the registry.

    `asked` holds what the case does not say: dates, type, status, mapping, reason; see docs/desk.md.
    """
    maker = _MAKERS.get(kind)
    if maker is None:
        raise BadRequest(f"There is no mend {kind!r}.", f"Use one of {', '.join(_MAKERS)}.")
    reason, dry = str(asked.get("reason") or ""), bool(asked.get("dry_run"))

    def work(connection: Connection, now_ms: int) -> tuple[Answer, str]:
        row = case(connection, error_id)
        refuse_solved(row)
        refuse_others(row, person.name)
        if not dry:
            need_reason(reason)
        subject, part = maker(desk, row, asked, now_ms)
        change = _change(f"mend-{desk.fresh_id()}", subject, part, (person.name, reason), now_ms)
        cases = mends.healed(connection, kind, change, desk.places)
        state = "dry_run" if dry else "requested"
        made = None if dry else mends.request(connection, Mend(kind, row.error_id, change, person.name), now_ms)
        if made is not None:
            note(
                connection,
                row.error_id,
                now_ms,
                "mend requested",
                person.name,
                f"{kind} of {kind_words(kind)}: {reason}",
            )
        answer = {
            "mend": made,
            "kind": kind,
            "state": state,
            "change": plain(change, unmask=False),
            "heals": [shown(c, now_ms, desk.alarm_ms) for c in cases],
        }
        return answer, f"{state}: would heal {len(cases)}"

    return desk.act(person, Role.AMEND, f"mend {kind}", error_id, reason, work)


def kind_words(kind: str) -> str:
    """Whose record a mend changes."""
    return {"filing": "the person", "enrolment": "the person", "opening": "the region"}.get(kind, "the dialect")


def _change(msgid: str, subject: str, part: Part, why: tuple[str, str], now_ms: int) -> ReferenceChange:
    empty: dict[str, Any] = dict.fromkeys(
        ("record", "filing", "enrolment", "opening", "item_mapping", "category_mapping")
    )
    change: Any = {
        "msgid": msgid,
        "subject": subject,
        "actor": why[0],
        "reason": why[1],
        "requested_at": now_ms,
        "base_version": None,
        **empty,
        **part,
    }
    return cast("ReferenceChange", change)


def _filing(desk: Desk, row: Row[Any], asked: Mapping[str, Any], now_ms: int) -> tuple[str, Part]:  # noqa: ARG001
    kind = asked.get("type") or FilingType.OTHER_TEMPORARY.value
    if kind not in FilingType.__members__.values():
        raise BadRequest(f"There is no type of filing {kind!r}.", f"Use one of {', '.join(FilingType)}.")
    begin = _day(asked, "begin") or _treatment(row)
    end = _day(asked, "end")
    if end is None and kind in TEMPORARY:
        end = date.fromordinal(begin.toordinal() + TEMPORARY_DAYS)
    psn_no, place = _said(row, "psn_no"), str(asked.get("place") or _said(row, "mdtrtarea_admvs"))
    filing = {
        "filing_id": derived_id(f"{psn_no}/{place}/{begin}/{now_ms}", "filing"),
        "filing_type": kind,
        "insuplc_admdvs": _said(row, "insuplc_admdvs"),
        "insutype": _said(row, "insutype"),
        "mdtrtarea_admvs": place,
        "begndate": days_of(begin),
        "enddate": None if end is None else days_of(end),
        "recorded_at": now_ms,
        "cancelled_at": None,
        "channel": "counter",
        "proof": str(asked.get("proof") or "commitment letter"),
    }
    return psn_no, {"filing": filing}


def _enrolment(desk: Desk, row: Row[Any], asked: Mapping[str, Any], now_ms: int) -> tuple[str, Part]:
    """The newest enrolment of the person in this place, as it should have been on the treatment date."""
    psn_no = _said(row, "psn_no")
    known = desk.log.person(psn_no)
    held = [e for e in known["enrolments"] if e["insuplc_admdvs"] == row.insuplc_admdvs] if known else []
    if not held:
        raise BadRequest("The registry knows no enrolment of this person there.", "The agency has to enrol them first.")
    same = [e for e in held if e["insutype"] == row.insutype] or held
    newest: Enrolment = same[-1]
    begin = _day(asked, "begin") or min(_treatment(row), date_of_days(newest["begndate"]))
    end = _day(asked, "end")
    repaired = {
        **newest,
        "psn_insu_stas": str(asked.get("status") or "NORMAL"),
        "begndate": days_of(begin),
        "enddate": days_of(end) if end else None,
        "waiting_until": None,
        "recorded_at": now_ms,
    }
    return psn_no, {"enrolment": repaired}


def _opening(desk: Desk, row: Row[Any], asked: Mapping[str, Any], now_ms: int) -> tuple[str, Part]:  # noqa: ARG001
    end = _day(asked, "end")
    opening = {
        "insutype": str(asked.get("insutype") or _said(row, "insutype")),
        "med_type": str(asked.get("med_type") or _said(row, "med_type")),
        "begndate": days_of(_day(asked, "begin") or _treatment(row)),
        "enddate": days_of(end) if end else None,
        "recorded_at": now_ms,
    }
    return f"region/{_said(row, 'insuplc_admdvs')}", {"opening": opening}


def _item(desk: Desk, row: Row[Any], asked: Mapping[str, Any], now_ms: int) -> tuple[str, Part]:  # noqa: ARG001
    return _dialect(desk, row), {"item_mapping": _mapping(asked)}


def _category(desk: Desk, row: Row[Any], asked: Mapping[str, Any], now_ms: int) -> tuple[str, Part]:  # noqa: ARG001
    mapping = _mapping(asked)
    unknown = set(mapping.values()) - CATEGORY_NAMES.keys()
    if unknown:
        raise BadRequest(f"{', '.join(unknown)} is no national fee category.", "They are 01 to 14.")
    return _dialect(desk, row), {"category_mapping": mapping}


_MAKERS: Final[dict[str, Callable[[Desk, Row[Any], Mapping[str, Any], int], tuple[str, Part]]]] = {
    "filing": _filing,
    "enrolment": _enrolment,
    "opening": _opening,
    "item": _item,
    "category": _category,
}


def _dialect(desk: Desk, row: Row[Any]) -> str:
    institution = desk.places.institutions.get(row.fixmedins_code or "")
    if institution is None:
        raise BadRequest("The registry knows no such institution.", "Check fixmedins_code of the record.")
    return f"dialect/{institution['dialect']}"


def _mapping(asked: Mapping[str, Any]) -> dict[str, str]:
    local, national = str(asked.get("from") or ""), str(asked.get("to") or "")
    if not local or not national:
        raise BadRequest(
            "A mapping has two sides.", "Give the hospital's own code as `from`, the national one as `to`."
        )
    return {local: national}


def _said(row: Row[Any], name: str) -> str:
    value = getattr(row, name)
    if not value:
        raise BadRequest(f"The record does not say its {name}.", "This case cannot be mended from here.")
    return str(value)


def _treatment(row: Row[Any]) -> date:
    began = day_of(row.begntime)
    if began is None:
        raise BadRequest("The record does not say when the treatment began.", "Give the first day with --begin.")
    return began


def _day(asked: Mapping[str, Any], name: str) -> date | None:
    given = asked.get(name)
    if not given:
        return None
    try:
        return date.fromisoformat(str(given))
    except ValueError:
        raise BadRequest(f"{given!r} is no day.", "Write it as 2026-11-20.") from None


def listed(desk: Desk, connection: Connection, now_ms: int, mend_id: str | None = None) -> list[Answer]:
    """The newest mends, or one of them; Unknown when there is none."""
    wanted = select(MENDS).order_by(MENDS.c.made_at.desc()).limit(50)
    rows = list(connection.execute(wanted if mend_id is None else wanted.where(MENDS.c.mend_id == mend_id)))
    if mend_id is not None and not rows:
        raise Unknown(f"There is no mend {mend_id}.", "See `yidi errors mend --list`.")
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
