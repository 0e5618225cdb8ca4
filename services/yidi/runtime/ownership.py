"""The tasks of the partitions that an instance owns: taken over, made anew, dropped; and when they are ready."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from yidi.contract.topics import Topic
from yidi.runtime.decider import Decider
from yidi.runtime.health import Place
from yidi.runtime.judge import Judge
from yidi.runtime.store import Store
from yidi.runtime.task import Task, Tick


@dataclass(slots=True)
class Owned:
    """A task, and what has to be read before its inputs are."""

    task: Task
    reference_ends: dict[str, int] | None = None
    """Where reference topics ended when the partition was taken over; None until the broker has said so."""
    ready: bool = False


class Ownership:
    """Owned tasks by partition number."""

    def __init__(self, store: Store, decider: Decider, plan: Iterable[Topic]) -> None:
        self._store = store
        self._decider = decider
        self._judge = Judge(decider, {topic.name: topic for topic in plan})
        self._owned: dict[int, Owned] = {}
        self.generation = 0
        """Which assignment of the group these tasks were taken over for."""

    def take_over(self, partitions: Iterable[int], generation: int) -> None:
        """Own exactly these: every epoch rises, so that whoever owned them before is fenced."""
        self.drop_all()
        self.generation = generation
        for partition in sorted(partitions):
            snapshot = self._store.take_over(partition)
            self._owned[partition] = Owned(Task(partition, self._decider, self._judge, snapshot))

    def read_again(self) -> None:
        """Forget memory and make every task anew from the store; those of another epoch are no longer ours."""
        self._store.forget()
        for partition, owned in list(self._owned.items()):
            snapshot = self._store.snapshot(partition)
            if snapshot.epoch != owned.task.epoch:
                del self._owned[partition]
            else:
                owned.task = Task(partition, self._decider, self._judge, snapshot)

    def drop(self, partition: int) -> None:
        self._owned.pop(partition, None)
        self._store.forget()

    def drop_all(self) -> None:
        self._owned.clear()
        self._store.forget()

    @property
    def inputs(self) -> tuple[str, ...]:
        return self._decider.inputs

    @property
    def topics(self) -> tuple[str, ...]:
        """Everything that is read, references first."""
        return (*self._decider.references, *self._decider.inputs)

    def __len__(self) -> int:
        return len(self._owned)

    @property
    def tasks(self) -> list[Task]:
        return [owned.task for owned in self._owned.values()]

    @property
    def ready(self) -> bool:
        """Every task has read its reference data up to where it ended when the partition was taken over."""
        return all(owned.ready for owned in self._owned.values())

    def positions(self) -> dict[Place, int]:
        """Next offset to decide on, of every place."""
        return {(topic, task.partition): at for task in self.tasks for topic, at in task.positions.items()}

    def read_positions(self) -> dict[Place, int]:
        """Next offset to read, of every place."""
        return {(t, task.partition): task.read_position(t) for task in self.tasks for t in task.positions}

    # Reference data before inputs -------------------------------------------------------------------------------

    def unprobed(self) -> list[Place]:
        """Reference places whose end is not known yet."""
        waiting = [owned.task.partition for owned in self._owned.values() if owned.reference_ends is None]
        return [(topic, partition) for partition in waiting for topic in self._decider.references]

    def note_reference_ends(self, ends: dict[Place, int]) -> None:
        for partition, owned in self._owned.items():
            known = {topic: end for (topic, at), end in ends.items() if at == partition}
            if owned.reference_ends is None and known.keys() >= set(self._decider.references):
                owned.reference_ends = known

    def update_ready(self) -> None:
        for owned in self._owned.values():
            if not owned.ready:
                owned.ready = self._is_ready(owned)

    def _is_ready(self, owned: Owned) -> bool:
        if not self._decider.references:
            return True
        ends = owned.reference_ends
        return ends is not None and all(owned.task.positions[topic] >= end for topic, end in ends.items())

    # What to read -----------------------------------------------------------------------------------------------

    def readable(self) -> Iterator[Place]:
        """Places to read from now: references always, inputs once ready; none that waits or has enough queued."""
        for owned in self._owned.values():
            task = owned.task
            for topic in (*self._decider.references, *(self._decider.inputs if owned.ready else ())):
                if task.wants(topic):
                    yield topic, task.partition

    # Timers -----------------------------------------------------------------------------------------------------

    def due(self, now_ms: int) -> list[Task]:
        return [owned.task for owned in self._owned.values() if owned.ready and owned.task.due(now_ms)]

    def start_ticks(self, tasks: Iterable[Task], at_ms: int, ends: dict[Place, int]) -> None:
        """The inputs present at the tick are those up to these ends; timers wait until they are read."""
        for task in tasks:
            inputs = {topic: ends[topic, task.partition] for topic in self._decider.inputs}
            task.tick = Tick(max(at_ms, task.now_ms), inputs)
