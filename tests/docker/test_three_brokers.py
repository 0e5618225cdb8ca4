"""`compose/three-brokers.env`: every topic three times, two copies in sync; a broker is killed."""

from collections.abc import Iterator

import pytest

from tests.docker.compose import Compose
from tests.docker.conftest import Project
from tests.docker.machine import docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]

BEFORE = "examples/encounters/03-chronic-diabetes.json"
AFTER = ("examples/encounters/01-stay-long-term-filed.json", "examples/encounters/02-outpatient-selected.json")


@pytest.fixture(scope="module")
def chain(project: Project) -> Iterator[Compose]:
    with project("three", "three-brokers") as made:
        yield made


def test_one_broker_of_three_is_killed(chain: Compose) -> None:
    """With a broker dead, the first and the one that clients are told first, bills settle and nothing is lost."""
    chain.yidi("submit", BEFORE)
    docker("kill", *chain.containers("kafka"))

    chain.yidi("submit", "--timeout", "300", *AFTER)

    chain.audit_passes()
