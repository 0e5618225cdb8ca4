"""What an instance makes of what the group tells it."""

from types import SimpleNamespace

import pytest
from aiokafka import TopicPartition

from yidi.runtime.connection import Connection
from yidi.runtime.intake import Intake
from yidi.runtime.settings import RuntimeSettings
from yidi.runtime.stops import PartitionsSplit


def intake(session_timeout_ms: int = 10_000) -> Intake:
    settings = RuntimeSettings(
        connection=Connection(bootstrap="nowhere:1"),
        store="unused",
        group="g",
        session_timeout_ms=session_timeout_ms,
    )
    made = Intake(settings, ("a", "b"))
    made.asked = 0
    made._consumer = SimpleNamespace(_coordinator=SimpleNamespace(request_rejoin=lambda: _count(made)))
    return made


def _count(made: Intake) -> None:
    made.asked += 1


def places(topics: str, partitions: int) -> list[TopicPartition]:
    return [TopicPartition(topic, partition) for topic in topics for partition in range(partitions)]


def test_whole_partitions_are_owned() -> None:
    """A partition number is owned when all topics of it are assigned."""
    mine = intake()
    mine.on_partitions_assigned(places("ab", 2))
    mine.check_assignment()
    assert (mine.owned, mine.assigned, mine.asked) == (frozenset({0, 1}), True, 0)


def test_every_change_is_a_new_generation() -> None:
    """Tasks are made anew after every revocation and every assignment, even of the same partitions."""
    mine = intake()
    generations = []
    for _ in range(2):
        mine.on_partitions_assigned(places("ab", 2))
        generations.append(mine.generation)
        mine.on_partitions_revoked([])
        generations.append(mine.generation)
    assert len(set(generations)) == 4
    assert mine.owned == frozenset()


def test_split_partition_is_not_owned_and_asked_about() -> None:
    """With one topic of a partition number missing nothing is owned; the group is asked once more, and may mend it."""
    mine = intake()
    mine.on_partitions_assigned(places("a", 2))
    mine.check_assignment()
    mine.check_assignment()
    assert (mine.owned, mine.assigned, mine.asked) == (frozenset(), False, 1)
    mine.on_partitions_assigned(places("ab", 2))
    mine.check_assignment()
    assert mine.owned == {0, 1}


def test_lasting_split_stops_in_words() -> None:
    """A partition number that stays shared between instances stops the service: its tasks would miss inputs."""
    mine = intake(session_timeout_ms=1)
    mine.on_partitions_assigned(places("a", 2))
    mine.check_assignment()
    mine._split_since_s = 0.0
    with pytest.raises(PartitionsSplit, match=r"gave .* to another instance"):
        mine.check_assignment()
