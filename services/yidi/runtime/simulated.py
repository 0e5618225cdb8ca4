"""The simulated world: services over a simulated log, in virtual time, everything decided by one seed (design §4).

The scheduler takes one small step after another, chosen at random: poll a little, decide on a part, lose a commit's
answer, let half a chunk arrive, lose an acknowledgement, crash between any two steps, move partitions while their old
owner does not know, let time pass. After `chaos_steps` the world heals, and runs until everything is final.

What it cannot show: bytes on the wire, the client's own faults, two things at the very same moment. For these the
same promises are tested on real Kafka.
"""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from yidi.contract.topics import Topic
from yidi.runtime.decider import Decider, Headers, Record
from yidi.runtime.memory import MemoryStore
from yidi.runtime.simulated_instance import Crash, Instance
from yidi.runtime.simulated_log import SimulatedLog
from yidi.runtime.simulated_store import Outcome, UncertainStore
from yidi.runtime.store import Snapshot, Store

START_MS = 1_750_000_000_000
"""Virtual time starts here (June 2025)."""

ROUNDS_MAX = 10_000
"""A healed world that is not final after so many rounds never will be."""

TIME_JUMP_MS_MAX = 20_000

STEPS: Final = ("look", "learn", "read", "read", "tick", "decide", "decide", "send", "send", "acknowledge")
"""What an instance may do next; reading, deciding and sending are twice as likely as the rest."""


@dataclass(frozen=True, slots=True)
class Faults:
    """How often what goes wrong goes wrong: probabilities per step, or per input."""

    crash: float = 0.02
    crash_in_transaction: float = 0.03
    commit_unknown: float = 0.03
    lost_acknowledgement: float = 0.1
    late_arrival: float = 0.05
    rebalance: float = 0.02
    duplicate_input: float = 0.2
    clock_step_back: float = 0.05
    time_jump: float = 0.0
    """Time goes on by up to `TIME_JUMP_MS_MAX` at once: deadlines pass while work is under way."""


CALM = Faults(0, 0, 0, 0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Input:
    """One record from outside."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()
    partition: int | None = None


class Group:
    """A service's instances over one store, and which partitions the group coordinator says they own."""

    def __init__(self, instances: Sequence[Instance], store: Store, partitions: int, rng: random.Random) -> None:
        self.instances = instances
        self.store = store
        self._partitions, self._rng = partitions, rng
        self._generation = 0
        self._assigned: list[list[int]] = []
        self.rebalance()

    def rebalance(self) -> None:
        """Assign partitions anew; an instance learns of it only when it looks."""
        self._generation += 1
        self._assigned = [[] for _ in self.instances]
        for partition in range(self._partitions):
            self._rng.choice(self._assigned).append(partition)

    def look(self, instance: Instance) -> bool:
        """Let an instance see its assignment; False when it knows it already."""
        if instance.ownership.generation == self._generation:
            return False
        instance.take_over(self._assigned[self.instances.index(instance)], self._generation)
        return True


class Simulation:
    """A world of services. Feed it with `send`, `run` it until it is final, then look at `records` and `state`."""

    def __init__(
        self,
        seed: int,
        deciders: Iterable[Decider],
        plan: Iterable[Topic],
        *,
        faults: Faults | None = None,
        chaos_steps: int = 400,
        instances: int = 2,
        horizon_ms: int = 86_400_000,
        input_rate: float = 0.3,
        make_store: Callable[[Callable[[], Outcome]], Store] = UncertainStore,
    ) -> None:
        self.rng = random.Random(seed)  # noqa: S311 — a seed that repeats is the point, not secrecy
        self.log = SimulatedLog(plan)
        self.log.now_ms = START_MS
        self._faults = faults or Faults()
        self._chaos_steps, self._horizon_ms, self._input_rate = chaos_steps, horizon_ms, input_rate
        self._healed = False
        self._inputs: list[Input] = []
        self.groups = {decider.service: self._group(decider, instances, make_store) for decider in deciders}
        self._all = [(group, one) for group in self.groups.values() for one in group.instances]

    def begin_from(self, other: "Simulation") -> None:
        """Begin with the log, the stores and the time of another, final world; before the first `run` only.

        Its stores have to be in memory; the two worlds go their own ways afterwards.
        """
        self.log.load(other.log)
        for service, group in self.groups.items():
            mine, theirs = group.store, other.groups[service].store
            assert isinstance(mine, MemoryStore)  # noqa: S101 — only such stores can be copied
            assert isinstance(theirs, MemoryStore)  # noqa: S101 — only such stores can be copied
            mine.load(theirs)

    def send(
        self,
        topic: str,
        key: bytes | None,
        value: bytes | None,
        headers: Headers = (),
        partition: int | None = None,
    ) -> None:
        """Queue a record from outside; inputs of one key keep their order, and may be doubled on their way."""
        self._inputs.append(Input(topic, key, value, headers, partition))

    def run(self) -> None:
        """Chaos, then healing, until everything is final. Raises AssertionError if that never comes."""
        self._healed = False
        for _ in range(self._chaos_steps):
            self._step()
        self._heal()
        for _ in range(ROUNDS_MAX):
            if not self._round() and not self._let_time_pass():
                stuck = [instance for _, instance in self._all if not instance.idle and not instance.waits]
                assert not stuck, "nobody works, and not everything is done"  # noqa: S101 — the world's own promise
                return
        raise AssertionError(f"not final after {ROUNDS_MAX} rounds")

    def advance(self, ms: int) -> None:
        """Let virtual time pass."""
        self.log.now_ms += ms

    def widen(self, ms: int) -> None:
        """Let the horizon of `run` lie so much later."""
        self._horizon_ms += ms

    def records(self, topic: str) -> list[Record]:
        """Everything in a topic, in the order in which it was appended."""
        return self.log.records(topic)

    def state(self, service: str, partition: int) -> Snapshot:
        """What the store of a service holds for a partition."""
        return self.groups[service].store.snapshot(partition)

    # Chaos ------------------------------------------------------------------------------------------------------

    def _step(self) -> None:
        rng, faults = self.rng, self._faults
        group, instance = rng.choice(self._all)
        self._maybe_feed()
        self._pass_time()
        if rng.random() < faults.rebalance:
            group.rebalance()
        if rng.random() < faults.crash:
            instance.crash()
        if rng.random() < faults.lost_acknowledgement:
            instance.send_in_vain()
        if rng.random() < faults.late_arrival:
            instance.haunt()
        try:
            self._act(rng.choice(STEPS), group, instance)
        except Crash:
            instance.crash()

    def _act(self, step: str, group: Group, instance: Instance) -> None:
        match step:
            case "look":
                group.look(instance)
            case "learn":
                instance.learn_reference_ends()
            case "read":
                instance.read()
            case "tick":
                instance.start_tick()
            case "decide":
                instance.decide(self._maybe_crash)
            case "send":
                instance.send()
            case _:
                instance.acknowledge()

    def _maybe_crash(self, _step: str) -> None:
        if not self._healed and self.rng.random() < self._faults.crash_in_transaction:
            raise Crash

    def _next_outcome(self) -> Outcome:
        if self._healed or self.rng.random() >= self._faults.commit_unknown:
            return Outcome.KNOWN
        return self.rng.choice((Outcome.UNKNOWN_DONE, Outcome.UNKNOWN_UNDONE))

    def _maybe_feed(self) -> None:
        if self._inputs and self.rng.random() < self._input_rate:
            self._feed()

    def _feed(self) -> None:
        one = self._inputs.pop(0)
        self.log.append(one.topic, one.key, one.value, one.headers, one.partition)
        if self.rng.random() < self._faults.duplicate_input:
            self._inputs.insert(self.rng.randint(0, len(self._inputs)), one)

    def _pass_time(self) -> None:
        back = self.rng.random() < self._faults.clock_step_back
        self.log.now_ms += self.rng.randint(-500, 0) if back else self.rng.randint(0, 50)
        if self._faults.time_jump and self.rng.random() < self._faults.time_jump:
            self.log.now_ms += self.rng.randint(0, TIME_JUMP_MS_MAX)

    # Healing ----------------------------------------------------------------------------------------------------

    def _heal(self) -> None:
        self._healed = True
        while self._inputs:
            one = self._inputs.pop(0)
            self.log.append(one.topic, one.key, one.value, one.headers, one.partition)
        for _, instance in self._all:
            while instance.haunt():
                pass

    def _round(self) -> bool:
        """One fair turn for everybody; False when nobody had anything to do."""
        self.log.now_ms += 1
        worked = [self._turn(group, instance) for group, instance in self._all]
        return any(worked)

    def _turn(self, group: Group, instance: Instance) -> bool:
        worked = group.look(instance)
        instance.learn_reference_ends()
        while instance.read(count_max=50):
            worked = True
        worked |= instance.start_tick()
        worked |= instance.decide(self._maybe_crash, all_of_it=True)
        while instance.send() or instance.acknowledge():
            worked = True
        return worked

    def _let_time_pass(self) -> bool:
        """Nothing to do but wait: on to the next timer or the end of a wait, if it is within the horizon."""
        dues = [due for _, instance in self._all if (due := instance.next_due_ms()) is not None]
        if not dues or min(dues) > START_MS + self._horizon_ms:
            return False
        self.log.now_ms = max(self.log.now_ms, min(dues))
        return True

    def _group(self, decider: Decider, instances: int, make_store: Callable[[Callable[[], Outcome]], Store]) -> Group:
        store = make_store(self._next_outcome)
        several = [Instance(decider, store, self.log, self.rng) for _ in range(instances)]
        return Group(several, store, next(iter(self.log.plan.values())).partitions, self.rng)
