"""Which legs belong to an id."""

from typing import Any, cast

import pytest

from tests.chain.legs import leg, result
from yidi.chain import journey
from yidi.chain.leg import Leg

PERSON = "P1"


def way(msgid: str, setl_id: str, visit: str) -> list[Leg]:
    ids = {"msgid": msgid, "mdtrt_id": visit, "psn_no": PERSON, "amends": None, "refers": None}
    answer = result("DONE", result_id=f"r-{msgid}", setl_id=setl_id, **ids)
    return [leg("EncounterCharges", **ids), leg("SettlementRequest", setl_id=setl_id, **ids), answer]


def test_legs_are_related_through_each_other() -> None:
    """The encounter knows no settlement id, the request knows both: asked by either, all are found."""
    mine, other = way("M1", "S1", "V1"), way("M2", "S2", "V2")
    for wanted in ("M1", "S1", "V1", "r-M1"):
        assert journey._related([*mine, *other], wanted) == mine


def test_the_person_alone_relates_nothing() -> None:
    """All legs share the person: only who asks for the person gets everything."""
    legs = [*way("M1", "S1", "V1"), *way("M2", "S2", "V2")]
    assert journey._related(legs, PERSON) == legs
    assert journey._related(legs, "nobody") == []


def test_legs_of_one_instant_come_in_the_order_of_the_way() -> None:
    """Kafka's clock has milliseconds; within one the way itself says what came first."""
    kinds = ("JournalEntry", "SettlementResult", "ForwardedRequest", "SettlementRequest", "EncounterCharges")
    legs = sorted((leg(kind, at_ms=5) for kind in kinds), key=journey._moment)
    assert [one.kind for one in legs] == list(reversed(kinds))


async def test_what_can_be_no_id_is_bad_input() -> None:
    """Too short a text is refused before anything is read, apart from an id that nobody knows."""
    unread = cast("Any", None)
    with pytest.raises(journey.TooShort, match="too short for an id") as refused:
        await journey.journey_of(unread, ("default",), "abc", 8)
    assert (refused.value.exit_code, journey.NotFound.exit_code) == (2, 1)
