"""Telling the registry where regions' agencies and hospitals are, on a chain that runs."""

import time
from typing import Final

from yidi.chain.errors import StartFailed
from yidi.chain.foreign import Foreign
from yidi.chain.lag import caught_up
from yidi.chain.readings import group_of
from yidi.chain.sender import Message, Sender
from yidi.contract import topics
from yidi.contract.codec import REFERENCE_CHANGE, REGION
from yidi.domain.identities import derived_id
from yidi.domain.instants import business_date
from yidi.runtime.connection import Connection
from yidi.world.regions import pooling_areas
from yidi.world.seed import SHARED_KEY, change

APPLIED_S_MAX: Final = 60


async def route(connection: Connection, partitions: int, foreign: Foreign, services: tuple[str, ...]) -> None:
    """Route the regions, and wait until every one of `services` knows. StartFailed in words.

    What was routed before stays so: a region goes back by the inbox `default`.
    """
    messages = _messages(foreign, time.time_ns() // 1_000_000)
    if not messages:
        return
    async with Sender(connection, partitions) as sender:
        await sender.send(messages)
    asked = {group_of("registry"): (topics.REGISTRY_REQUESTS,)} if "registry" in services else {}
    readers = {group_of(name): topics.FOLLOWED[name] for name in services if name in topics.FOLLOWED}
    for groups in (asked, readers):
        if not await caught_up(connection, partitions, groups, APPLIED_S_MAX):
            raise StartFailed("The services did not learn of the routes in time.", "See their logs, and start again.")


def _messages(foreign: Foreign, now_ms: int) -> list[Message]:
    unknown = foreign.unknown(frozenset(pooling_areas()))
    if unknown:
        raise StartFailed(f"No pooling area has the code {', '.join(unknown)}.", "Name a pooling area, such as 330100.")
    return [_message(foreign, admdvs, now_ms) for admdvs in sorted({*foreign.agencies, *foreign.hospitals})]


def _message(foreign: Foreign, admdvs: str, now_ms: int) -> Message:
    """Under an id of its own: to be routed as before is asked anew, and changes nothing."""
    record = REGION.encode(foreign.routed(pooling_areas()[admdvs]))
    asked = change(f"region/{admdvs}", record, business_date(now_ms))
    msgid = derived_id(f"{asked['msgid']}/{now_ms}", "route")
    value = REFERENCE_CHANGE.encode({**asked, "msgid": msgid, "actor": "route", "reason": "a seat of one's own"})
    return Message(topics.REGISTRY_REQUESTS, SHARED_KEY, value)
