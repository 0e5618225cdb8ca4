import pytest

from tests.contract.stored import StoredExample, stored_examples
from yidi.contract import codec, schemas
from yidi.contract.codec import RECORD_TYPES

NEWEST = schemas.latest(schemas.read_ids(schemas.folder()))
BY_NAME = {record_type.name: record_type for record_type in RECORD_TYPES}

PINNED = {
    "Region.1.pooling-area": (
        "000000000d"  # magic byte, id 13
        "0c333330323030"  # admdvs: 6 bytes, 330200
        "02"  # version: 1
        "12e5ae81e6b3a2e5b882"  # name: 9 bytes
        "02"  # kind: POOLING_AREA, the second symbol
        "0c333330303030"  # node
        "0c333330323030"  # pooling_area
        "0e64656661756c74"  # agency_inbox: default
        "0e64656661756c74"  # hospital_inbox: default
        "0c333330303030"  # catalogue
        "04"  # two openings
        "06333930043231d08902008080ebb4bf55"  # 390, 21, day 17000, open end, recorded at
        "06333930043134d089020290c8028080ebb4bf55"  # 390, 14, day 17000, until day 21000, recorded at
        "00"  # no more openings
        "00010100"  # four flags
    ),
}
"""What lies on the topics since the first version. Never changed: others have written it."""


@pytest.mark.parametrize("name", PINNED)
def test_the_wire_bytes_never_change(name: str):
    """The bytes of a stored example are those that were pinned by hand, and are read as that example."""
    stored = next(stored for stored in stored_examples() if stored.path.stem == name)
    assert BY_NAME[stored.record].decode(bytes.fromhex(PINNED[name])) == stored.load()
    if NEWEST[stored.record].version == stored.version:
        assert BY_NAME[stored.record].encode(stored.load()).hex() == PINNED[name]


@pytest.mark.parametrize(
    "stored",
    [stored for stored in stored_examples() if NEWEST[stored.record].version == stored.version],
    ids=lambda stored: stored.path.stem,
)
def test_every_example_is_carried_unharmed(stored: StoredExample):
    """A stored example is encoded, told apart by its id, and decoded to itself."""
    value = BY_NAME[stored.record].encode(stored.load())
    assert codec.record_type_of(value).name == stored.record
    assert codec.record_type_of(value).decode(value) == stored.load()


def test_a_forwarded_request_holds_the_requests_own_bytes():
    """The bytes inside the forwarded examples are messages themselves."""
    for stored in stored_examples():
        if stored.record == "ForwardedRequest":
            inner = stored.load()["request"]
            assert codec.record_type_of(inner).decode(inner)["msgid"] == stored.load()["msgid"]
