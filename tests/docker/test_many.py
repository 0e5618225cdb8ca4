"""More of it: three brokers, and many instances of the agency on PostgreSQL; one of them is killed."""

import json
from collections.abc import Iterator

import pytest

from tests.docker import images
from tests.docker.compose import Compose
from tests.docker.conftest import Project
from tests.docker.machine import docker

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]

BEFORE = "examples/encounters/03-chronic-diabetes.json"
AFTER = ("examples/encounters/01-stay-long-term-filed.json", "examples/encounters/02-outpatient-selected.json")


@pytest.fixture(scope="module")
def brokers(project: Project) -> Iterator[Compose]:
    with project("three", "three-brokers") as made:
        yield made


@pytest.fixture(scope="module")
def agencies(project: Project) -> Iterator[Compose]:
    images.demand_image(images.postgres())
    with project("many", "agencies") as made:
        yield made


def test_one_broker_of_three_is_killed(brokers: Compose) -> None:
    """Three copies, two in sync: with a broker dead, what was settled is there and new bills settle."""
    brokers.yidi("submit", BEFORE)
    docker("kill", *brokers.containers("kafka"))

    brokers.yidi("submit", "--timeout", "90", *AFTER)

    assert "PASS" in brokers.yidi("audit").stdout


def test_one_agency_of_three_is_killed(agencies: Compose) -> None:
    """Three agencies share the partitions; one dead, the others take over, every bill settles once."""
    assert agencies.health("agency") == ["healthy"] * 3
    agencies.yidi("submit", BEFORE)
    docker("kill", agencies.containers("agency")[0])

    agencies.yidi("submit", "--timeout", "90", *AFTER)

    assert "PASS" in agencies.yidi("audit").stdout


def test_stores_are_in_postgresql(agencies: Compose) -> None:
    """With the setting no seat keeps a file: every service has its own schema in the database."""
    asked = "SELECT json_agg(schema_name) FROM information_schema.schemata"
    told = agencies.run("exec", "-T", "postgres", "psql", "-U", "yidi", "-tAc", asked).stdout

    assert {"registry", "hospital", "platform", "agency", "desk"} <= set(json.loads(told))
