"""The registry as the single writer: versions, repeats, conflicts, staleness, keys, copies."""

from datetime import date
from itertools import pairwise

import pytest

from tests.registry.office import (
    AWAY,
    HOME,
    NOW,
    PARTITIONS,
    PERSON,
    PSN_NO,
    Office,
    a_filing,
    an_enrolment,
    furnished,
    region,
)
from yidi.contract import topics
from yidi.contract.codec import (
    FILING_HISTORY,
    PERSON_HISTORY,
    REFERENCE_CHANGE,
    REGION,
    SETTLEMENT_REQUEST,
    SchemaUnknown,
    Undecodable,
)
from yidi.domain.faults import Refusal
from yidi.registry.places import PLACES
from yidi.registry.service import RegistryService
from yidi.runtime.decider import NOTHING, About, Record
from yidi.runtime.memory import MemoryView
from yidi.world.seed import seedlings

WHOLE = PERSON_HISTORY.encode(PERSON)
OPENING = {"insutype": "390", "med_type": "21", "begndate": 1, "enddate": None, "recorded_at": NOW}
HOME_REGION = REGION.encode(region(HOME))


@pytest.fixture
def office() -> Office:
    return furnished()


def test_shared_data_goes_to_every_partition(office: Office) -> None:
    """A copy in each partition, with the same bytes, keyed by kind and id."""
    changed = REGION.encode({**region(HOME), "name": "宁波"})
    messages = office.ask(office.change(f"region/{HOME}", record=changed))
    assert [message.partition for message in messages] == list(range(PARTITIONS))
    assert {message.key for message in messages} == {b"region/330200"}
    assert len({message.value for message in messages}) == 1


def test_versions_rise_by_key_and_over_the_whole_topic(office: Office) -> None:
    """The highest version read of a topic's partition tells how far one has read: a watermark."""
    for n in range(3):
        office.ask(office.change(f"region/{HOME}", record=REGION.encode({**region(HOME), "name": f"宁波{n}"})))
        office.ask(office.change(f"region/{AWAY}", record=REGION.encode({**region(AWAY), "name": f"上海{n}"})))
    first = [message for message in office.published[topics.REFERENCE_SHARED] if message.partition == 0]
    versions = [office.version(message) for message in first]
    assert all(earlier < later for earlier, later in pairwise(versions))


def test_persons_and_filings_count_their_own_versions(office: Office) -> None:
    """Two topics, two counters; both rise for one person."""
    office.ask(office.change(filing=a_filing()))
    office.ask(office.change(enrolment=an_enrolment()))
    office.ask(office.change(filing=a_filing(filing_id="2", mdtrtarea_admvs="110100")))
    filings = [office.version(message) for message in office.published[topics.REFERENCE_FILINGS]]
    persons = [office.version(message) for message in office.published[topics.REFERENCE_PERSONS]]
    assert filings == [1, 2]
    assert persons == [1, 2]


def test_a_repeat_brings_nothing_new(office: Office) -> None:
    """The same msgid with the same content: no second version, no message."""
    change = office.change(filing=a_filing())
    assert len(office.ask(change)) == 1
    assert office.ask(change) == []


def test_a_repeat_stays_a_repeat_after_others(office: Office) -> None:
    """A change that comes again after a later one does not undo the later one."""
    first = office.change(f"region/{HOME}", record=REGION.encode({**region(HOME), "name": "旧"}))
    office.ask(first)
    office.ask(office.change(f"region/{HOME}", record=REGION.encode({**region(HOME), "name": "新"})))
    assert office.ask(first) == []


def test_other_content_under_a_known_id_is_a_conflict(office: Office) -> None:
    """The first stands; the second is an error report only."""
    office.ask({**office.change(filing=a_filing()), "msgid": "same"})
    refusal = office.refused({**office.change(filing=a_filing(filing_id="2")), "msgid": "same"})
    assert refusal.fault.code == "ID_CONFLICT"


def test_a_refused_change_may_come_again(office: Office) -> None:
    """Its msgid had no effect: after the cause is mended the same change is accepted."""
    change = office.change("region/510100", opening=OPENING)
    assert office.refused(change).fault.code == "REFERENCE_INVALID"
    office.ask(office.change("region/510100", record=REGION.encode(region("510100"))))
    assert office.ask(change)


def test_content_equal_makes_no_version(office: Office) -> None:
    """The same record under another id changes nothing, whatever version the sender wrote into it."""
    again = PERSON_HISTORY.encode({**PERSON, "version": 77})
    assert office.ask(office.change(record=again)) == []
    assert office.ask(office.change(f"region/{HOME}", record=HOME_REGION)) == []


def test_a_change_of_an_older_version_is_stale(office: Office) -> None:
    """base_version must be the published one; 0 means that there is none yet."""
    published = office.version(office.published[topics.REFERENCE_PERSONS][-1])
    stale = office.change(enrolment=an_enrolment(), base_version=published - 1)
    refusal = office.refused(stale)
    assert refusal.fault.code == "REFERENCE_STALE"
    assert f"version {published} is published" in refusal.detail
    assert office.ask(office.change(enrolment=an_enrolment(), base_version=published))
    assert office.refused(office.change(record=WHOLE, base_version=0)).fault.code == "REFERENCE_STALE"


def test_a_new_record_is_made_from_version_0(office: Office) -> None:
    """Whoever read nothing says 0, and is accepted as long as there still is nothing."""
    assert office.ask(office.change(filing=a_filing(), base_version=0))


def test_exactly_one_part_is_set(office: Office) -> None:
    """None, or two of them, is no change."""
    assert "exactly one" in office.refused(office.change()).detail
    two = office.change(filing=a_filing(), enrolment=an_enrolment())
    assert "filing, enrolment" in office.refused(two).detail


def test_the_subject_names_the_record(office: Office) -> None:
    """A record about somebody or something else is refused, and so is an empty id."""
    assert "subject" in office.refused(office.change(f"region/{AWAY}", record=HOME_REGION)).detail
    assert "subject" in office.refused(office.change("33070000000000000006", record=WHOLE)).detail
    assert "msgid" in office.refused({**office.change(record=WHOLE), "msgid": ""}).detail


def test_the_key_is_that_of_the_writing_task(office: Office) -> None:
    """A person's change under another key, or shared data under its own, would be written by the wrong task."""
    assert office.refused(office.change(filing=a_filing()), key=b"somebody").fault.code == "KEY_DIFFERS"
    shared = office.change(f"region/{HOME}", record=HOME_REGION)
    assert office.refused(shared, key=f"region/{HOME}".encode()).fault.code == "KEY_DIFFERS"


def test_a_record_that_is_no_reference_data_is_refused(office: Office) -> None:
    """Bytes that cannot be read, or another message of the contract, inside a change."""
    noise = office.refused(office.change(record=b"\xff\xff"))
    assert (noise.fault.code, noise.detail.partition(":")[0]) == ("REFERENCE_INVALID", "record")
    foreign = bytes((0, *SETTLEMENT_REQUEST.schema_id.to_bytes(4, "big"), 0))
    assert "SettlementRequest is no reference data" in office.refused(office.change(record=foreign)).detail


def test_bytes_that_are_no_change_are_poison(office: Office) -> None:
    """Nothing, noise and a foreign record each fail in their own way; nothing is published."""
    view, service = MemoryView(), office.service
    for value, error in ((None, Refusal), (b"noise", Undecodable), (WHOLE, SchemaUnknown)):
        record = Record(topics.REGISTRY_REQUESTS, 0, 0, NOW, b"k", value)
        with pytest.raises(error):
            service.decide(view, record, NOW)
    assert view.rows == {}


def test_every_partition_learns_the_regions(office: Office) -> None:
    """What one task published, the others read back: filings are judged by it wherever the person lies."""
    for view in office.views:
        place = PLACES.get(view, HOME)
        assert place is not None
        assert place.node == "330000"
        assert place.open_within("390", 20_000, 20_001)


def test_an_older_copy_of_a_region_is_not_taken_over(office: Office) -> None:
    """The highest version wins, in whatever order copies are read; other kinds are passed over."""
    old = REGION.encode({**region(HOME), "kind": "COUNTY", "version": 0})
    assert office.read(topics.REFERENCE_SHARED, b"region/330200", old, partition=1) == []
    place = PLACES.get(office.views[1], HOME)
    assert place is not None
    assert place.kind == "POOLING_AREA"


def test_an_opening_lets_people_file(office: Office) -> None:
    """A region that was not open refuses the filing; once it has opened, the same filing is accepted."""
    moved = an_enrolment(insuplc_admdvs="661400", recorded_at=NOW + 1)
    office.ask(office.change(enrolment=moved))
    wish = a_filing(insuplc_admdvs="661400")
    assert "not open" in office.refused(office.change(filing=wish)).detail
    office.ask(office.change("region/661400", opening=OPENING))
    assert office.ask(office.change(filing=wish))


def test_about_tells_person_and_msgid() -> None:
    """An error report names whom it is about, as far as the bytes can be read."""
    office, service = Office(), RegistryService(PARTITIONS)
    change = office.change(filing=a_filing())
    own = Record(topics.REGISTRY_REQUESTS, 0, 0, NOW, b"", REFERENCE_CHANGE.encode(change))
    assert service.about(own) == About(msgid=change["msgid"], psn_no=PSN_NO)
    shared = REFERENCE_CHANGE.encode(office.change("region/1", filing=a_filing()))
    assert service.about(Record(own.topic, 0, 0, NOW, b"", shared)).psn_no is None
    assert service.about(Record(own.topic, 0, 0, NOW, b"", b"noise")) == About()
    assert service.due(MemoryView(), "any", NOW) is NOTHING


def test_a_registry_needs_partitions() -> None:
    """A topic has at least one."""
    with pytest.raises(ValueError, match="at least one"):
        RegistryService(0)


def test_seeding_twice_makes_no_new_versions() -> None:
    """Shipped data, example persons and a population: accepted whole, and the second start publishes nothing."""
    office = Office()
    for day, publishes in ((date(2026, 3, 1), True), (date(2026, 11, 22), False)):
        before = sum(map(len, office.published.values()))
        for seedling in seedlings(1, 50, day):
            office.read(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)
        assert (sum(map(len, office.published.values())) > before) == publishes
    assert FILING_HISTORY.decode(office.published[topics.REFERENCE_FILINGS][0].value)["version"] == 1
