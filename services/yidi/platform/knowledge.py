"""Reference data: taken in as the registry publishes it, the highest version of a key wins; looked up for a request."""

from yidi.contract import records, topics
from yidi.contract.codec import FILING_HISTORY, INSTITUTION, PERSON_HISTORY, REGION, record_type_of
from yidi.domain.faults import Refusal, Stage
from yidi.platform import reference
from yidi.platform.eligibility import Facts
from yidi.platform.state import INSTITUTIONS, PERSONS, REGIONS, SHARED_SEEN
from yidi.runtime.decider import NOTHING, Decision, Put, Record, View


def take(view: View, record: Record, value: bytes) -> Decision:
    """One record of a reference topic; an older or equal version changes nothing."""
    if record.topic == topics.REFERENCE_PERSONS:
        return _take_history(view, record, PERSON_HISTORY.decode(value))
    if record.topic == topics.REFERENCE_FILINGS:
        return _take_filings(view, record, FILING_HISTORY.decode(value))
    return _take_shared(view, value)


def facts(view: View, head: records.SettlementRequestHead) -> Facts:
    """What is published about a request, as of now."""
    institution = INSTITUTIONS.get(view, head["fixmedins_code"])
    return Facts(
        person=PERSONS.get(view, head["psn_no"]),
        insured=REGIONS.get(view, head["insuplc_admdvs"]),
        treatment=REGIONS.get(view, head["mdtrtarea_admvs"]),
        institution=institution,
        institution_area=None if institution is None else _area(view, institution.admdvs, head["mdtrtarea_admvs"]),
        shared_version=SHARED_SEEN.get(view),
    )


def _area(view: View, admdvs: str, expected: str) -> str | None:
    """The pooling area that a county or pooling area belongs to, by the registry."""
    if admdvs == expected:
        return admdvs
    region = REGIONS.get(view, admdvs)
    return None if region is None else region.pooling_area


def _take_history(view: View, record: Record, history: records.PersonHistory) -> Decision:
    check_key(record, history["psn_no"])
    known = PERSONS.get(view, history["psn_no"]) or reference.NOBODY
    if known.version >= history["version"]:
        return NOTHING
    return Decision(changes=(PERSONS.put(history["psn_no"], reference.with_history(known, history)),))


def _take_filings(view: View, record: Record, history: records.FilingHistory) -> Decision:
    check_key(record, history["psn_no"])
    known = PERSONS.get(view, history["psn_no"]) or reference.NOBODY
    if known.filings_version >= history["version"]:
        return NOTHING
    return Decision(changes=(PERSONS.put(history["psn_no"], reference.with_filings(known, history)),))


def _take_shared(view: View, value: bytes) -> Decision:
    """Regions and institutions; catalogues and dialects are the hospital's."""
    kind = record_type_of(value)
    if kind is REGION:
        return _take_region(view, reference.region_of(REGION.decode(value)))
    if kind is INSTITUTION:
        return _take_institution(view, reference.institution_of(INSTITUTION.decode(value)))
    return NOTHING


def _take_region(view: View, region: reference.Region) -> Decision:
    known = REGIONS.get(view, region.admdvs)
    if known is not None and known.version >= region.version:
        return NOTHING
    return Decision(changes=(REGIONS.put(region.admdvs, region), *_seen(view, region.version)))


def _take_institution(view: View, institution: reference.Institution) -> Decision:
    known = INSTITUTIONS.get(view, institution.fixmedins_code)
    if known is not None and known.version >= institution.version:
        return NOTHING
    seen = _seen(view, institution.version)
    return Decision(changes=(INSTITUTIONS.put(institution.fixmedins_code, institution), *seen))


def _seen(view: View, version: int) -> tuple[Put, ...]:
    """Versions rise over all shared data: the highest one tells how far it was read, and never goes back."""
    return (SHARED_SEEN.put(version),) if version > SHARED_SEEN.get(view) else ()


def check_key(record: Record, psn_no: str) -> None:
    """A record lies where its key says; one under another person's key would be judged against the wrong state."""
    if record.key != psn_no.encode():
        raise Refusal("KEY_DIFFERS", "the record's key is not the psn_no in the message", stage=Stage.DECODE)
