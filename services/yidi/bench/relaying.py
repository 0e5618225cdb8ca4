"""What the relay passes on: the chain's hops without its logic. Every record keeps its bytes, key and partition.

encounters → settlement.requests → agency.requests → agency.results → hospital.results and settlement.journal;
a stay's details follow: hospital.results → settlement.requests → agency.requests, where they end.
"""

from typing import Final

from yidi.contract import topics
from yidi.contract.topics import DEFAULT_INBOX
from yidi.runtime.decider import Record
from yidi.runtime.message import Message

STAY: Final = ("stay", b"1")
"""Header that the load gives to stays: their details make the same two hops more as in the chain."""
DETAILS: Final = ("details", b"1")

REQUESTS: Final = topics.agency_requests(DEFAULT_INBOX)
RESULTS: Final = topics.agency_results(DEFAULT_INBOX)
ANSWERS: Final = topics.hospital_results(DEFAULT_INBOX)

LEGS: Final = (topics.SETTLEMENT_REQUESTS, REQUESTS, RESULTS, ANSWERS)
"""The hops that are counted, from the hospital's request to its answer."""

INPUTS: Final = {
    "hospital": (topics.ENCOUNTERS, ANSWERS),
    "platform": (topics.SETTLEMENT_REQUESTS, RESULTS),
    "agency": (REQUESTS,),
}
"""What each seat reads, as in the chain."""

_ROUTES: Final = {
    topics.ENCOUNTERS: (topics.SETTLEMENT_REQUESTS,),
    topics.SETTLEMENT_REQUESTS: (REQUESTS,),
    REQUESTS: (RESULTS,),
    RESULTS: (ANSWERS, topics.JOURNAL),
}


def relayed(record: Record) -> list[Message]:
    """The messages that a record becomes."""
    if record.topic == ANSWERS:
        return [_passed(record, topics.SETTLEMENT_REQUESTS, (DETAILS,))] if STAY in record.headers else []
    if record.topic == REQUESTS and DETAILS in record.headers:
        return []
    return [_passed(record, topic, record.headers) for topic in _ROUTES[record.topic]]


def _passed(record: Record, topic: str, headers: tuple[tuple[str, bytes], ...]) -> Message:
    return Message(topic, record.partition, record.key or b"", record.value or b"", headers)
