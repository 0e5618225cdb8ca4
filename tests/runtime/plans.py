"""Small topic plans with names of their own, since tests share one broker."""

from dataclasses import dataclass
from uuid import uuid4

from yidi.contract import topics
from yidi.contract.topics import Topic, partition_of

PARTITIONS = 3
BYTES_MAX = 300_000
"""Limit of the topics of a test; their error topic has the contract's own."""


@dataclass(frozen=True)
class Names:
    """The topics of one test."""

    asks: str
    more: str
    answers: str
    facts: str
    errors: str = topics.errors("hospital")

    @property
    def plan(self) -> tuple[Topic, ...]:
        own = (self.asks, self.more, self.answers, self.facts)
        errors = next(t for t in topics.plan(partitions=PARTITIONS) if t.name == self.errors)
        return (*(small(name) for name in own), errors)


def small(name: str, partitions: int = PARTITIONS) -> Topic:
    return Topic(name, (), "test", "test", "psn_no", partitions, -1, BYTES_MAX)


def names() -> Names:
    """Names that no other test uses."""
    tag = uuid4().hex[:8]
    return Names(f"t{tag}.asks", f"t{tag}.more", f"t{tag}.answers", f"t{tag}.facts")


def key_in(partition: int, nth: int = 0) -> bytes:
    """The nth key that belongs to a partition."""
    found = (key for number in range(10_000) if partition_of(key := b"person-%d" % number, PARTITIONS) == partition)
    for _ in range(nth):
        next(found)
    return next(found)
