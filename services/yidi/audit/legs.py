"""The legs of a settlement's way, in the order in which the audit reads them, and which topic is which leg.

The order is by need: what explains comes before what is to be explained. Error reports come first, so that a record
that was reported is known as such when it is read.
"""

from enum import IntEnum
from typing import Final

from yidi.contract import topics


class Leg(IntEnum):
    """What a topic carries; ascending is the reading order."""

    ERROR = 0
    PERSON = 1
    FILING = 2
    SHARED = 3
    CHANGE = 4
    ENCOUNTER = 5
    REQUEST = 6
    FORWARDED = 7
    ANSWER = 8
    TOLD = 9
    JOURNAL = 10
    OPERATION = 11


ERROR_TOPICS: Final = tuple(topics.errors(service) for service in topics.SERVICES)
"""Where error reports lie."""

_FIXED: Final = {
    **{topics.errors(service): Leg.ERROR for service in topics.SERVICES},
    topics.REFERENCE_PERSONS: Leg.PERSON,
    topics.REFERENCE_FILINGS: Leg.FILING,
    topics.REFERENCE_SHARED: Leg.SHARED,
    topics.REGISTRY_REQUESTS: Leg.CHANGE,
    topics.ENCOUNTERS: Leg.ENCOUNTER,
    topics.SETTLEMENT_REQUESTS: Leg.REQUEST,
    topics.JOURNAL: Leg.JOURNAL,
    topics.OPERATIONS: Leg.OPERATION,
}
_INBOX: Final = {
    ("agency", "requests"): Leg.FORWARDED,
    ("agency", "results"): Leg.ANSWER,
    ("hospital", "results"): Leg.TOLD,
}
_INBOX_PARTS: Final = 3


def leg_of(topic: str) -> Leg | None:
    """The leg that a topic carries; None for a topic that is not of the plan."""
    if topic in _FIXED:
        return _FIXED[topic]
    parts = topic.split(".")
    return _INBOX.get((parts[0], parts[2])) if len(parts) == _INBOX_PARTS else None


def inbox_of(topic: str) -> str:
    """The inbox in a topic's name; empty when it has none."""
    return topic.split(".")[1] if topic.endswith((".requests", ".results")) and topic.count(".") == 2 else ""  # noqa: PLR2004 — agency.<inbox>.requests


def reading_order(names: list[str]) -> list[str]:
    """The topics of the plan among `names`, in the order in which a partition is audited."""
    legs = {name: leg_of(name) for name in names}
    return sorted((name for name, leg in legs.items() if leg is not None), key=lambda name: (legs[name], name))
