"""Exactly-once effects under every order of faults, seed by seed; and proof that the check would notice a breach."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from tests.runtime.plans import PARTITIONS, key_in, small
from tests.runtime.relay import COUNT, Relay
from tests.runtime.scripted import Scripted
from yidi.contract import topics
from yidi.runtime import simulated_instance
from yidi.runtime.memory import MemoryTransaction
from yidi.runtime.ownership import Ownership
from yidi.runtime.simulated import CALM, Faults, Simulation
from yidi.runtime.simulated_store import Outcome, UncertainStore
from yidi.runtime.store import Fenced, Positions, Store
from yidi.runtime.task import Task

SEEDS = 1_000
MUTANT_SEEDS = 200
INPUTS = 30
PLAN = [small(name) for name in ("a", "b", "c", "facts", topics.errors("hospital"), topics.errors("platform"))]
MakeStore = Callable[[Callable[[], Outcome]], Store]


def world(seed: int, make_store: MakeStore = UncertainStore) -> Simulation:
    """Two relays in a row, a -> b -> c, two instances each, with reference data for the first."""
    relays = [Relay("hospital", {"a": "b"}, ("facts",)), Relay("platform", {"b": "c"})]
    simulation = Simulation(seed, relays, PLAN, make_store=make_store)
    for partition in range(PARTITIONS):
        simulation.send("facts", key_in(partition), b"fact")
    for number in range(INPUTS):
        simulation.send("a", key_in(number % PARTITIONS, number % 2), b"%d" % number)
    return simulation


def counting(seed: int, make_store: MakeStore = UncertainStore) -> Simulation:
    """One service that counts every record it sees, repeats too; nobody doubles its inputs, every third is a timer."""
    scripted = Scripted(("a",), "b", ("facts",))
    faults = replace(Faults(), duplicate_input=0)
    simulation = Simulation(seed, [scripted], PLAN, faults=faults, make_store=make_store)
    for number in range(INPUTS):
        timer = b"timer t%d %d" % (number, simulation.log.now_ms + 200 * number)
        simulation.send("a", key_in(number % PARTITIONS), b"relay %d" % number if number % 3 else timer)
    return simulation


def miscount(simulation: Simulation) -> str | None:
    """How often records and timers had an effect, where it is not exactly once; None when it is."""
    seen, fired = effects(simulation, "hospital"), effects(simulation, "hospital", "fired")
    if (seen, fired) != (INPUTS, INPUTS // 3):
        return f"{seen} records and {fired} timers had an effect, of {INPUTS} and {INPUTS // 3}"
    messages = {record.value for record in simulation.records("b")}
    return None if len(messages) == INPUTS else f"{len(messages)} different messages of {INPUTS}"


def breach(simulation: Simulation) -> str | None:
    """What exactly-once effects miss in a final world; None when they hold."""
    for topic in ("b", "c"):
        values = [record.value for record in simulation.records(topic)]
        if set(values) != {b"%d" % number for number in range(INPUTS)}:
            return f"{topic} lacks an input, or has what nobody sent"
        if disordered(simulation, topic):
            return f"{topic} has first occurrences out of order"
    for service in ("hospital", "platform"):
        if effects(simulation, service) != INPUTS:
            return f"{service} had {effects(simulation, service)} effects of {INPUTS} inputs"
        if simulation.records(topics.errors(service)):
            return f"{service} reported an error"
    return None


def effects(simulation: Simulation, service: str, row: str = "total") -> int:
    with simulation.groups[service].store.transaction() as transaction:
        return sum(int(transaction.get(partition, COUNT, row) or b"0") for partition in range(PARTITIONS))


def disordered(simulation: Simulation, topic: str) -> bool:
    """Whether the first occurrences of one key's values are not in the order of the key's inputs."""
    by_key: dict[bytes | None, dict[int, None]] = {}
    for record in simulation.records(topic):
        by_key.setdefault(record.key, {})[int(record.value or b"0")] = None
    inputs: dict[bytes | None, dict[int, None]] = {}
    for record in simulation.records("a"):
        inputs.setdefault(record.key, {})[int(record.value or b"0")] = None
    return any(list(by_key[key]) != list(inputs[key]) for key in by_key)


@pytest.mark.parametrize("first", range(0, SEEDS, 100))
def test_effects_happen_once_whatever_fails(first: int) -> None:
    """A thousand seeds of crashes, lost answers, zombies and duplicates: every input has its effect once, in order."""
    broken = {seed: words for seed in range(first, first + 100) if (words := _run(seed))}
    assert broken == {}


@pytest.mark.parametrize("first", range(0, SEEDS, 100))
def test_records_and_timers_are_decided_once(first: int) -> None:
    """A thousand seeds: a service that knows no repeats counts every record and every timer exactly once."""
    broken = {seed: words for seed in range(first, first + 100) if (words := _count(seed))}
    assert broken == {}


def test_calm_world_repeats_nothing() -> None:
    """Without faults every message is published exactly once."""
    simulation = Simulation(1, [Relay("hospital", {"a": "b"})], PLAN, faults=CALM, instances=1)
    for number in range(INPUTS):
        simulation.send("a", key_in(number % PARTITIONS), b"%d" % number)
    simulation.run()
    assert len(simulation.records("b")) == INPUTS


def test_seed_repeats_itself() -> None:
    """The same seed makes the same world, record for record."""
    one, other = world(7), world(7)
    one.run()
    other.run()
    assert one.records("c") == other.records("c")


def test_faults_are_really_at_work() -> None:
    """In a hundred seeds messages are repeated, partitions change hands, and owners are fenced."""
    repeated = handed = 0
    for seed in range(100):
        simulation = world(seed)
        simulation.run()
        repeated += len(simulation.records("c")) - INPUTS
        handed += sum(simulation.state("platform", partition).epoch for partition in range(PARTITIONS))
    assert repeated > 100
    assert handed > 1_000


# Broken on purpose: each of these must be noticed ---------------------------------------------------------------


class WithoutFence(UncertainStore):
    """Lets a former owner commit."""

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with super().transaction() as transaction:
            transaction.fence = _EpochOnly(self, transaction, epochs=False)  # type: ignore[method-assign,assignment]
            yield transaction


class WithoutPosition(UncertainStore):
    """Fences by the epoch alone."""

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with super().transaction() as transaction:
            transaction.fence = _EpochOnly(self, transaction, epochs=True)  # type: ignore[method-assign,assignment]
            yield transaction


class _EpochOnly:
    def __init__(self, store: UncertainStore, transaction: MemoryTransaction, *, epochs: bool) -> None:
        self._store, self._now, self._epochs = store, transaction._now, epochs

    def __call__(self, partition: int, epoch: int, _positions: Positions, now_ms: int) -> None:
        if self._epochs and self._store.snapshot(partition).epoch != epoch:
            raise Fenced(partition)
        self._now[partition] = now_ms


class PositionAfterwards(UncertainStore):
    """Stores the position in a later transaction than the rows; sometimes it dies between the two."""

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with super().transaction() as transaction:
            yield transaction
            if self._next_outcome() is Outcome.KNOWN:
                return
            for partition, changes in transaction._writes:
                changes.positions = self.snapshot(partition).positions
            transaction.commit()
            raise simulated_instance.Crash


class ForgetsOutbox(UncertainStore):
    """Commits rows and position, and keeps the messages in memory only."""

    @contextmanager
    def transaction(self) -> Iterator[MemoryTransaction]:
        with super().transaction() as transaction:
            yield transaction
            for _, changes in transaction._writes:
                changes.chunk = None


def _hasty_outbox(task: Task, chunk: object) -> None:  # noqa: ARG001 — the shape of what it replaces
    """Removes the row of whatever waits, not of what was acknowledged."""
    task.published_seq = max(waiting.seq for waiting in task.chunks)
    task.chunks.popleft()


@pytest.mark.parametrize("store", [WithoutFence, PositionAfterwards, ForgetsOutbox])
def test_broken_store_is_noticed(store: MakeStore) -> None:
    """A store without fence, with its position stored later, or with a forgetful outbox breaks a promise we check."""
    assert any(_count(seed, store) for seed in range(MUTANT_SEEDS))


def test_outbox_dropped_before_its_acknowledgement_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Removing an outbox row that is not acknowledged loses a message in some seed."""
    monkeypatch.setattr(Task, "acknowledge", _hasty_outbox)
    assert any(_run(seed) for seed in range(MUTANT_SEEDS))


def test_memory_kept_after_an_unknown_commit_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going on from memory when the outcome is not known decides twice, unless the position is part of the fence."""
    monkeypatch.setattr(Ownership, "read_again", lambda _: None)
    assert any(_count(seed, WithoutPosition) for seed in range(MUTANT_SEEDS))


def _run(seed: int, make_store: MakeStore = UncertainStore) -> str | None:
    return _judged(world(seed, make_store), breach)


def _count(seed: int, make_store: MakeStore = UncertainStore) -> str | None:
    return _judged(counting(seed, make_store), miscount)


def _judged(simulation: Simulation, judge: Callable[[Simulation], str | None]) -> str | None:
    try:
        simulation.run()
    except Exception as error:  # noqa: BLE001 — a world that falls over is a breach too
        return repr(error)
    return judge(simulation)
