"""What every part's tests may use. Extend it; keep fixtures that only one part needs in that part's folder."""

import os
from collections.abc import Iterator

import pytest
from _pytest.nodeid import NodeId
from hypothesis import HealthCheck, settings

from tests import postgresql
from yidi.broker import EmbeddedBroker, JavaMissingError, KafkaJarsError

pytest_plugins = ["pytester", "yidi.testing.plugin"]

# What a shell or a build server wants of terminals is nothing to the tests: commands are asked for plain words.
for wish in ("FORCE_COLOR", "PY_COLORS", "GITHUB_ACTIONS", "TTY_COMPATIBLE", "TTY_INTERACTIVE", "COLUMNS", "LINES"):
    os.environ.pop(wish, None)

# How long an example took says something about the machine, nothing about the property.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of one group stay on one worker: pytest-xdist 3.8 writes the group where pytest 9.2 no longer reads it."""
    if not getattr(config.option, "loadgroup", False):
        return
    for item in items:
        group = item.get_closest_marker("xdist_group")
        if group is not None and "@" not in item.name:
            item._id = NodeId.parse(f"{item.nodeid}@{group.args[0]}")


@pytest.fixture(scope="session")
def kafka_bootstrap(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """HOST:PORT of one embedded Kafka for the test session (one for each xdist worker).

    Topics are not cleaned: use names of your own. Where Kafka cannot be had, a laptop skips and CI fails.
    """
    broker = EmbeddedBroker(tmp_path_factory.mktemp("kafka"))
    try:
        bootstrap = broker.start()
    except (KafkaJarsError, JavaMissingError) as error:
        if "CI" in os.environ:
            raise
        pytest.skip(str(error))
    yield bootstrap
    broker.stop()


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[postgresql.Server]:
    """One PostgreSQL for the test session (one for each xdist worker); take a fresh database of it."""
    yield from postgresql.required()
