"""What heals a case, by the kind of mend: the part of a change, made of the case and of what is asked.

A filing made up, an enrolment repaired, an item or a fee category mapped, a service of the region opened, an
institution connected or chosen, a chronic disease recorded, money paid into the account. All with effect from the
treatment date unless another first day is asked for.
"""

import math
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, Row

from yidi.contract.records import Enrolment, Filing, PersonHistory
from yidi.desk.cases import newest_report
from yidi.desk.desk import Desk
from yidi.desk.facts import content_of
from yidi.desk.papers import day_of
from yidi.desk.refusals import BadRequest, Conflict
from yidi.desk.whereabouts import Where, whereabouts
from yidi.domain.codes import CATEGORY_NAMES, FilingType, InsuType, MedType
from yidi.domain.identities import derived_id
from yidi.domain.instants import days_of

TEMPORARY_DAYS: Final = 365
"""A temporary filing without a named end: a year, above the half year that is the least (domain §3)."""
TEMPORARY: Final = frozenset({FilingType.REFERRAL, FilingType.OTHER_TEMPORARY, FilingType.EMERGENCY})
WITHOUT_PROOF: Final = frozenset({FilingType.OTHER_TEMPORARY, FilingType.EMERGENCY})
LETTER: Final = "commitment letter"
STATUSES: Final = ("NORMAL", "ARREARS", "SUSPENDED", "ENDED")
DEPOSIT_YUAN_MAX: Final = 1_000_000
EVERY: Final = "all"
"""As a kind of care: an institution is connected for all of them."""


class BadField(BadRequest):
    """One field of a mend holds what it must not; `field` names it."""

    def __init__(self, field: str, what: str, todo: str = "") -> None:
        super().__init__(what, todo, field=field)


class Ailment(NamedTuple):
    """One case, and what an operator asks for to heal it."""

    desk: Desk
    connection: Connection
    row: Row[Any]
    asked: Mapping[str, Any]
    now_ms: int

    def said(self, name: str) -> str:
        """A fact of the record that the mend cannot do without."""
        value = getattr(self.row, name)
        if not value:
            raise BadRequest(f"The record does not say its {name}.", "This case cannot be mended from here.")
        return str(value)

    def wish(self, name: str) -> str:
        return str(self.asked.get(name) or "").strip()

    def day(self, name: str) -> date | None:
        given = self.wish(name)
        try:
            return date.fromisoformat(given) if given else None
        except ValueError:
            raise BadField(name, f"{given!r} is no day.", "Write it as 2026-11-20.") from None

    def stretch(self) -> dict[str, int | None]:
        """First day of effect (the treatment's, unless asked otherwise) and last one, as a published row has them."""
        begin, end = self.begin(), self.day("end")
        if end is not None and end < begin:
            raise BadField("end", f"{end} lies before {begin}.", "Give a later last day, or none.")
        return {"begndate": days_of(begin), "enddate": days_of(end) if end else None}

    def begin(self) -> date:
        asked, began = self.day("begin"), day_of(self.row.begntime)
        if asked is None and began is None:
            raise BadField("begin", "The record does not say when the treatment began.", "Give the first day.")
        return asked or began or date.min

    def bill(self) -> Mapping[str, Any]:
        return content_of(newest_report(self.connection, self.row.error_id)["value"]).bill

    def among(self, name: str, values: Mapping[str, Any] | tuple[str, ...], default: str) -> str:
        """One of a closed set, or the default."""
        given = self.wish(name) or default
        if given not in values:
            raise BadField(name, f"{given!r} is no {name}.", f"Use one of {', '.join(values)}.")
        return given


class Remedy(NamedTuple):
    """The record that is to change, and how; `unchanged` when it is published so already.

    `cancelled`: filings for another place that the new one replaces.
    """

    subject: str
    part: Any
    unchanged: bool = False
    cancelled: tuple[Filing, ...] = ()


def made(kind: str, ailment: Ailment) -> Remedy:
    """The remedy; BadRequest in words for a kind that is none, or for what it lacks (`field` names it)."""
    maker = MAKERS.get(kind)
    if maker is None:
        raise BadRequest(f"There is no mend {kind!r}.", f"Use one of {', '.join(MAKERS)}.")
    return maker(ailment)


def _filing(a: Ailment) -> Remedy:
    """For the place of treatment: a new filing, or the standing one of the same type made longer.

    The registry refuses the same type for the same place twice at a time, and a wrong area is cancelled (domain §3).
    """
    kind, days = a.among("type", tuple(FilingType), FilingType.OTHER_TEMPORARY.value), a.stretch()
    psn_no, place = a.said("psn_no"), a.wish("place") or a.said("mdtrtarea_admvs")
    insured = {name: a.said(name) for name in ("insuplc_admdvs", "insutype")}
    history = a.desk.log.filings(psn_no)
    held = history["filings"] if history else []
    own = [f for f in held if f["cancelled_at"] is None and all(f[n] == v for n, v in insured.items())]  # type: ignore[literal-required]
    here = [f for f in own if f["mdtrtarea_admvs"] == place]
    if here and not a.wish("type"):
        kind = max(here, key=lambda f: f["recorded_at"])["filing_type"]
    if days["enddate"] is None and kind in TEMPORARY:
        days["enddate"] = (days["begndate"] or 0) + TEMPORARY_DAYS
    made: Any = {
        "filing_id": derived_id(f"{psn_no}/{place}/{days['begndate']}/{a.now_ms}", "filing"),
        "filing_type": kind,
        **insured,
        "mdtrtarea_admvs": place,
        **days,
        "recorded_at": a.now_ms,
        "cancelled_at": None,
        "channel": "counter",
    }
    same = next((f for f in here if f["filing_type"] == kind and _share_days(f, made)), None)
    filing: Any = {**made, "proof": _proof(a, kind)} if same is None else _longer(same, made)
    wrong = tuple(f for f in own if f["mdtrtarea_admvs"] != place and _covers(f, days["begndate"] or 0))
    cancelled = wrong if a.row.code == "FILING_WRONG_AREA" else ()
    stands = same is not None and (same["begndate"], same["enddate"]) == (filing["begndate"], filing["enddate"])
    if not stands:
        _refuse_what_the_registry_would(a, filing)
    return Remedy(psn_no, filing, stands, cancelled)


def _proof(a: Ailment, kind: str) -> str:
    """What stands as proof. A referral needs its document, and after a self-paid discharge no letter will do."""
    given = a.wish("proof")
    if given or kind in WITHOUT_PROOF:
        return given or "identity document"
    paid = whereabouts(a.row, a.now_ms).where in (Where.DISCHARGED_PAID, Where.PAID_ON_THE_SPOT)
    if kind == FilingType.REFERRAL or paid:
        why = "after the person has paid" if paid else f"for {kind}"
        raise BadField(
            "proof", f"A commitment letter is not accepted {why}.", "Name the proof that was shown: --proof."
        )
    return LETTER


def _share_days(one: Filing, other: Filing) -> bool:
    return one["begndate"] <= _last(other) and other["begndate"] <= _last(one)


def _covers(filing: Filing, day: int) -> bool:
    return filing["begndate"] <= day <= _last(filing)


def _last(filing: Filing) -> float:
    return math.inf if filing["enddate"] is None else filing["enddate"]


def _longer(standing: Filing, wanted: Filing) -> Filing:
    """The standing filing, so that it covers the wanted days, too; its proof stays."""
    begin, end = min(standing["begndate"], wanted["begndate"]), max(_last(standing), _last(wanted))
    if standing["begndate"] <= wanted["begndate"] and _last(standing) == end:
        return standing
    last = None if end == math.inf else int(end)
    return {**standing, "begndate": begin, "enddate": last, "recorded_at": wanted["recorded_at"]}


def _refuse_what_the_registry_would(a: Ailment, filing: Filing) -> None:
    calculator = a.desk.calculator
    if calculator is None:
        return
    person, log = _person(a), a.desk.log
    known = (person, log.filings(person["psn_no"]), a.desk.places.values)
    why = calculator.filing_refused(filing, *known, a.now_ms)
    if why:
        raise Conflict(
            f"The registry would refuse it: {why}.", "Nothing was sent. Give other --begin, --end or --type."
        )


def _enrolment(a: Ailment) -> Remedy:
    """The newest enrolment of the person in this place, as it should have been on the treatment date."""
    status, days = a.among("status", STATUSES, "NORMAL"), a.stretch()
    person, row = _person(a), a.row
    held = [e for e in person["enrolments"] if e["insuplc_admdvs"] == row.insuplc_admdvs]
    if not held:
        raise BadRequest("The registry knows no enrolment of this person there.", "The agency has to enrol them first.")
    same = [e for e in held if e["insutype"] == row.insutype] or held
    newest: Enrolment = same[-1]
    if not a.wish("begin"):
        days["begndate"] = min(days["begndate"] or 0, newest["begndate"])
    repaired = {
        **newest,
        "psn_insu_stas": status,
        **days,
        "waiting_until": None,
        "recorded_at": a.now_ms,
    }
    return Remedy(person["psn_no"], repaired)


def _opening(a: Ailment) -> Remedy:
    opening = {
        "insutype": a.among("insutype", tuple(InsuType), a.said("insutype")),
        "med_type": a.among("med_type", tuple(MedType), a.said("med_type")),
        **a.stretch(),
        "recorded_at": a.now_ms,
    }
    admdvs = a.said("insuplc_admdvs")
    region = a.desk.places.regions.get(admdvs)
    return Remedy(f"region/{admdvs}", opening, region is not None and _stands(opening, region["openings"]))


def _connection(a: Ailment) -> Remedy:
    care = a.among("med_type", (*MedType, EVERY), a.said("med_type"))
    code = a.said("fixmedins_code")
    known = a.desk.places.institutions.get(code)
    if known is None:
        raise BadRequest("The registry knows no such institution.", "Check fixmedins_code of the record.")
    connection = {"med_types": [] if care == EVERY else [care], **a.stretch(), "recorded_at": a.now_ms}
    return Remedy(f"institution/{code}", connection, _stands(connection, known["connections"]))


def _selection(a: Ailment) -> Remedy:
    chosen = {"fixmedins_code": a.wish("institution") or a.said("fixmedins_code"), **a.stretch()}
    person = _person(a)
    return Remedy(person["psn_no"], chosen, _stands(chosen, person["selections"]))


def _qualification(a: Ailment) -> Remedy:
    disease = a.wish("disease") or str(a.bill().get("dise_codg") or "")
    if not disease:
        raise BadField("disease", "The record names no chronic disease.", "Give its code, such as M03900.")
    at = a.wish("institution")
    approved = [] if a.row.code == "CHRONIC_NOT_QUALIFIED" and not at else [at or a.said("fixmedins_code")]
    held = {"dise_codg": disease, **a.stretch(), "institutions": approved}
    person = _person(a)
    return Remedy(person["psn_no"], held, _stands(held, person["qualifications"]))


def _deposit(a: Ailment) -> Remedy:
    psn_no, given = a.said("psn_no"), a.wish("amount")
    try:
        fen = Decimal(given or "nothing") * 100
    except InvalidOperation:
        raise BadField("amount", f"{given!r} is no amount.", "Write yuan, such as 120.50.") from None
    if fen != fen.to_integral_value() or not 0 < fen <= DEPOSIT_YUAN_MAX * 100:
        raise BadField("amount", f"{given} yuan cannot be paid in.", f"0.01 to {DEPOSIT_YUAN_MAX}, two decimals.")
    deposit_id = derived_id(f"{psn_no}/{given}/{a.now_ms}", "deposit")
    return Remedy(psn_no, {"deposit_id": deposit_id, "amt": int(fen), "recorded_at": a.now_ms})


def _item(a: Ailment) -> Remedy:
    return _mapping(a, "items")


def _category(a: Ailment) -> Remedy:
    national = a.wish("to")
    if national and national not in CATEGORY_NAMES:
        raise BadField("to", f"{national} is no national fee category.", "They are 01 to 14.")
    return _mapping(a, "categories")


def _mapping(a: Ailment, table: str) -> Remedy:
    for field, words in (("from", "The hospital's own code is missing."), ("to", "The national code is missing.")):
        if not a.wish(field):
            raise BadField(field, words, "A mapping has two sides: give `from` and `to`.")
    local, national = a.wish("from"), a.wish("to")
    institution = a.desk.places.institutions.get(a.row.fixmedins_code or "")
    if institution is None:
        raise BadRequest("The registry knows no such institution.", "Check fixmedins_code of the record.")
    spoken: Mapping[str, Any] = a.desk.places.dialects.get(institution["dialect"]) or {}
    same = spoken.get(table, {}).get(local) == national
    return Remedy(f"dialect/{institution['dialect']}", {local: national}, same)


MAKERS: Final[Mapping[str, Callable[[Ailment], Remedy]]] = {
    "filing": _filing,
    "enrolment": _enrolment,
    "opening": _opening,
    "item": _item,
    "category": _category,
    "connection": _connection,
    "selection": _selection,
    "qualification": _qualification,
    "deposit": _deposit,
}


def _person(a: Ailment) -> PersonHistory:
    known = a.desk.log.person(a.said("psn_no"))
    if known is None:
        raise BadRequest("The registry knows no such person.", "Check psn_no of the record.")
    return known


_DATED: Final = frozenset({"begndate", "enddate", "recorded_at"})


def _stands(wanted: Mapping[str, Any], rows: Any) -> bool:  # noqa: ANN401 — published rows of the same kind
    """Whether a published row says the same of all the wanted days already, whenever it was recorded."""
    return any(
        all(wanted[name] == row[name] for name in wanted if name not in _DATED)
        and row["begndate"] <= wanted["begndate"]
        and (row["enddate"] is None or (wanted["enddate"] is not None and wanted["enddate"] <= row["enddate"]))
        for row in rows
    )
