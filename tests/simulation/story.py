"""A story: what one person's hospital sends, act by act, and how it has to end."""

import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from tests.simulation.troupe import Actor
from yidi.chain.chronicle import Chronicle
from yidi.world.fault_case import Sent

Act = Callable[[Chronicle], Iterable[Sent]]
"""What is sent, knowing what lies in the topics when the act begins: everything before is quiet by then."""

ALWAYS_POSSIBLE: Final = frozenset({"NO_ANSWER"})
"""A deadline may pass in any story."""
STRANGER: Final = b"not-"
"""Key of a record that lies under somebody else's: this and the person's own key."""


@dataclass(frozen=True)
class Story:
    """`ends`: by msgid, the finals that are right, as `DONE` or `REFUSED NOT_FILED`.

    `reported`: codes that have to be reported under the person's key; `possible`: codes that may be, besides.
    """

    name: str
    actor: Actor
    acts: tuple[Act, ...]
    ends: Mapping[str, frozenset[str]] = field(default_factory=dict)
    reported: frozenset[str] = frozenset()
    possible: frozenset[str] = frozenset()

    def breaches(self, chronicle: Chronicle) -> Iterator[str]:
        """What did not end as it has to."""
        for msgid, right in self.ends.items():
            found = ending(chronicle, msgid)
            if found not in right:
                yield f"{self.name}: {msgid} ended {found}, right is {' or '.join(sorted(right))}"
        found_codes = frozenset(self._codes(chronicle))
        for code in sorted(self.reported - found_codes):
            yield f"{self.name}: no error report {code}"
        for code in sorted(found_codes - self.reported - self.possible - ALWAYS_POSSIBLE):
            details = [report["detail"] for report in chronicle.reports if report["code"] == code]
            yield f"{self.name}: unexpected error report {code}: {details[0][-300:]}"

    def _codes(self, chronicle: Chronicle) -> Iterator[str]:
        keys = {self.actor.key, STRANGER + self.actor.key}
        return (report["code"] for report in chronicle.reports if report["key"] in keys)


def ending(chronicle: Chronicle, msgid: str) -> str:
    """The final in force: its outcome, of a refusal the code, too; `UNKNOWN` or `NOTHING` while there is none."""
    told = chronicle.answers(msgid)
    if not told:
        return "NOTHING"
    fault = told[-1]["fault"]
    refused = told[-1]["outcome"] == "REFUSED" and fault is not None
    return f"REFUSED {fault['code']}" if refused and fault else told[-1]["outcome"]


def only(word: str) -> frozenset[str]:
    return frozenset({word})


def woven(dice: random.Random, threads: Iterable[Iterable[Sent]]) -> Iterator[Sent]:
    """All records, each thread's in its own order, the threads mixed at random."""
    waiting = [list(thread) for thread in threads]
    while waiting := [thread for thread in waiting if thread]:
        yield dice.choice(waiting).pop(0)
