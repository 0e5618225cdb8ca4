"""How far an instance's effects are on the log: what was decided counts once its messages are acknowledged.

Whoever waits until a service has caught up goes on to read what the service wrote: it must be there by then.
"""

from collections.abc import Iterable
from typing import NamedTuple

from yidi.runtime.health import Place
from yidi.runtime.task import Task


class Seen(NamedTuple):
    """A task as it was at the last look: what it had decided, and the last chunk that was to be published for it."""

    task: Task
    positions: dict[Place, int]
    seq: int


class Published:
    """Looks at tasks again and again; under load it lags one look behind what is decided."""

    def __init__(self) -> None:
        self._seen: dict[int, Seen] = {}

    def look(self, tasks: Iterable[Task]) -> dict[Place, int]:
        """Next offset of every place of which all effects up to it, as of the last look, are on the log by now."""
        now = {task.partition: _seen(task) for task in tasks}
        published = {
            place: at
            for partition, before in self._seen.items()
            if partition in now and now[partition].task is before.task and _is_published(before)
            for place, at in before.positions.items()
        }
        self._seen = now
        return published


def _seen(task: Task) -> Seen:
    positions = {(topic, task.partition): at for topic, at in task.positions.items()}
    return Seen(task, positions, task.chunks[-1].seq if task.chunks else 0)


def _is_published(seen: Seen) -> bool:
    return not seen.task.chunks or seen.task.chunks[0].seq > seen.seq
