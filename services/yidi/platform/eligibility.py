"""Whether a visit may be settled across regions at all, and under which class of filing (domain §3, §7).

Pure: what the registry has published goes in, the verdict comes out or a `Refusal` of stage ELIGIBILITY. Everything is
dated by the *treatment date*: what is effective on it counts, whenever it was recorded. Whether the person has
benefits (arrears, waiting period) is the insured place's question, not ours.
"""

from typing import Final

import msgspec

from yidi.contract import records
from yidi.domain.codes import STAYS, CertType, InsuType, MedType
from yidi.domain.faults import Refusal, Stage
from yidi.domain.instants import business_days
from yidi.platform import filing_choice
from yidi.platform.filing_choice import Choice, Visit
from yidi.platform.reference import Enrolment, Institution, Person, Qualification, Region, covers, is_plausible, written

TRAUMA_CARE: Final = frozenset({MedType.TRAUMA_OUTPATIENT, MedType.TRAUMA_INPATIENT})
CREDENTIALS_ANYWHERE: Final = frozenset({CertType.E_CERTIFICATE, CertType.SOCIAL_SECURITY_CARD})


class Facts(msgspec.Struct, frozen=True, gc=False):
    """What the registry has published about one request; None is not published.

    `institution_area` is the pooling area in which the institution lies, by the registry and not by digits.
    `shared_version` is the highest version of shared data that was read, whatever it was about.
    """

    person: Person | None
    insured: Region | None
    treatment: Region | None
    institution: Institution | None
    institution_area: str | None
    shared_version: int


def verify(head: records.SettlementRequestHead, facts: Facts) -> records.Verdict:
    """The platform's verdict, or the Refusal of the first cause found.

    Looked at in this order: places, institution, scheme, person, openness, connection, trauma, credential, selection,
    disease, filing.
    """
    day = treatment_days(head)
    if not is_plausible(day):
        raise _no("FIELD_INVALID", f"begntime {head['begntime']} lies in no year of ours")
    insured = _pooling_area(facts.insured, "insuplc_admdvs", head["insuplc_admdvs"])
    treatment = _pooling_area(facts.treatment, "mdtrtarea_admvs", head["mdtrtarea_admvs"])
    institution = _institution(head, facts)
    if head["insutype"] == InsuType.RURAL_COOPERATIVE:
        raise _no("RURAL_COOPERATIVE", "insutype 380 settles on the rural cooperative's platform")
    if insured.admdvs == treatment.admdvs:
        raise _no("LOCAL_SETTLEMENT", f"insuplc_admdvs and mdtrtarea_admvs are both {insured.admdvs}")
    person = _person(head, facts.person, day)
    _check_open(head, insured, day)
    _check_connected(head, institution, day)
    _check_trauma(head)
    cross_province = insured.node != treatment.node
    _check_credential(head, insured, cross_province=cross_province)
    selected = is_selected(person, institution.fixmedins_code, day)
    _check_selected(head, insured, selected=selected)
    _check_chronic(head, person, day)
    choice = _filing(head, person, insured, treatment, day) if cross_province else Choice("IN_PROVINCE", None)
    return {
        "filing_class": choice.filing_class,  # type: ignore[typeddict-item] # RANK's keys are classes of the schema
        "filing_id": choice.filing_id,
        "cross_province": cross_province,
        "setl_lv": institution.setl_lv,
        "medins_kind": institution.kind,
        "selected_institution": selected,
        "treatment_date": day,
        "reference_version": {
            "persons": person.version,
            "filings": person.filings_version,
            "shared": facts.shared_version,
        },
    }


def treatment_days(head: records.SettlementRequestHead) -> int:
    """The treatment date as days since 1970-01-01: admission of a stay, else the visit, in Asia/Shanghai."""
    return business_days(head["begntime"])


def _pooling_area(region: Region | None, field: str, code: str) -> Region:
    if region is None:
        raise _no("REGION_UNKNOWN", f"{field} {code} is not in the registry")
    if region.kind != "POOLING_AREA":
        raise _no("REGION_UNKNOWN", f"{field} {code} is no pooling area but a {region.kind}")
    return region


def _institution(head: records.SettlementRequestHead, facts: Facts) -> Institution:
    institution = facts.institution
    if institution is None:
        raise _no("INSTITUTION_UNKNOWN", f"fixmedins_code {head['fixmedins_code']} is not in the registry")
    if facts.institution_area != head["mdtrtarea_admvs"]:
        area = facts.institution_area or f"no pooling area known for {institution.admdvs}"
        raise _no("REGION_DIFFERS", f"mdtrtarea_admvs {head['mdtrtarea_admvs']}, but the institution lies in {area}")
    return institution


def _person(head: records.SettlementRequestHead, person: Person | None, day: int) -> Person:
    if person is None or not person.version:
        raise _no("PERSON_UNKNOWN", "psn_no is not in the registry")
    holding = _holding(person.enrolments, day)
    if holding is not None and holding.insuplc_admdvs != head["insuplc_admdvs"]:
        raise _no("REGION_DIFFERS", f"insuplc_admdvs {head['insuplc_admdvs']}, insured in {holding.insuplc_admdvs}")
    if holding is None or holding.insutype != head["insutype"]:
        raise _no("SCHEME_DIFFERS", f"insutype {head['insutype']}, enrolled in {holding and holding.insutype}")
    return person


def _holding(enrolments: tuple[Enrolment, ...], day: int) -> Enrolment | None:
    """The enrolment that says where a person is insured on the day: of overlapping ones the one recorded last.

    An ended one yields to any other; with none on the day the last of all speaks (its end is the agency's refusal).
    """
    rows = [row for row in enrolments if covers(row.begndate, row.enddate, day)] or enrolments
    return max(rows, key=lambda row: (not row.ended, row.recorded_at, row.begndate), default=None)


def _check_open(head: records.SettlementRequestHead, insured: Region, day: int) -> None:
    scheme, care = head["insutype"], head["med_type"]
    for row in insured.openings:
        if row.med_type == care and row.insutype == scheme and covers(row.begndate, row.enddate, day):
            return
    raise _not_open(scheme, care, insured, day)


def _not_open(scheme: str, care: str, insured: Region, day: int) -> Refusal:
    """How much is closed: the whole region, the scheme, or only this kind of care."""
    open_schemes = {row.insutype for row in insured.openings if covers(row.begndate, row.enddate, day)}
    on = f"{insured.admdvs} on {written(day)}"
    if not open_schemes:
        return _no("REGION_NOT_OPEN", f"nothing is open in {on}")
    if scheme not in open_schemes:
        return _no("SCHEME_NOT_OPEN", f"insutype {scheme} is not open in {on}")
    return _no("SERVICE_NOT_OPEN", f"med_type {care} is not open for insutype {scheme} in {on}")


def _check_connected(head: records.SettlementRequestHead, institution: Institution, day: int) -> None:
    for row in institution.connections:
        if covers(row.begndate, row.enddate, day) and (not row.med_types or head["med_type"] in row.med_types):
            return
    on = written(day)
    raise _no(
        "INSTITUTION_NOT_CONNECTED",
        f"fixmedins_code {institution.fixmedins_code} is not connected for med_type {head['med_type']} on {on}",
    )


def _check_trauma(head: records.SettlementRequestHead) -> None:
    if head["rel_ttp_flag"]:
        raise _no("THIRD_PARTY_LIABLE", "rel_ttp_flag is set")
    if not _is_trauma(head):
        return
    if not head["trum_flag"]:
        raise _no("TRAUMA_LETTER_MISSING", f"med_type {head['med_type']} is trauma, but trum_flag is not set")
    if not head["trum_letter_flag"]:
        raise _no("TRAUMA_LETTER_MISSING", "trum_flag is set, but trum_letter_flag is not")


def _is_trauma(head: records.SettlementRequestHead) -> bool:
    return head["trum_flag"] or head["med_type"] in TRAUMA_CARE


def _check_credential(head: records.SettlementRequestHead, insured: Region, *, cross_province: bool) -> None:
    """The identity card counts in-province everywhere, across provinces where the insured place says so."""
    shown = head["mdtrt_cert_type"]
    if shown in CREDENTIALS_ANYWHERE:
        return
    if shown == CertType.IDENTITY_CARD and (insured.id_card_accepted or not cross_province):
        return
    raise _no("CREDENTIAL_NOT_ACCEPTED", f"mdtrt_cert_type {shown} is not accepted by {insured.admdvs}")


def is_selected(person: Person, fixmedins_code: str, day: int) -> bool:
    """Whether the person had chosen the institution for outpatient care on that day."""
    return any(
        row.fixmedins_code == fixmedins_code and covers(row.begndate, row.enddate, day) for row in person.selections
    )


def _check_selected(head: records.SettlementRequestHead, insured: Region, *, selected: bool) -> None:
    """Only ordinary outpatient care asks for it; an emergency cannot, and a referral comes from the chosen one."""
    wanted = insured.selection_required and head["med_type"] == MedType.OUTPATIENT
    if wanted and not (selected or head["er_flag"] or head["refl_flag"]):
        raise _no("INSTITUTION_NOT_SELECTED", f"fixmedins_code {head['fixmedins_code']} was not chosen beforehand")


def _check_chronic(head: records.SettlementRequestHead, person: Person, day: int) -> None:
    if head["med_type"] != MedType.CHRONIC:
        return
    held = [row for row in person.qualifications if _is_qualified(row, head["dise_codg"], day)]
    if not held:
        raise _no("CHRONIC_NOT_QUALIFIED", f"dise_codg {head['dise_codg']} on {written(day)}")
    if not any(not row.institutions or head["fixmedins_code"] in row.institutions for row in held):
        raise _no("INSTITUTION_NOT_SELECTED", f"fixmedins_code {head['fixmedins_code']} is not approved for it")


def _is_qualified(row: Qualification, dise_codg: str | None, day: int) -> bool:
    return row.dise_codg == dise_codg and covers(row.begndate, row.enddate, day)


def _filing(
    head: records.SettlementRequestHead, person: Person, insured: Region, treatment: Region, day: int
) -> Choice:
    visit = visit_of(head, insured, treatment, day)
    choice = filing_choice.choose(person.filings, visit)
    if choice is not None:
        return choice
    if insured.unfiled_settled:
        return Choice("UNFILED", None)
    raise filing_choice.refusal(person.filings, visit)


def visit_of(head: records.SettlementRequestHead, insured: Region, treatment: Region, day: int) -> Visit:
    """What of a request a filing has to match."""
    return Visit(
        insuplc_admdvs=insured.admdvs,
        insutype=head["insutype"],
        area=treatment.admdvs,
        node=treatment.node,
        covered_from=day,
        covered_until=_covered_until(head, insured, day),
        emergency=head["er_flag"] or _is_trauma(head),
    )


def _covered_until(head: records.SettlementRequestHead, insured: Region, day: int) -> int:
    """Admitted under a valid filing is enough, unless the insured place lets the expiry end the stay (domain §3)."""
    end = head["endtime"]
    if end is None or not insured.expiry_ends_stay or head["med_type"] not in STAYS:
        return day
    return max(day, business_days(end))


def _no(code: str, detail: str) -> Refusal:
    return Refusal(code, detail, stage=Stage.ELIGIBILITY)
