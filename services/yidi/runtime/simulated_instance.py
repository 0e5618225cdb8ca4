"""One instance of a service in the simulated world: the same tasks as on Kafka, one small step at a time.

What `kafka.py` does in its loop is here cut into steps, and the scheduler may do anything between two of them.
"""

import random
from collections.abc import Iterable
from dataclasses import dataclass

from yidi.runtime.batch import Step, transact
from yidi.runtime.decider import Decider
from yidi.runtime.health import Place
from yidi.runtime.message import Chunk
from yidi.runtime.ownership import Ownership
from yidi.runtime.publisher import Lane, lanes_of
from yidi.runtime.simulated_log import SimulatedLog
from yidi.runtime.store import CommitUnknown, Fenced, Store
from yidi.runtime.task import Task

READ_RECORDS_MAX = 4
"""Small polls make many interleavings."""


class Crash(Exception):
    """The process dies here; whatever it only remembered is gone."""


@dataclass(slots=True)
class Flight:
    """A chunk on its way to the broker."""

    task: Task
    chunk: Chunk
    lanes: list[Lane]

    @property
    def landed(self) -> bool:
        return all(lane.done for lane in self.lanes)


class Instance:
    """Tasks over a store that it may share with other instances; every method is one step."""

    def __init__(self, decider: Decider, store: Store, log: SimulatedLog, rng: random.Random) -> None:
        self.ownership = Ownership(store, decider, log.plan.values())
        self.flights: dict[int, Flight] = {}
        self.ghosts: list[Lane] = []
        """Batches that a dead or fenced instance had sent, and that have not arrived yet."""
        self._store, self._log, self._rng = store, log, rng

    def crash(self) -> None:
        """Die: memory is gone; what was sent may still arrive."""
        self.abandon()
        self.ownership.drop_all()
        self.ownership.generation = -1

    def abandon(self) -> None:
        for flight in self.flights.values():
            self.ghosts.extend(lane for lane in flight.lanes if not lane.done)
        self.flights.clear()

    def take_over(self, partitions: Iterable[int], generation: int) -> None:
        self.abandon()
        self.ownership.take_over(partitions, generation)

    def learn_reference_ends(self) -> None:
        self.ownership.note_reference_ends(self._log.ends(self.ownership.unprobed()))

    def read(self, count_max: int = READ_RECORDS_MAX) -> bool:
        """Poll one place; False when there is nothing to read."""
        self.ownership.update_ready()
        open_places = [place for place in self.ownership.readable() if self._behind(place)]
        if not open_places:
            return False
        topic, partition = self._rng.choice(open_places)
        task = next(task for task in self.ownership.tasks if task.partition == partition)
        count = self._rng.randint(1, count_max)
        task.offer(topic, self._log.read((topic, partition), task.read_position(topic), count))
        return True

    def start_tick(self) -> bool:
        due = self.ownership.due(self._log.now_ms)
        inputs = [(topic, task.partition) for task in due for topic in self.ownership.inputs]
        self.ownership.start_ticks(due, self._log.now_ms, self._log.ends(inputs))
        return bool(due)

    def decide(self, step: Step, *, all_of_it: bool = False) -> bool:
        """One transaction over some of the tasks that have something to do; False when none has."""
        now_ms = self._log.now_ms
        tasks = [task for task in self.ownership.tasks if task.may_decide(now_ms)]
        if not tasks:
            return False
        chosen = tasks if all_of_it else self._rng.sample(tasks, self._rng.randint(1, len(tasks)))
        try:
            transact(self._store, chosen, now_ms, lambda: not all_of_it and self._rng.random() < 0.3, step)  # noqa: PLR2004
        except Fenced as fenced:
            self.abandon()
            self.ownership.drop(fenced.partition)
        except CommitUnknown:
            self.abandon()
            self.ownership.read_again()
        return True

    def send(self) -> bool:
        """Start a flight, or let a part of one arrive; False when nothing is to be sent."""
        for task in self.ownership.tasks:
            if task.chunks and task.partition not in self.flights:
                chunk = task.chunks[0]
                self.flights[task.partition] = Flight(task, chunk, lanes_of([chunk]))
                return True
        lanes = [lane for flight in self.flights.values() for lane in flight.lanes if not lane.done]
        if not lanes:
            return False
        lane = self._rng.choice(lanes)
        lane.acknowledged += self._arrive(lane, self._rng.randint(1, len(lane.messages) - lane.acknowledged))
        return True

    def send_in_vain(self) -> None:
        """A part of a flight arrives, and its acknowledgement does not: it will be sent again."""
        lanes = [lane for flight in self.flights.values() for lane in flight.lanes if not lane.done]
        if lanes:
            lane = self._rng.choice(lanes)
            self._arrive(lane, self._rng.randint(1, len(lane.messages) - lane.acknowledged))

    def acknowledge(self) -> bool:
        """Note a flight that has landed; False when there is none."""
        for partition, flight in self.flights.items():
            if flight.landed:
                flight.task.acknowledge(flight.chunk)
                del self.flights[partition]
                return True
        return False

    def haunt(self) -> bool:
        """Let a batch arrive that was sent before a crash or a fence: late, and once more."""
        if not self.ghosts:
            return False
        lane = self.ghosts.pop(self._rng.randrange(len(self.ghosts)))
        self._arrive(lane, self._rng.randint(1, len(lane.messages) - lane.acknowledged))
        return True

    @property
    def idle(self) -> bool:
        """Everything read, decided, published and acknowledged."""
        if not self.ownership.ready or self.flights:
            return False
        if any(task.chunks or task.backlog or task.tick for task in self.ownership.tasks):
            return False
        return not any(self._behind(place) for place in self.ownership.positions())

    @property
    def waits(self) -> bool:
        """Some record waits for reference data."""
        return any(task.waiting for task in self.ownership.tasks)

    def next_due_ms(self) -> int | None:
        """When time brings something about: a timer, or the end of a wait."""
        tasks = self.ownership.tasks
        times = [at for task in tasks for at in (task.due_ms, task.wait_until_ms()) if at is not None]
        return min(times, default=None)

    def _behind(self, place: Place) -> bool:
        topic, partition = place
        task = next(task for task in self.ownership.tasks if task.partition == partition)
        return task.read_position(topic) < self._log.end(place)

    def _arrive(self, lane: Lane, count: int) -> int:
        for message in lane.messages[lane.acknowledged : lane.acknowledged + count]:
            self._log.append(message.topic, message.key, message.value, message.headers, message.partition)
        return count
