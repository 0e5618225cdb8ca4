"""Eligibility: each cause has its code, dates are the treatment date's, and the verdict says what was used."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from tests.platform import samples
from tests.platform.samples import INSURED, LONG_AGO, NEIGHBOUR, TREATMENT, VISIT_DAY, VISIT_MS
from yidi.domain.faults import Refusal, Stage
from yidi.domain.instants import days_of
from yidi.platform import reference
from yidi.platform.eligibility import Facts, treatment_days, verify

CLOSED = VISIT_DAY - 1


def facts(**changes: Any) -> Facts:
    known = {
        "person": with_filings(samples.person(), samples.filing()),
        "insured": reference.region_of(samples.region(INSURED)),
        "treatment": reference.region_of(samples.region(TREATMENT)),
        "institution": reference.institution_of(samples.institution()),
        "institution_area": TREATMENT,
        "shared_version": 1,
    }
    return Facts(**{**known, **changes})


def with_filings(history: Any, *rows: Any):
    return reference.with_filings(reference.with_history(reference.NOBODY, history), samples.filings(*rows))


def people(*rows: Any, **changes: Any):
    return with_filings(samples.person(**changes), *rows)


def insured(**changes: Any):
    return reference.region_of(samples.region(INSURED, **changes))


def hospital(**changes: Any):
    return reference.institution_of(samples.institution(**changes))


def connection(**changes: Any):
    return {"med_types": [], "begndate": LONG_AGO, "enddate": None, "recorded_at": 0, **changes}


def refused(known: Any = None, **head: Any):
    with pytest.raises(Refusal) as caught:
        verify(samples.request(**head), known or facts())
    assert caught.value.stage is Stage.ELIGIBILITY
    assert caught.value.detail
    assert samples.PSN_NO not in caught.value.detail
    return caught.value.fault.code


def allowed(known: Any = None, **head: Any):
    return verify(samples.request(**head), known or facts())


QUALIFIED = {"dise_codg": "M03900", "begndate": LONG_AGO, "enddate": None, "institutions": []}
CHRONIC = {"med_type": "14", "dise_codg": "M03900"}
TRAUMA = {"med_type": "19", "trum_flag": True, "trum_letter_flag": True}

REFUSALS = [
    ("REGION_UNKNOWN", facts(insured=None), {}),
    ("REGION_UNKNOWN", facts(treatment=None), {}),
    ("REGION_UNKNOWN", facts(insured=insured(kind="COUNTY")), {}),
    ("REGION_UNKNOWN", facts(insured=insured(kind="NODE")), {}),
    ("INSTITUTION_UNKNOWN", facts(institution=None, institution_area=None), {}),
    ("REGION_DIFFERS", facts(institution_area="320100"), {}),
    ("REGION_DIFFERS", facts(institution_area=None), {}),
    ("RURAL_COOPERATIVE", facts(person=None), {"insutype": "380"}),
    ("LOCAL_SETTLEMENT", facts(treatment=insured(), institution_area=INSURED), {"mdtrtarea_admvs": INSURED}),
    ("PERSON_UNKNOWN", facts(person=None), {}),
    ("PERSON_UNKNOWN", facts(person=reference.with_filings(reference.NOBODY, samples.filings())), {}),
    ("REGION_DIFFERS", facts(person=people(enrolments=[samples.enrolment(insuplc_admdvs=NEIGHBOUR)])), {}),
    ("SCHEME_DIFFERS", facts(), {"insutype": "390"}),
    ("SCHEME_DIFFERS", facts(person=people(enrolments=[])), {}),
    ("REGION_NOT_OPEN", facts(insured=insured(openings=[])), {}),
    ("REGION_NOT_OPEN", facts(insured=insured(openings=[samples.opening("310", "11", enddate=CLOSED)])), {}),
    ("REGION_NOT_OPEN", facts(insured=insured(openings=[samples.opening("310", "11", VISIT_DAY + 1)])), {}),
    ("SCHEME_NOT_OPEN", facts(insured=insured(openings=[samples.opening("390", "11")])), {}),
    ("SERVICE_NOT_OPEN", facts(insured=insured(openings=[samples.opening("310", "21")])), {}),
    ("SERVICE_NOT_OPEN", facts(), {"med_type": "99"}),
    ("INSTITUTION_NOT_CONNECTED", facts(institution=hospital(connections=[])), {}),
    ("INSTITUTION_NOT_CONNECTED", facts(institution=hospital(connections=[connection(enddate=CLOSED)])), {}),
    ("INSTITUTION_NOT_CONNECTED", facts(institution=hospital(connections=[connection(med_types=["21"])])), {}),
    ("THIRD_PARTY_LIABLE", facts(), {**TRAUMA, "rel_ttp_flag": True}),
    ("TRAUMA_LETTER_MISSING", facts(), {"med_type": "19"}),
    ("TRAUMA_LETTER_MISSING", facts(), {"med_type": "22", "trum_letter_flag": True}),
    ("TRAUMA_LETTER_MISSING", facts(), {"trum_flag": True}),
    ("TRAUMA_LETTER_MISSING", facts(), {"med_type": "13", "er_flag": True, "trum_flag": True}),
    ("CREDENTIAL_NOT_ACCEPTED", facts(), {"mdtrt_cert_type": "02"}),
    ("CREDENTIAL_NOT_ACCEPTED", facts(), {"mdtrt_cert_type": "99"}),
    ("INSTITUTION_NOT_SELECTED", facts(insured=insured(selection_required=True)), {}),
    ("CHRONIC_NOT_QUALIFIED", facts(), CHRONIC),
    ("CHRONIC_NOT_QUALIFIED", facts(person=people(qualifications=[QUALIFIED])), {"med_type": "14"}),
    ("CHRONIC_NOT_QUALIFIED", facts(person=people(qualifications=[{**QUALIFIED, "enddate": CLOSED}])), CHRONIC),
    ("INSTITUTION_NOT_SELECTED", facts(person=people(qualifications=[{**QUALIFIED, "institutions": ["H2"]}])), CHRONIC),
    ("NOT_FILED", facts(person=people()), {}),
    ("FILING_EXPIRED", facts(person=people(samples.filing(enddate=CLOSED))), {}),
    ("FILING_WRONG_AREA", facts(person=people(samples.filing(mdtrtarea_admvs="320100"))), {}),
]


@pytest.mark.parametrize(("code", "known", "head"), REFUSALS, ids=[f"{i}-{r[0]}" for i, r in enumerate(REFUSALS)])
def test_each_cause_has_its_code(code: str, known: Any, head: dict[str, Any]):
    """What stands in the way is named by its code, at the stage of eligibility, without the person's number."""
    assert refused(known, **head) == code


def test_the_verdict_of_a_filed_person_names_filing_level_and_versions():
    """The agency learns what the platform saw."""
    assert allowed() == {
        "filing_class": "OTHER_TEMPORARY",
        "filing_id": "F1",
        "cross_province": True,
        "setl_lv": "3",
        "medins_kind": "HOSPITAL",
        "selected_institution": False,
        "treatment_date": VISIT_DAY,
        "reference_version": {"persons": 1, "filings": 1, "shared": 1},
    }


NEAR = {"mdtrtarea_admvs": NEIGHBOUR, "fixmedins_code": samples.NEAR_HOSPITAL}


def near(**changes: Any):
    """The same node, another pooling area; nobody has filed."""
    known = {
        "person": people(),
        "treatment": reference.region_of(samples.region(NEIGHBOUR)),
        "institution": hospital(fixmedins_code=samples.NEAR_HOSPITAL),
        "institution_area": NEIGHBOUR,
    }
    return facts(**{**known, **changes})


def test_in_province_needs_no_filing_and_takes_the_identity_card():
    """Inside one node the class is IN_PROVINCE, also for an emergency, and credentials are looser."""
    verdict = allowed(near(), **NEAR, mdtrt_cert_type="02", er_flag=True)
    assert (verdict["filing_class"], verdict["filing_id"]) == ("IN_PROVINCE", None)
    assert not verdict["cross_province"]


def test_across_provinces_the_identity_card_counts_where_the_insured_place_says_so():
    """The switch is the insured place's, not that of the place of treatment."""
    assert allowed(facts(insured=insured(id_card_accepted=True)), mdtrt_cert_type="02")
    treatment = reference.region_of(samples.region(TREATMENT, id_card_accepted=True))
    assert refused(facts(treatment=treatment), mdtrt_cert_type="02") == "CREDENTIAL_NOT_ACCEPTED"


@pytest.mark.parametrize("flags", [{"er_flag": True}, TRAUMA, {**TRAUMA, "med_type": "22"}])
def test_emergency_and_trauma_without_third_party_count_as_filed(flags: dict[str, Any]):
    """The flag, or the signed letter, stands for a filing of class EMERGENCY."""
    verdict = allowed(facts(person=people()), **flags)
    assert (verdict["filing_class"], verdict["filing_id"]) == ("EMERGENCY", None)


def test_unfiled_people_are_settled_where_the_insured_place_has_a_row_for_them():
    """The policy's own, worse row: the class is UNFILED, also when a filing has expired."""
    place = insured(unfiled_settled=True)
    for rows in ((), (samples.filing(enddate=CLOSED),), (samples.filing(mdtrtarea_admvs="320100"),)):
        assert allowed(facts(insured=place, person=people(*rows)))["filing_class"] == "UNFILED"


STAY = {"med_type": "21", "endtime": VISIT_MS + 5 * 86_400_000}


def test_a_filing_that_expires_during_the_stay_is_enough_unless_the_place_says_otherwise():
    """Admitted while it was valid; `expiry_ends_stay` wants the discharge covered too."""
    person = people(samples.filing(enddate=VISIT_DAY + 4))
    assert allowed(facts(person=person), **STAY)["filing_id"] == "F1"
    strict = insured(expiry_ends_stay=True)
    assert refused(facts(person=person, insured=strict), **STAY) == "FILING_EXPIRED"
    assert allowed(facts(insured=strict), **STAY)["filing_id"] == "F1"
    assert allowed(facts(person=person, insured=strict), med_type="11", endtime=STAY["endtime"])


def test_a_selected_institution_a_referral_and_an_emergency_pass_where_selection_is_wanted():
    """Only ordinary outpatient care asks for the choice; the verdict says whether it was made."""
    place = insured(selection_required=True)
    chosen = people(
        samples.filing(), selections=[{"fixmedins_code": samples.HOSPITAL, "begndate": LONG_AGO, "enddate": None}]
    )
    assert allowed(facts(insured=place, person=chosen))["selected_institution"]
    assert not allowed(facts(insured=place), refl_flag=True)["selected_institution"]
    assert allowed(facts(insured=place), er_flag=True)
    assert allowed(facts(insured=place), med_type="21")


def test_a_chronic_patient_is_treated_at_the_approved_institution():
    """The qualification for this disease, on this date, at this institution or at any."""
    for institutions in ([], [samples.HOSPITAL]):
        person = people(samples.filing(), qualifications=[{**QUALIFIED, "institutions": institutions}])
        assert allowed(facts(person=person), **CHRONIC)


def test_the_treatment_date_is_the_admission_in_shanghai():
    """23:30 UTC on the ninth is the tenth in Shanghai; the discharge does not matter."""
    begntime = int(datetime(2025, 6, 9, 23, 30, tzinfo=UTC).timestamp() * 1000)
    head = samples.request(begntime=begntime, med_type="21", endtime=begntime + 10**9)
    assert treatment_days(head) == days_of(date(2025, 6, 10))
    assert allowed(begntime=begntime)["treatment_date"] == VISIT_DAY


def test_what_is_effective_on_the_treatment_date_counts_whenever_it_was_recorded():
    """Openings, connections, enrolments and filings recorded after the visit, with effect from before it, all count."""
    late = 10**15
    known = facts(
        insured=insured(openings=[{**samples.opening("310", "11", VISIT_DAY), "recorded_at": late}]),
        institution=hospital(connections=[connection(begndate=VISIT_DAY, recorded_at=late)]),
        person=people(
            samples.filing(begndate=VISIT_DAY, recorded_at=late),
            enrolments=[samples.enrolment(insutype="390"), samples.enrolment(recorded_at=late)],
        ),
    )
    assert allowed(known)["filing_id"] == "F1"


def test_a_person_who_moved_is_insured_where_the_last_record_says():
    """Of overlapping enrolments the one recorded last holds; an ended one yields to any other."""
    here, gone = samples.enrolment(recorded_at=1), samples.enrolment(insuplc_admdvs=NEIGHBOUR, recorded_at=2)
    assert refused(facts(person=people(samples.filing(), enrolments=[here, gone]))) == "REGION_DIFFERS"
    ended = {**gone, "psn_insu_stas": "ENDED"}
    assert allowed(facts(person=people(samples.filing(), enrolments=[here, ended])))


def test_an_ended_enrolment_is_left_to_the_agency():
    """Nobody insured on the date: the platform passes it on, since arrears and ends are for the insured place."""
    assert allowed(facts(person=people(samples.filing(), enrolments=[samples.enrolment(enddate=CLOSED)])))
