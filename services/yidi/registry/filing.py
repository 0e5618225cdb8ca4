"""May this filing be recorded? Names all reasons at once (domain §3). Pure."""

from calendar import monthrange
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from yidi.contract import records
from yidi.domain.codes import FilingType
from yidi.domain.instants import date_of_days, days_of
from yidi.registry.places import Place
from yidi.registry.reasons import NEVER, Reasons, is_admdvs, ordered, overlap

LONG_TERM: Final = frozenset({FilingType.RETIRED_RESETTLED, FilingType.LONG_TERM_RESIDENT, FilingType.POSTED_WORKER})
WITHOUT_PROOF: Final = frozenset({FilingType.OTHER_TEMPORARY, FilingType.EMERGENCY})
TEMPORARY_MONTHS_MIN: Final = 6
"""A temporary filing is valid for at least half a year (domain §3)."""
CLOCK_SKEW_MS: Final = 10 * 60_000
"""A sender's clock may be this far ahead of ours."""
CANCELLATION_FIELDS: Final = frozenset({"cancelled_at"})


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a filing is judged by: the person's enrolments and filings, both places, and now (UTC milliseconds)."""

    enrolments: Sequence[records.Enrolment]
    filings: Sequence[records.Filing]
    insured: Place | None
    treatment: Place | None
    now_ms: int


def check_filing(filing: records.Filing, known: Circumstances) -> None:
    """Refusal REFERENCE_INVALID with every reason why the filing cannot be recorded."""
    reasons = Reasons()
    earlier = next((row for row in known.filings if row["filing_id"] == filing["filing_id"]), None)
    if earlier is not None and filing["cancelled_at"] is not None:
        _cancellation(filing, earlier, reasons)
    else:
        _form(filing, known.now_ms, reasons)
        _dates(filing, reasons)
        _enrolment(filing, known.enrolments, reasons)
        _place(filing, known, reasons)
        _overlap(filing, known.filings, reasons)
    reasons.refuse()


def shape(filing: records.Filing, reasons: Reasons) -> None:
    """What any filing has to be, whoever asks and whenever it was made."""
    named = filing["filing_id"] or "(no filing_id)"
    reasons.unless(bool(filing["filing_id"]), "filing_id is empty")
    reasons.unless(filing["filing_type"] in FilingType.__members__, f"{named}: filing_type is not one of the types")
    for field in ("insuplc_admdvs", "mdtrtarea_admvs"):
        reasons.unless(is_admdvs(filing[field]), f"{named}: {field} is not 6 digits")
    reasons.unless(ordered(filing["begndate"], filing["enddate"]), f"{named}: enddate lies before begndate")


def _cancellation(filing: records.Filing, earlier: records.Filing, reasons: Reasons) -> None:
    changed = [name for name in filing if name not in CANCELLATION_FIELDS and filing[name] != earlier[name]]  # type: ignore[literal-required]
    reasons.unless(not changed, f"a cancellation changes nothing else, but {', '.join(changed)} differ")
    reasons.unless(earlier["cancelled_at"] is None, "the filing is cancelled already")
    reasons.unless((filing["cancelled_at"] or 0) >= filing["recorded_at"], "cancelled_at lies before recorded_at")


def _form(filing: records.Filing, now_ms: int, reasons: Reasons) -> None:
    shape(filing, reasons)
    reasons.unless(bool(filing["channel"]), "channel is missing")
    reasons.unless(filing["recorded_at"] <= now_ms + CLOCK_SKEW_MS, "recorded_at lies in the future")
    reasons.unless(filing["cancelled_at"] is None, "cancelled_at is set, but there is no such filing to cancel")
    needs_proof = filing["filing_type"] not in WITHOUT_PROOF
    reasons.unless(bool(filing["proof"]) or not needs_proof, "proof or commitment letter is missing")


def _dates(filing: records.Filing, reasons: Reasons) -> None:
    ends = filing["enddate"]
    if filing["filing_type"] in LONG_TERM:
        reasons.unless(ends is None, "a long-term filing is indefinite: it has no enddate")
    elif reasons.unless(ends is not None, "a temporary filing needs an enddate"):
        least = months_later(date_of_days(filing["begndate"]), TEMPORARY_MONTHS_MIN)
        held = ends is not None and ends + 1 >= days_of(least)
        reasons.unless(held, f"a temporary filing is valid for at least {TEMPORARY_MONTHS_MIN} months")


def months_later(day: date, months: int) -> date:
    """The same day of a later month, or its last one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def _enrolment(filing: records.Filing, enrolments: Sequence[records.Enrolment], reasons: Reasons) -> None:
    """Insured there in that scheme on the filing's first day, and in good standing; the row recorded last holds."""
    day = filing["begndate"]
    rows = [row for row in enrolments if row["insutype"] == filing["insutype"] and _covers(row, day)]
    if not reasons.unless(bool(rows), f"insutype {filing['insutype']}: the person is not enrolled in it on that day"):
        return
    row = max(rows, key=lambda row: row["recorded_at"])
    status, there = row["psn_insu_stas"], row["insuplc_admdvs"]
    reasons.unless(there == filing["insuplc_admdvs"], f"insuplc_admdvs: the person is insured in {there} on that day")
    reasons.unless(status == "NORMAL", f"abnormal enrolment: {status} on that day")


def _covers(row: records.Enrolment, day: int) -> bool:
    return row["begndate"] <= day and (row["enddate"] is None or day <= row["enddate"])


def _place(filing: records.Filing, known: Circumstances, reasons: Reasons) -> None:
    insured, treatment = known.insured, known.treatment
    there = filing["mdtrtarea_admvs"]
    if insured is None or insured.kind != "POOLING_AREA":
        reasons.unless(holds=False, reason=f"insuplc_admdvs {filing['insuplc_admdvs']} is no pooling area we know")
    else:
        first, last = filing["begndate"], NEVER if filing["enddate"] is None else filing["enddate"]
        is_open = insured.open_within(filing["insutype"], first, last)
        reasons.unless(is_open, f"region {filing['insuplc_admdvs']} is not open for scheme {filing['insutype']}")
    if treatment is None or treatment.kind == "COUNTY":
        reasons.unless(holds=False, reason=f"mdtrtarea_admvs {there} is no pooling area and no node we know")
    elif insured is not None:
        in_province = treatment.node == insured.node
        reasons.unless(
            not in_province, f"mdtrtarea_admvs {there} lies in the insured place's own node: nobody files there"
        )


def _overlap(filing: records.Filing, filings: Sequence[records.Filing], reasons: Reasons) -> None:
    """The same type for the same place twice at a time; other types may stand beside each other (domain §3)."""
    for row in filings:
        if row["filing_id"] == filing["filing_id"] or row["cancelled_at"] is not None:
            continue
        same = row["filing_type"] == filing["filing_type"] and row["mdtrtarea_admvs"] == filing["mdtrtarea_admvs"]
        shares = overlap(filing["begndate"], filing["enddate"], row["begndate"], row["enddate"])
        reasons.unless(not (same and shares), f"overlapping filing {row['filing_id']} of the same type and place")
