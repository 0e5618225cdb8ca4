"""A log in memory and in virtual time, with what a broker guarantees and nothing more."""

from collections.abc import Iterable, Sequence

from yidi.contract.topics import Topic
from yidi.runtime.checks import partition_of
from yidi.runtime.decider import Headers, Record
from yidi.runtime.health import Place


class SimulatedLog:
    """Appends keep their order within a topic-partition; nothing is ever lost, nothing is deduplicated."""

    def __init__(self, plan: Iterable[Topic]) -> None:
        self.plan = {topic.name: topic for topic in plan}
        self.now_ms = 0
        self._places: dict[Place, list[Record]] = {
            (topic.name, partition): [] for topic in self.plan.values() for partition in range(topic.partitions)
        }
        self._order: dict[str, list[Record]] = {name: [] for name in self.plan}

    def load(self, other: "SimulatedLog") -> None:
        """Hold what another log of the same plan holds, and its time."""
        self.now_ms = other.now_ms
        self._places = {place: list(records) for place, records in other._places.items()}  # noqa: SLF001 — same class
        self._order = {name: list(records) for name, records in other._order.items()}  # noqa: SLF001 — same class

    def append(
        self, topic: str, key: bytes | None, value: bytes | None, headers: Headers = (), partition: int | None = None
    ) -> Record:
        """Append one record; without a partition, to the one its key belongs to."""
        if partition is None:
            partition = partition_of(key or b"", self.plan[topic].partitions)
        place = self._places[topic, partition]
        record = Record(topic, partition, len(place), self.now_ms, key, value, headers)
        place.append(record)
        self._order[topic].append(record)
        return record

    def read(self, place: Place, offset: int, limit: int) -> Sequence[Record]:
        return self._places[place][offset : offset + limit]

    def end(self, place: Place) -> int:
        return len(self._places[place])

    def ends(self, places: Iterable[Place]) -> dict[Place, int]:
        return {place: self.end(place) for place in places}

    def records(self, topic: str) -> list[Record]:
        """Everything in a topic, in the order in which it was appended."""
        return list(self._order[topic])
