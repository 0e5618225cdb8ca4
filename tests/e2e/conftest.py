"""One chain of real processes for all of this folder's tests, which come in an order: what breaks things comes last."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess
from yidi.chain.place import Descriptor

ORDER = ("bills", "fault_cases", "limits", "interrupted", "mending", "poison", "outages", "verdict", "life")
DEADLINE_S = "2"
"""Short, so that an unknown outcome comes within a test's patience."""

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """This folder's tests in `ORDER`; each module says itself that it belongs to one worker."""
    ours = [item for item in items if item.path.parent == HERE]
    ours.sort(key=lambda item: ORDER.index(item.path.stem.removeprefix("test_")))
    places = [at for at, item in enumerate(items) if item.path.parent == HERE]
    for at, item in zip(places, ours, strict=True):
        items[at] = item


@pytest.fixture(scope="session")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    """The chain that the tests share."""
    process = UpProcess(tmp_path_factory.mktemp("e2e") / "chain", "--answer-deadline", DEADLINE_S).start()
    try:
        process.ready()
        yield process
    finally:
        process.stop()


@pytest.fixture(scope="session")
def chain(up: UpProcess) -> Descriptor:
    return up.ready()


@pytest.fixture(scope="session")
def talk(chain: Descriptor) -> Talk:
    return Talk(chain)
