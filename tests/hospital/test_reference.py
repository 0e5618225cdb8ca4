"""Reference data in the state: versions, and a cache that never changes an answer."""

import pytest

from tests.hospital.ward import HOUSE, NOW, Ward, catalogue, charges, item, region, request_of
from yidi.contract import topics
from yidi.contract.codec import CATALOGUE, ENCOUNTER_CHARGES, REGION
from yidi.hospital.reference import COPIES_MAX, SHARED, SUM_KEY, SUM_TABLE, ReferenceCache
from yidi.runtime.decider import NOTHING, Decision, Record

SELF_PAID = catalogue("catalogue-110000", item("DRUG-A", "09", "03"), version=2)
KEY = "catalogue/catalogue-110000"


def self_paid(ward: Ward, msgid: str) -> int:
    """What is fully self-paid of one DRUG-A of 10 yuan now."""
    return request_of(ward.send(charges(msgid=msgid, mdtrt_id=msgid)))["categories"][0]["fulamt_ownpay_amt"]


def test_highest_version_wins() -> None:
    """A newer version holds at once; an older one, and a repeat, change nothing."""
    ward = Ward()
    assert self_paid(ward, "M-1") == 0
    ward.shared(CATALOGUE, KEY, SELF_PAID)
    assert self_paid(ward, "M-2") == 1_000
    assert ward.shared(CATALOGUE, KEY, catalogue()) == NOTHING
    assert ward.shared(CATALOGUE, KEY, SELF_PAID) == NOTHING
    assert self_paid(ward, "M-3") == 1_000


def test_rows_hold_the_bytes_as_they_came() -> None:
    """A record's bytes are stored under its key, unchanged."""
    ward = Ward()
    ward.shared(CATALOGUE, KEY, SELF_PAID)
    assert ward.view.get(SHARED, KEY) == CATALOGUE.encode(SELF_PAID)


def test_cache_survives_a_rolled_back_transaction() -> None:
    """A decision made on a version that was rolled back leaves no trace in the next one."""
    ward = Ward()
    kept, timers = dict(ward.view.rows), dict(ward.view.timers)
    ward.shared(CATALOGUE, KEY, SELF_PAID)
    assert self_paid(ward, "M-1") == 1_000
    ward.view.rows, ward.view.timers = kept, timers
    assert self_paid(ward, "M-1") == 0


def test_one_cache_serves_partitions_that_differ() -> None:
    """A partition that is behind keeps seeing its own version while another one has the newer."""
    behind, ahead = Ward(), Ward()
    ahead.service = behind.service
    ahead.shared(CATALOGUE, KEY, SELF_PAID)
    for n in range(3):
        assert self_paid(ahead, f"M-{n}") == 1_000
        assert self_paid(behind, f"M-{n}") == 0


def test_order_of_the_records_does_not_matter() -> None:
    """Two partitions that read the same records in another order hold the same data, and the same sum of it."""
    first, second = Ward(), Ward()
    areas = [region("440100"), region("440300", version=2)]
    for area in areas:
        first.shared(REGION, f"region/{area['admdvs']}", area)
    for area in (region("440300"), *reversed(areas)):
        second.shared(REGION, f"region/{area['admdvs']}", area)
    assert first.view.get(SUM_TABLE, SUM_KEY) == second.view.get(SUM_TABLE, SUM_KEY)
    assert first.view.rows == second.view.rows


def test_cache_has_a_limit() -> None:
    """Only a few parsed copies are kept, and unknown keys are not remembered."""
    ward, cache = Ward(), ReferenceCache()
    for version in range(2, 10):
        ward.shared(REGION, "region/330100", region("330100", version=version))
        assert cache.at(ward.view).area("330100") is not None
        assert cache.at(ward.view).area("nowhere") is None
    assert len(cache._copies) == COPIES_MAX
    assert set(cache._newest) == {"region/330100"}


@pytest.mark.parametrize("warm", [True, False])
def test_decisions_are_the_same_with_and_without_memory(*, warm: bool) -> None:
    """Equal state and equal record give equal bytes, whatever the process did before."""
    ward = Ward()
    if warm:
        ward.send(charges(msgid="M-0", mdtrt_id="V0"))
        del ward.view.rows["message", "M-0"]
        del ward.view.rows["visit", f"{HOUSE}/V0"]
    first, second = ward.send(charges()), Ward().send(charges())
    assert first == second


def test_decide_does_not_write_through() -> None:
    """A decision is only a proposal: until it is applied, the state is what it was."""
    ward = Ward()
    rows = dict(ward.view.rows)
    encounter = charges()
    record = Record(topics.ENCOUNTERS, 0, 0, NOW, encounter["psn_no"].encode(), ENCOUNTER_CHARGES.encode(encounter))
    decision: Decision = ward.service.decide(ward.view, record, NOW)
    assert decision.changes
    assert ward.view.rows == rows
