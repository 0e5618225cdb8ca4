"""A bulk replay on a real Kafka, with a desk that is killed on the way, and one that is asked to end."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.great_replay import GreatReplay
from tests.served.seats import Seats
from yidi.broker import EmbeddedBroker
from yidi.desk.outbox import CHUNK

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("desk-great-replay")]

COUNT = 3_000
"""By hand it is run with 100,000 (docs/desk.md)."""
INTERRUPTIONS = (signal.SIGKILL, signal.SIGTERM)


@pytest.fixture
def seats(tmp_path: Path) -> Iterator[Seats]:
    """A Kafka with all topics, and nobody there."""
    with EmbeddedBroker(tmp_path / "kafka") as broker:
        there = Seats(broker.bootstrap, tmp_path)
        made = there.run("topics", "--create")
        assert made.returncode == 0, made.stderr
        yield there
        there.kill()


@pytest.mark.parametrize("kind", ["file", "postgresql"])
async def test_killed_and_ended_on_the_way(seats: Seats, kind: str, request: pytest.FixtureRequest) -> None:
    """Progress never goes back; every record goes out under one attempt and settles; what is sent again is the same."""
    shared = {"STORE": request.getfixturevalue("postgresql_server").fresh_database()} if kind == "postgresql" else {}
    run = GreatReplay(seats, COUNT, **shared)

    figures = await run.run(*INTERRUPTIONS)

    assert figures.planned == COUNT
    assert figures.counts == {"settled": COUNT}
    assert run.answerer.seen.keys() == {(error_id, b"2") for error_id in run.ids}
    assert run.answerer.differing == 0
    assert run.answerer.repeats <= CHUNK * len(INTERRUPTIONS)
    assert figures.intact
