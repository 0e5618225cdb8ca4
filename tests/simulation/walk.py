"""A random walk: any operation in any order on a few visits, without a known end; the audit judges it."""

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Final, TypeGuard

from tests.simulation.story import Act, Story
from tests.simulation.troupe import TODAY, Actor
from yidi.chain.chronicle import Chronicle
from yidi.contract import records, topics
from yidi.contract.codec import SETTLEMENT_REQUEST, WireError, record_type_of
from yidi.domain.faults import FAULTS, FaultClass
from yidi.runtime.decider import ATTEMPT_HEADER
from yidi.world.blemishes import BLEMISHES
from yidi.world.fault_case import Sent, sent
from yidi.world.seed import person_seedlings
from yidi.world.sequence_faults import about, later

ACTS: Final = 3
STEPS: Final = 5
"""Of one act."""
VARIANTS: Final = 3
"""Ids of one visit."""
POSSIBLE: Final = frozenset(
    code for code, fault in FAULTS.items() if fault.fault_class in (FaultClass.BUSINESS, FaultClass.DATA)
)
"""What a hospital may do wrong; a defect, poison or an unexpected result is nobody's fault but the chain's."""
BREACHES: Final = frozenset({"RESULT_UNEXPECTED", "RESULT_INVALID", "TOTALS_DISAGREE", "DETAILS_DIFFER"})


class Walk:
    """Chooses steps; remembers what it sent, to send it again."""

    def __init__(self, dice: random.Random, actor: Actor) -> None:
        self._dice, self._actor = dice, actor
        self._sent: list[records.EncounterCharges] = []
        self._serial = 0
        self._attempts: Counter[str] = Counter()
        """Only the desk raises attempts: no two replays of a message have the same one, wherever they start."""
        self._replayed: set[str] = set()
        """In this act: a message is replayed when what came of the replay before is final, not sooner."""

    def act(self, chronicle: Chronicle) -> Iterator[Sent]:
        self._replayed.clear()
        for _ in range(STEPS):
            yield from self._dice.choice(CHOICES)(self, chronicle)

    def settle(self, _: Chronicle) -> Iterator[Sent]:
        yield self._new(self._variant())

    def rehearse(self, _: Chronicle) -> Iterator[Sent]:
        yield self._new({**self._fresh(), "operation": "PRE_SETTLE"})

    def spoil(self, _: Chronicle) -> Iterator[Sent]:
        yield self._new(BLEMISHES[self._dice.choice(sorted(BLEMISHES))](self._fresh()))

    def amend(self, _: Chronicle) -> Iterator[Sent]:
        if self._sent:
            before = self._dice.choice(self._sent)
            whole = next(visit for visit in self._actor.visits if visit["mdtrt_id"] == before["mdtrt_id"])
            yield self._new({**self._fresh(whole), "amends": before["msgid"]})

    def reverse(self, _: Chronicle) -> Iterator[Sent]:
        yield self._new(self._about("REVERSE"))

    def query(self, _: Chronicle) -> Iterator[Sent]:
        yield self._new(self._about("QUERY"))

    def try_again(self, _: Chronicle) -> Iterator[Sent]:
        """At the hospital."""
        if self._sent:
            before = self._dice.choice(self._sent)
            yield from self._again(before["msgid"], sent(before))

    def replay(self, chronicle: Chronicle) -> Iterator[Sent]:
        """At the platform: a request that was sent before."""
        logged = chronicle.logs[topics.SETTLEMENT_REQUESTS]
        requests = [value for record in logged if record.key == self._actor.key and is_request(value := record.value)]
        if requests:
            found = self._dice.choice(requests)
            msgid = SETTLEMENT_REQUEST.head(found)["msgid"]
            yield from self._again(msgid, Sent(topics.SETTLEMENT_REQUESTS, self._actor.key, found))

    def unfile(self, _: Chronicle) -> Iterator[Sent]:
        yield from self._registered(self._actor.in_arrears if self._dice.random() < 0.5 else self._actor.unfiled)

    def mend(self, _: Chronicle) -> Iterator[Sent]:
        yield from self._registered(self._actor)

    def _registered(self, actor: Actor) -> Iterator[Sent]:
        for seedling in person_seedlings(actor.person, actor.filings, TODAY):
            yield Sent(topics.REGISTRY_REQUESTS, seedling.key, seedling.value)

    def _variant(self) -> records.EncounterCharges:
        """A visit under one of its ids, maybe one that was used before."""
        visit, step = self._dice.choice(self._actor.visits), self._dice.randrange(VARIANTS)
        return later(visit, 100 + step) if step else visit

    def _fresh(self, visit: records.EncounterCharges | None = None) -> records.EncounterCharges:
        """A visit under an id of its own."""
        self._serial += 1
        return later(visit or self._dice.choice(self._actor.visits), 200 + self._serial)

    def _about(self, operation: records.Operation) -> records.EncounterCharges:
        self._serial += 1
        return about(self._dice.choice(self._sent or [self._variant()]), operation, 200 + self._serial)

    def _again(self, msgid: str, first: Sent) -> Iterator[Sent]:
        if msgid not in self._replayed:
            self._replayed.add(msgid)
            self._attempts[msgid] += 1
            attempt = b"%d" % (self._attempts[msgid] + 1)
            yield Sent(first.topic, first.key, first.value, ((ATTEMPT_HEADER, attempt),))

    def _new(self, encounter: records.EncounterCharges) -> Sent:
        self._sent.append(encounter)
        return sent(encounter)


def is_request(value: bytes | None) -> TypeGuard[bytes]:
    """Whether it is a settlement request; charge details and poison lie in the same topic."""
    try:
        return value is not None and record_type_of(value) is SETTLEMENT_REQUEST
    except WireError:
        return False


Step = Callable[[Walk, Chronicle], Iterator[Sent]]

CHOICES: Final[tuple[Step, ...]] = (
    Walk.settle,
    Walk.settle,
    Walk.settle,
    Walk.rehearse,
    Walk.spoil,
    Walk.amend,
    Walk.reverse,
    Walk.reverse,
    Walk.query,
    Walk.try_again,
    Walk.try_again,
    Walk.replay,
    Walk.unfile,
    Walk.mend,
)


def walk(dice: random.Random, actor: Actor) -> Story:
    """Whatever comes; at the end all is mended and everything that was refused for it may be replayed."""
    own = Walk(random.Random(dice.random()), actor)
    acts: tuple[Act, ...] = tuple(own.act for _ in range(ACTS))
    return Story("walk", actor, acts, possible=POSSIBLE - BREACHES)
