"""The pytest plugin: three fixtures, one marker, one option. Light: a project that uses none of it pays nothing."""

import importlib.util
import inspect
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Final

import pytest

from yidi.testing.held import CHAINS
from yidi.testing.wishes import ABOUT

if TYPE_CHECKING:
    from yidi.testing.broker_host import BrokerHost
    from yidi.testing.chain import Chain
    from yidi.testing.container_host import ContainerHost
    from yidi.testing.live import RunningChain

FIXTURES: Final = frozenset({"yidi_chain", "yidi_kafka", "yidi_containers"})


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("yidi", "chains of cross-region settlement")
    group.addoption(
        "--yidi-keep",
        metavar="DIR",
        default=None,
        help="where topics and logs of failed tests are kept, default: cache",
    )


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", ABOUT)


@pytest.hookimpl(tryfirst=True)
def pytest_pycollect_makeitem(obj: object) -> None:
    """A coroutine that asks for a chain is a test of pytest-asyncio's, in its strict mode too: no setting is needed."""
    function = getattr(obj, "__func__", obj)
    if inspect.iscoroutinefunction(function) and FIXTURES & inspect.signature(function).parameters.keys():
        pytest.mark.asyncio(function)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A failed test's report tells what became of its last bills, unless the failure does, and what is kept where."""
    report = yield
    chains = item.stash.get(CHAINS, None)
    if chains and report.when == "call" and report.failed:
        told = call.excinfo is not None and hasattr(call.excinfo.value, "outcome")
        for held in chains:
            if not told and (story := held.story()):
                report.sections.append((f"{held.fixture}: the last bills", story))
            report.sections.append((f"{held.fixture}: kept", held.keep()))
    return report


@pytest.fixture
def yidi_chain(request: pytest.FixtureRequest) -> Iterator["Chain"]:
    """A chain in this process and in virtual time, of this test alone: milliseconds."""
    from yidi.testing.fixtures import simulated  # noqa: PLC0415 — loaded by those who use it

    yield from simulated(request)


@pytest.fixture(scope="session")
def _yidi_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator["BrokerHost"]:
    """One Kafka a session; nothing is started before a test asks for a chain."""
    from yidi.testing.broker_host import BrokerHost  # noqa: PLC0415 — loaded by those who use it

    host = BrokerHost(tmp_path_factory.mktemp("yidi-kafka"))
    try:
        yield host
    finally:
        host.close()


@pytest.fixture
def yidi_kafka(request: pytest.FixtureRequest, _yidi_broker: "BrokerHost") -> Iterator["RunningChain"]:
    """The whole chain on an embedded Apache Kafka: seconds once, then a second or so a test."""
    from yidi.testing.fixtures import running  # noqa: PLC0415 — loaded by those who use it

    yield from running(request, _yidi_broker)


@pytest.fixture(scope="session")
def _yidi_networks(tmp_path_factory: pytest.TempPathFactory) -> Iterator["ContainerHost"]:
    """One network at a time; nothing is started before a test asks for a chain."""
    missing_docker()
    from yidi.testing.container_host import ContainerHost  # noqa: PLC0415 — loaded by those who use it

    host = ContainerHost(tmp_path_factory.mktemp("yidi-containers"))
    try:
        yield host
    finally:
        host.close()


@pytest.fixture
def yidi_containers(request: pytest.FixtureRequest, _yidi_networks: "ContainerHost") -> Iterator["RunningChain"]:
    """The whole chain, every seat in a container: half a minute once, then a second or so a test."""
    from yidi.testing.fixtures import running  # noqa: PLC0415 — loaded by those who use it

    yield from running(request, _yidi_networks)


def missing_docker() -> None:
    """Say so where the library that speaks to Docker is not installed."""
    if importlib.util.find_spec("testcontainers") is None:
        from yidi.testing.missing import missing  # noqa: PLC0415 — loaded when something is missing

        missing("docker", "testcontainers is not installed: pip install 'yidi[testing]'.")
