"""A store whose commits sometimes have an unknown outcome: they happened, or not."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import Enum, auto

from yidi.runtime.memory import MemoryStore, MemoryTransaction
from yidi.runtime.store import CommitUnknown


class Outcome(Enum):
    KNOWN = auto()
    UNKNOWN_DONE = auto()
    UNKNOWN_UNDONE = auto()


class UncertainStore(MemoryStore):
    """A `MemoryStore` whose connection can break while it commits; `next_outcome` is asked at every commit."""

    def __init__(self, next_outcome: Callable[[], Outcome]) -> None:
        super().__init__()
        self._next_outcome = next_outcome

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        transaction = MemoryTransaction(self)
        yield transaction
        outcome = self._next_outcome()
        if outcome is not Outcome.UNKNOWN_UNDONE:
            transaction.commit()
        if outcome is not Outcome.KNOWN:
            raise CommitUnknown("the connection broke while it committed")
