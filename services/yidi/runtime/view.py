"""What a decision sees: changes of earlier decisions over what is committed."""

from collections.abc import Callable

from yidi.runtime.decider import Decision

Read = Callable[[str, str], bytes | None]


class Overlay:
    """The changes of a transaction not yet committed, over the rows below. Changed only by accepted decisions."""

    __slots__ = ("_below", "rows", "timers")

    def __init__(self, below: Read) -> None:
        self._below = below
        self.rows: dict[tuple[str, str], bytes | None] = {}
        self.timers: dict[str, int | None] = {}

    def get(self, table: str, key: str) -> bytes | None:
        place = (table, key)
        if place in self.rows:
            return self.rows[place]
        return self._below(table, key)

    def apply(self, decision: Decision) -> None:
        for put in decision.changes:
            self.rows[put.table, put.key] = put.value
        for timer in decision.timers:
            self.timers[timer.name] = timer.due_ms
