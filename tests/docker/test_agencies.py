"""`compose/agencies.env`: stores in PostgreSQL, three instances of the agency; one is killed."""

import json
from collections.abc import Iterator

import pytest

from tests.docker import images
from tests.docker.compose import Compose
from tests.docker.conftest import Project
from tests.docker.machine import docker, until

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]

BEFORE = "examples/encounters/03-chronic-diabetes.json"
PATIENCE_S = 300
AFTER = ("examples/encounters/01-stay-long-term-filed.json", "examples/encounters/02-outpatient-selected.json")


@pytest.fixture(scope="module")
def chain(project: Project) -> Iterator[Compose]:
    images.demand_image(images.postgres())
    with project("many", "agencies") as made:
        yield made


def test_one_agency_of_three_is_killed(chain: Compose) -> None:
    """Three agencies share the partitions; one dead, the others take over, every bill settles once."""
    until(lambda: chain.health("agency") == ["healthy"] * 3, PATIENCE_S, "three are healthy", chain.looks)
    chain.yidi("submit", BEFORE)
    docker("kill", chain.containers("agency")[0])

    chain.yidi("submit", "--timeout", "300", *AFTER)

    chain.audit_passes()


def test_stores_are_in_postgresql(chain: Compose) -> None:
    """Every service has a schema of its own in the one database."""
    asked = "SELECT json_agg(schema_name) FROM information_schema.schemata"
    told = chain.run("exec", "-T", "postgres", "psql", "-U", "yidi", "-tAc", asked).stdout

    assert {"registry", "hospital", "platform", "agency", "desk"} <= set(json.loads(told))
