"""What the registry would say of a filing, by its own pure rules over what is published: asked before it is sent."""

from collections.abc import Mapping

from yidi.contract.codec import REGION
from yidi.contract.records import Filing, FilingHistory, PersonHistory
from yidi.domain.faults import Refusal
from yidi.registry.filing import Circumstances, check_filing
from yidi.registry.places import Place, place_of


def filing_refused(
    filing: Filing, person: PersonHistory, filings: FilingHistory | None, shared: Mapping[str, bytes], now_ms: int
) -> str:
    """Every reason why it could not be recorded; empty when it could. `shared` is reference.shared by key."""

    def place(admdvs: str) -> Place | None:
        value = shared.get(f"region/{admdvs}")
        return None if value is None else place_of(REGION.decode(value))

    known = Circumstances(
        enrolments=person["enrolments"],
        filings=filings["filings"] if filings else [],
        insured=place(filing["insuplc_admdvs"]),
        treatment=place(filing["mdtrtarea_admvs"]),
        now_ms=now_ms,
    )
    try:
        check_filing(filing, known)
    except Refusal as refusal:
        return refusal.detail
    return ""
