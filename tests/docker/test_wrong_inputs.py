"""A port that another program has: told in words, with nothing left behind."""

import os
import socket
from collections.abc import Iterator

import pytest

from tests.docker.compose import Compose
from tests.docker.machine import compose_command

pytestmark = [pytest.mark.docker, pytest.mark.xdist_group("docker")]


@pytest.fixture
def project(image: str) -> Iterator[Compose]:
    made = Compose(compose_command(), f"yiditest{os.getpid()}wrong", image)
    yield made
    made.down("--volumes")
    assert made.left() == []


def test_port_that_is_taken(project: Compose) -> None:
    """Where another program has the port, `up` fails and names it; `down` leaves nothing."""
    port = project.ports["YIDI_KAFKA_PORT"]
    with socket.create_server(("127.0.0.1", int(port))):
        done = project.run("up", "--detach", "kafka", check=False)

    assert done.returncode != 0
    assert port in done.stderr
    assert "address already in use" in done.stderr


def test_port_that_is_lost(project: Compose) -> None:
    """These tests' own way: a port that another program takes meanwhile is given up for another."""
    lost = project.ports["YIDI_KAFKA_PORT"]
    others = {name: port for name, port in project.ports.items() if name != "YIDI_KAFKA_PORT"}
    with socket.create_server(("127.0.0.1", int(lost))):
        done = project.start("kafka")

    assert done.returncode == 0, done.stderr
    assert project.ports["YIDI_KAFKA_PORT"] != lost
    assert others.items() <= project.ports.items()
