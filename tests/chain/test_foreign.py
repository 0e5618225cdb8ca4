"""Which inboxes are whose, when a region's seats are programs of somebody else."""

from typing import Any

import pytest

from yidi.chain.errors import StartFailed
from yidi.chain.foreign import Foreign
from yidi.chain.routing import route
from yidi.chain.services import decider_of
from yidi.chain.settings import ServiceSettings
from yidi.runtime.connection import Connection
from yidi.world.regions import pooling_areas

FOREIGN = Foreign(agencies={"330100": "hangzhou"}, hospitals={"330100": "hangzhou", "330200": "ningbo"})
INBOXES = ("default", "hangzhou", "ningbo", "spare")


def test_our_seats_leave_foreign_inboxes_alone() -> None:
    """Each of our seats answers for every inbox that is not a foreign one of its own kind; the platform knows all."""
    assert FOREIGN.inboxes == ("hangzhou", "ningbo")
    assert FOREIGN.served("agency", INBOXES) == ("default", "ningbo", "spare")
    assert FOREIGN.served("hospital", INBOXES) == ("default", "spare")
    assert FOREIGN.served("platform", INBOXES) == INBOXES


def test_regions_are_routed() -> None:
    """A region is published with the inboxes of its foreign seats, and otherwise as it was."""
    here, there = (FOREIGN.routed(pooling_areas()[code]) for code in ("330100", "330200"))
    assert (here["agency_inbox"], here["hospital_inbox"]) == ("hangzhou", "hangzhou")
    assert (there["agency_inbox"], there["hospital_inbox"]) == ("default", "ningbo")
    assert FOREIGN.routed(pooling_areas()["310100"]) == pooling_areas()["310100"]


def test_back_to_the_shared_inbox() -> None:
    """A region goes back by the inbox `default`, which stays ours."""
    back = Foreign(agencies={"330100": "default"})
    assert back.inboxes == ()
    assert back.served("agency", ("default",)) == ("default",)


def test_a_seat_reads_what_it_serves(tmp_path: Any) -> None:
    """The simulated agency does not read a foreign one's requests."""
    settings = ServiceSettings(
        connection=Connection(bootstrap="127.0.0.1:1"),
        store=str(tmp_path / "s"),
        partitions=2,
        inboxes=FOREIGN.served("agency", INBOXES),
    )
    assert "agency.hangzhou.requests" not in decider_of("agency", settings).inputs


async def test_no_such_region() -> None:
    """A code that is no pooling area is refused in words, before anything is sent."""
    with pytest.raises(StartFailed, match="999900"):
        await route(Connection(bootstrap="127.0.0.1:1"), 2, Foreign(agencies={"999900": "x"}), ())
