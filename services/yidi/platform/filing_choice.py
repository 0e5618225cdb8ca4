"""Which of a person's filings 备案 covers a visit, and if none does, why (domain §3).

Pure. A filing counts by its *effective* dates; when it was recorded decides only between equals. Cancelling ends a
filing from the day of the cancellation, so a visit that began before it stays covered.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from yidi.domain.faults import Refusal, Stage
from yidi.platform.reference import Filing, written

CLASS_OF_TYPE: Final = {
    "RETIRED_RESETTLED": "LONG_TERM",
    "LONG_TERM_RESIDENT": "LONG_TERM",
    "POSTED_WORKER": "LONG_TERM",
    "REFERRAL": "REFERRAL",
    "EMERGENCY": "EMERGENCY",
    "OTHER_TEMPORARY": "OTHER_TEMPORARY",
}
"""A type that we do not recognise (a newer sender's) is not here, and its filing is not used."""

RANK: Final = {"LONG_TERM": 0, "REFERRAL": 1, "EMERGENCY": 2, "OTHER_TEMPORARY": 3}
"""Of several valid filings the lowest rank is used."""


class Visit(NamedTuple):
    """What of a visit a filing must match.

    `covered_from` is the treatment date; `covered_until` lies after it only where the insured place lets an expiry end
    the stay.
    """

    insuplc_admdvs: str
    insutype: str
    area: str
    node: str
    covered_from: int
    covered_until: int
    emergency: bool


class Choice(NamedTuple):
    filing_class: str
    filing_id: str | None


def choose(filings: Iterable[Filing], visit: Visit) -> Choice | None:
    """The filing that covers the visit: standing before cancelled, then by class, then the one recorded last.

    The emergency flag counts as a filing of its class (domain §3). None when nothing covers the visit.
    """
    valid = [filing for filing in filings if is_valid(filing, visit)]
    best = min(valid, key=_precedence) if valid else None
    if visit.emergency and (best is None or _rank(best) > RANK["EMERGENCY"]):
        return Choice("EMERGENCY", None)
    return None if best is None else Choice(CLASS_OF_TYPE[best.filing_type], best.filing_id)


def is_valid(filing: Filing, visit: Visit) -> bool:
    """Right person's place and scheme, right place of treatment, a known type, and in force for the whole visit."""
    return (
        filing.filing_type in CLASS_OF_TYPE
        and _is_of_insured(filing, visit)
        and _is_for_place(filing, visit)
        and _is_in_force(filing, visit)
    )


def refusal(filings: Iterable[Filing], visit: Visit) -> Refusal:
    """Why none of the filings covers the visit: expired, wrong area, or not filed; the particulars name the dates."""
    own = [filing for filing in filings if _is_of_insured(filing, visit)]
    here = [filing for filing in own if _is_for_place(filing, visit)]
    standing = [filing for filing in here if filing.cancelled_on is None and filing.filing_type in CLASS_OF_TYPE]
    if standing:
        return _no("FILING_EXPIRED", _dates(max(standing, key=lambda filing: filing.recorded_at), visit))
    elsewhere = [filing for filing in own if not _is_for_place(filing, visit) and _is_in_force(filing, visit)]
    if elsewhere:
        places = ", ".join(sorted({filing.place for filing in elsewhere}))
        return _no("FILING_WRONG_AREA", f"filed for {places}, treated in mdtrtarea_admvs {visit.area}")
    return _no("NOT_FILED", _nothing(filings, here, visit))


def _precedence(filing: Filing) -> tuple[bool, int, int, str]:
    return filing.cancelled_on is not None, _rank(filing), -filing.recorded_at, filing.filing_id


def _rank(filing: Filing) -> int:
    return RANK[CLASS_OF_TYPE[filing.filing_type]]


def _is_of_insured(filing: Filing, visit: Visit) -> bool:
    """A changed insured place or scheme needs a new filing (domain §3)."""
    return filing.insuplc_admdvs == visit.insuplc_admdvs and filing.insutype == visit.insutype


def _is_for_place(filing: Filing, visit: Visit) -> bool:
    """A filing names a pooling area or its whole node; a municipality is both."""
    return filing.place in (visit.area, visit.node)


def _is_in_force(filing: Filing, visit: Visit) -> bool:
    if filing.begndate > visit.covered_from:
        return False
    last = visit.covered_until
    if filing.enddate is not None and filing.enddate < last:
        return False
    return filing.cancelled_on is None or last < filing.cancelled_on


def _dates(filing: Filing, visit: Visit) -> str:
    last = "open end" if filing.enddate is None else written(filing.enddate)
    wanted = written(visit.covered_from)
    if visit.covered_until > visit.covered_from:
        wanted += f" to {written(visit.covered_until)}"
    first = written(filing.begndate)
    return f"filing {filing.filing_id} covers {first} to {last}, the visit needs {wanted}"


def _nothing(filings: Iterable[Filing], here: list[Filing], visit: Visit) -> str:
    place = f"mdtrtarea_admvs {visit.area}"
    if here:
        return f"the filing for {place} was cancelled or is of an unknown type"
    if any(not _is_of_insured(filing, visit) for filing in filings):
        return f"no filing for {place} from {visit.insuplc_admdvs}/{visit.insutype}; one of another place or scheme"
    return f"no filing for {place} from insuplc_admdvs {visit.insuplc_admdvs}"


def _no(code: str, detail: str) -> Refusal:
    return Refusal(code, detail, stage=Stage.ELIGIBILITY)
