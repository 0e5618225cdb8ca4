"""Reference data: the highest version wins, in whatever order it comes; foreign bytes change nothing."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.platform import samples
from tests.platform.samples import published, request, requested
from tests.platform.seat import Seat, code_of, forwarded, seat
from yidi.contract import topics
from yidi.contract.codec import CATALOGUE, SchemaUnknown, WireError
from yidi.domain.faults import Refusal
from yidi.platform.state import INSTITUTIONS, PERSONS, REGIONS
from yidi.runtime.decider import NOTHING


@settings(max_examples=50)
@given(st.permutations([1, 2, 3]), st.permutations([1, 2, 3]))
def test_the_highest_version_wins_in_any_order(histories: list[int], shared: list[int]):
    """Persons, filings, regions and institutions may come late, twice or out of order."""
    taken = Seat()
    for version in histories:
        taken.put(published(samples.person(version=version, enrolments=[samples.enrolment(recorded_at=version)])))
        taken.put(published(samples.filings(samples.filing(f"F{version}"), version=version)))
    for version in shared:
        taken.put(published(samples.region(samples.INSURED, version=version, id_card_accepted=version == 3)))
        taken.put(published(samples.institution(version=version, setl_lv=str(version))))
    person = PERSONS.get(taken.view, samples.PSN_NO)
    assert (person.version, person.enrolments[0].recorded_at) == (3, 3)
    assert (person.filings_version, person.filings[0].filing_id) == (3, "F3")
    assert REGIONS.get(taken.view, samples.INSURED).id_card_accepted
    assert INSTITUTIONS.get(taken.view, samples.HOSPITAL).setl_lv == "3"


def test_an_equal_version_changes_nothing():
    """A repeat is not a change."""
    taken = seat()
    for record in (samples.person(), samples.filings(), samples.institution(), samples.region(samples.INSURED)):
        assert taken.put(published(record)) == NOTHING


def test_a_verdict_names_the_newest_shared_data_that_was_read():
    """The version that a verdict saw tells how far shared data was read, and never goes back between two places."""
    taken = seat(samples.institution(samples.NEAR_HOSPITAL, version=7), samples.region(samples.NEIGHBOUR, version=5))
    (message,) = forwarded(taken.put(requested(request())))
    assert message["verdict"]["reference_version"]["shared"] == 7


def test_filings_may_come_before_their_person():
    """Topics are read one beside the other; until the history is there, the person is unknown."""
    taken = Seat()
    taken.publish(samples.region(samples.INSURED), samples.region(samples.TREATMENT), samples.institution())
    taken.publish(samples.filings(samples.filing()))
    assert code_of(taken.put(requested(request()))) == "PERSON_UNKNOWN"
    taken.publish(samples.person())
    assert forwarded(taken.put(requested(request(), attempt=2)))


def test_an_institution_in_a_county_lies_in_the_countys_pooling_area():
    """The registry maps counties; digits do not."""
    county = samples.region("310115", kind="COUNTY", pooling_area=samples.TREATMENT, openings=[])
    taken = seat(samples.institution(version=2, admdvs="310115"))
    assert code_of(taken.put(requested(request("M1")))) == "REGION_DIFFERS"
    taken.publish(county)
    assert forwarded(taken.put(requested(request("M2"))))


def test_catalogues_are_left_to_the_hospital():
    """The platform does not need them and keeps nothing of them."""
    value = CATALOGUE.encode({"catalogue": "synthetic", "version": 1, "name": "合成目录", "items": []})
    assert Seat().put(samples.on_topic(topics.REFERENCE_SHARED, value)) == NOTHING


def test_a_history_under_another_persons_key_is_refused():
    """It would be looked up in another partition."""
    record = published(samples.person())
    moved = samples.on_topic(record.topic, record.value, key="somebody else")
    assert Seat().refused(moved).fault.code == "KEY_DIFFERS"


INPUTS = (
    topics.SETTLEMENT_REQUESTS,
    topics.agency_results("default"),
    topics.REFERENCE_PERSONS,
    topics.REFERENCE_FILINGS,
    topics.REFERENCE_SHARED,
)


@settings(max_examples=150)
@given(st.sampled_from(INPUTS), st.binary(max_size=200))
def test_random_bytes_are_refused_on_every_topic(topic: str, value: bytes):
    """No bytes make a defect: they are poison or a refusal, and change nothing."""
    taken = Seat()
    with pytest.raises((WireError, Refusal)):
        taken.platform.decide(taken.view, samples.on_topic(topic, value), taken.now_ms)


longs, texts = st.integers(-(2**63), 2**63 - 1), st.text(max_size=12)
ODD = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("begntime", "endtime", "inf_time", "medfee_sumamt", "acct_pay_amt"), longs),
        **dict.fromkeys(("insuplc_admdvs", "fixmedins_code", "mdtrt_id", "med_type", "insutype", "dise_codg"), texts),
        **dict.fromkeys(("er_flag", "trum_flag", "rel_ttp_flag", "trum_letter_flag", "refl_flag"), st.booleans()),
        "operation": st.sampled_from(["SETTLE", "PRE_SETTLE", "QUERY", "CANCEL", "REVERSE", "UNRECOGNISED"]),
        "refers": st.none() | texts,
        "amends": st.none() | texts,
        "med_type": st.sampled_from(samples.CARE),
    },
)
DAYS = st.integers(-(2**31), 2**31 - 1)


@settings(max_examples=200)
@given(odd=ODD, first=DAYS, last=st.none() | DAYS, ends=st.booleans())
def test_no_values_of_a_request_or_a_filing_make_a_defect(
    odd: dict[str, Any], first: int, last: int | None, *, ends: bool
):
    """Whatever stands in the fields, the request is forwarded, answered or refused by a code; it is never a defect."""
    taken = seat(samples.region(samples.INSURED, version=2, expiry_ends_stay=ends))
    taken.publish(samples.filings(samples.filing(begndate=first, enddate=last), version=2))
    decision = taken.put(requested(request(**odd)))
    assert decision.messages
    assert (decision.failure is None) == (code_of(decision) is None)


@pytest.mark.parametrize("topic", INPUTS[:4])
def test_a_foreign_schema_is_refused_on_every_topic(topic: str):
    """A message of ours on the wrong topic is not ours there."""
    value = CATALOGUE.encode({"catalogue": "synthetic", "version": 1, "name": "", "items": []})
    taken = Seat()
    with pytest.raises(SchemaUnknown):
        taken.platform.decide(taken.view, samples.on_topic(topic, value), taken.now_ms)
