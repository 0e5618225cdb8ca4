"""What every part's tests may use. Extend it; keep fixtures that only one part needs in that part's folder."""

import os
from collections.abc import Iterator

import pytest

from tests import postgresql
from yidi.broker import EmbeddedBroker, JavaMissingError, KafkaJarsError

pytest_plugins = ["pytester", "yidi.testing.plugin"]


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
