"""A settlement's whole way across all topics, found by any of its ids."""

from collections.abc import Callable, Collection
from typing import Final

from yidi.chain.errors import ChainError
from yidi.chain.leg import Leg, leg_of
from yidi.chain.reader import Reader
from yidi.contract import topics
from yidi.contract.topics import partition_of

Progress = Callable[[int, int], None]

ID_CHARS_MIN: Final = 4
"""Shorter texts would match half the log."""


class NotFound(ChainError):
    """No topic holds a message with this id."""

    exit_code = 1


class TooShort(NotFound):
    """What was given can be no id; nothing was looked for."""

    exit_code = 2


def flow_topics(inboxes: Collection[str]) -> list[str]:
    """The topics that a settlement's messages travel on, in the order of the way."""
    return [
        topics.ENCOUNTERS,
        topics.SETTLEMENT_REQUESTS,
        *(topics.agency_requests(inbox) for inbox in inboxes),
        *(topics.agency_results(inbox) for inbox in inboxes),
        *(topics.hospital_results(inbox) for inbox in inboxes),
        topics.JOURNAL,
        *(topics.errors(service) for service in ("hospital", "platform", "agency")),
    ]


async def journey_of(
    reader: Reader, inboxes: Collection[str], wanted: str, partitions: int, progress: Progress = lambda _d, _t: None
) -> list[Leg]:
    """Every leg that belongs to `wanted` (msgid, setl_id, mdtrt_id, psn_no or error_id), in the order they happened.

    The first pass looks for the id in the messages' bytes, topic by topic, and stops at the first person that it
    belongs to; the second reads that person's one partition. Raises NotFound, TooShort.
    """
    key = await _person_of(reader, inboxes, wanted, progress)
    parts = reader.parts(flow_topics(inboxes), partition_of(key, partitions))
    found = [leg_of(record) async for record in reader.read(parts) if record.key == key]
    return related(found, wanted)


def _moment(leg: Leg) -> tuple[int, int]:
    order = ("EncounterCharges", "SettlementRequest", "ForwardedRequest", "SettlementResult")
    rank = order.index(leg.kind) if leg.kind in order else len(order)
    return leg.record.timestamp_ms, rank


async def _person_of(reader: Reader, inboxes: Collection[str], wanted: str, progress: Progress) -> bytes:
    if len(wanted) < ID_CHARS_MIN:
        raise TooShort(f"{wanted!r} is too short for an id.", "Give a msgid, setl_id, mdtrt_id, psn_no or error_id.")
    needle = wanted.encode()
    names = flow_topics(inboxes)
    for done, topic in enumerate(names):
        progress(done, len(names))
        async for record in reader.read(reader.parts([topic])):
            if record.key == needle:
                return needle
            if record.key and record.value and needle in record.value and wanted in leg_of(record).ids:
                return record.key
    raise NotFound(
        f"No message on any topic carries the id {wanted}.",
        "Check the id: msgid, setl_id, mdtrt_id, psn_no and error_id are understood, each in full; the first eight "
        "characters of an error_id are for `yidi errors show`.",
    )


def related(legs: list[Leg], wanted: str) -> list[Leg]:
    """Those of one person's legs that belong to `wanted`, in the order they happened; all of them for the person."""
    return in_order(_related(legs, wanted))


def in_order(legs: Collection[Leg]) -> list[Leg]:
    """Legs as they happened: by their time, and within a millisecond in the order of the way."""
    return sorted(legs, key=_moment)


def _related(legs: list[Leg], wanted: str) -> list[Leg]:
    """Legs that share an id with `wanted`, directly or through each other."""
    if any(leg.content.get("psn_no") == wanted for leg in legs):
        return legs
    known = {wanted}
    while True:
        related = [leg for leg in legs if _own_ids(leg) & known]
        grown = known.union(*(_own_ids(leg) for leg in related))
        if grown == known:
            return related
        known = grown


def _own_ids(leg: Leg) -> frozenset[str]:
    """Ids but for the person's, which all legs share."""
    return leg.ids - {str(leg.content.get("psn_no"))}
