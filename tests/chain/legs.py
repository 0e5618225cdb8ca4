"""Legs made of the contract's stored examples."""

from typing import Any

from tests.contract.stored import example
from yidi.chain.leg import Leg
from yidi.contract import topics
from yidi.runtime.decider import Record

AT_HOSPITAL = topics.hospital_results("default")
AT_PLATFORM = topics.agency_results("default")


def leg(kind: str, topic: str = "any", *, at_ms: int = 0, **changes: Any) -> Leg:
    """The newest example of that record, with some fields otherwise, as if read from the topic."""
    content = {**example(kind), **changes}
    key = str(content.get("psn_no", "")).encode()
    return Leg(Record(topic, 0, 0, at_ms, key, b""), kind, content)


def result(outcome: str, *, topic: str = AT_HOSPITAL, attempt: int = 1, **changes: Any) -> Leg:
    return leg("SettlementResult", topic, outcome=outcome, attempt=attempt, **changes)
