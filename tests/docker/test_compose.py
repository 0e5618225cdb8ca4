"""`docker compose up` as it stands: one broker, one instance of every seat, a file as each one's store.

The tests build on one project and come in an order: what breaks it comes last.
"""

import json
import sys
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from tests.docker.compose import SEATS, Compose
from tests.docker.conftest import Project
from tests.docker.machine import docker, inspect, run, until

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]

BILL = "examples/encounters/03-chronic-diabetes.json"
REFUSED = "examples/encounters/fails-not-filed.json"
MSGID = "H44030400001202506051500000001"
STOP_S_MAX = "60"
PATIENCE_S = 300
"""On a quiet machine it takes seconds; a machine that starves Kafka's own heartbeats is not what is tested."""


@pytest.fixture(scope="module")
def chain(project: Project) -> Iterator[Compose]:
    with project("one") as made:
        yield made


def test_everything_is_healthy(chain: Compose) -> None:
    """After `up` every seat is healthy, and stays it."""

    def healthy() -> bool:
        return all(chain.health(seat) == ["healthy"] for seat in SEATS)

    until(healthy, PATIENCE_S, "every seat is healthy", chain.looks)


def test_a_bill_settles(chain: Compose) -> None:
    """A user without Python settles an example bill by `exec`."""
    told = json.loads(chain.yidi("submit", "--json", BILL).stdout.splitlines()[0])

    assert told["msgid"] == MSGID


def test_a_refusal_reaches_the_desk(chain: Compose) -> None:
    """A refused bill's error is on the desk, which runs in another container than the command."""
    assert chain.yidi("submit", "--brief", REFUSED, check=False).returncode == 1

    until(lambda: "NOT_FILED" in chain.yidi("errors", "--json").stdout, PATIENCE_S, "the desk has the error")


def test_audit_passes(chain: Compose) -> None:
    """The oracle reads all topics from inside and finds no fault."""
    chain.audit_passes()


def test_program_on_the_host_uses_the_same_kafka(chain: Compose) -> None:
    """A client on this machine reaches Kafka at 127.0.0.1 and is told an address that it can reach again."""
    address = f"127.0.0.1:{chain.ports['YIDI_KAFKA_PORT']}"

    done = run(
        sys.executable,
        "-m",
        "yidi.cli.main",
        "query",
        MSGID,
        YIDI_KAFKA_BOOTSTRAP=address,
        YIDI_DATA_DIR="/nonexistent",
    )

    assert "500.00" in done.stdout


def test_page_answers_on_the_host(chain: Compose) -> None:
    """The console's page is there for this machine's browser."""
    with urlopen(f"http://127.0.0.1:{chain.ports['YIDI_CONSOLE_PORT']}/") as page:
        assert page.status == 200
        assert "Yidi" in page.read().decode()


def test_ports_are_this_machines_alone(chain: Compose) -> None:
    """Whatever Docker publishes is bound to loopback; volumes all have names, so that `down` leaves none behind."""
    for container in docker("ps", "--quiet", "--filter", f"name={chain.project}").stdout.split():
        told = inspect(container)
        bound = [at["HostIp"] for ports in told["HostConfig"]["PortBindings"].values() for at in ports]
        volumes = [mount["Name"] for mount in told["Mounts"] if mount["Type"] == "volume"]
        assert set(bound) <= {"127.0.0.1"}
        assert all(name.startswith(chain.project) for name in volumes), volumes


@pytest.mark.parametrize("seat", ["hospital", "desk", "console"])
def test_seat_stops_in_time(chain: Compose, seat: str) -> None:
    """SIGTERM stops a seat by itself, with exit code 0, and it starts again; seconds on a quiet machine."""
    (container,) = chain.containers(seat)
    docker("stop", "--time", STOP_S_MAX, container)
    code = inspect(container)["State"]["ExitCode"]
    docker("start", container)

    assert code == 0  # 137 had it been killed


def test_seats_turn_unhealthy_without_kafka_and_recover(chain: Compose) -> None:
    """Health means progress: Kafka frozen, the seats are unhealthy; Kafka back, they are healthy without a restart."""
    (kafka,) = chain.containers("kafka")
    docker("kill", "--signal", "STOP", kafka)  # `docker pause` cannot always freeze: "unable to freeze" under load
    try:
        until(lambda: chain.health("hospital") == ["unhealthy"], PATIENCE_S, "unhealthy", chain.looks)
    finally:
        docker("kill", "--signal", "CONT", kafka)

    until(lambda: chain.health("hospital") == ["healthy"], PATIENCE_S, "healthy again", chain.looks)


def test_down_and_up_keeps_everything(chain: Compose) -> None:
    """After `down` and `up` the settlement is there, the desk has its error, and the audit passes."""
    chain.down()
    chain.up()

    assert "500.00" in chain.yidi("query", MSGID).stdout
    until(lambda: "NOT_FILED" in chain.yidi("errors", "--json", check=False).stdout, PATIENCE_S, "the error is there")
    chain.audit_passes()


def test_down_with_volumes_leaves_nothing(chain: Compose) -> None:
    """`down --volumes` leaves no container, no volume and no network."""
    chain.down("--volumes")

    assert chain.left() == []
