"""`YidiNetwork`: seats left out or replaced, networks side by side, nothing left behind."""

import socket
from pathlib import Path

import pytest
from testcontainers.core.container import DockerContainer

from tests.docker.machine import demand_docker, docker
from yidi.broker import ports
from yidi.testing import Bill, RunningChain, YidiNetwork
from yidi.testing.docker_images import OWNER, owner, sweep
from yidi.testing.docker_missing import DockerMissing
from yidi.testing.roster import Roster
from yidi.testing.simulated import TODAY

pytestmark = [pytest.mark.kafka, pytest.mark.xdist_group("docker")]


PATIENCE_S = 180


def ours() -> list[str]:
    """Containers and networks that this process has made and not removed."""
    mine = f"label={OWNER}={owner()}"
    return docker("ps", "-aq", "-f", mine).stdout.split() + docker("network", "ls", "-q", "-f", mine).stdout.split()


def test_two_networks_and_a_seat_of_ones_own(our_image: str, tmp_path: Path) -> None:
    """Side by side, one whole, one with an agency in a container of one's own: both settle, both go."""
    agency = DockerContainer(our_image).with_command(["serve", "agency"])
    with YidiNetwork(image=our_image) as whole, YidiNetwork(image=our_image, replaced={"agency": agency}) as mixed:
        assert whole.bootstrap != mixed.bootstrap
        for network in (whole, mixed):
            chain = RunningChain(network.chain, Roster(1, TODAY), PATIENCE_S, tmp_path)
            assert chain.wait(chain.settle(Bill())).done
        mixed.write_logs(tmp_path / "logs")
        assert len(ours()) == 12
    assert {path.stem for path in (tmp_path / "logs").iterdir()} >= {"kafka", "platform", "agency"}
    assert ours() == []


def test_an_image_that_is_not_there() -> None:
    """Said in words, with what to do, before anything is started."""
    demand_docker()
    with pytest.raises(DockerMissing, match="yidi-no-such:1 is not here"), YidiNetwork(image="yidi-no-such:1"):
        pass
    assert ours() == []


def test_a_seat_that_ends(our_image: str) -> None:
    """A seat whose program ends at once fails the start with its last words, and nothing is left."""
    broken = DockerContainer(our_image).with_command(["no-such-command"])
    with pytest.raises(Exception, match=r"(?s)agency.*No such command"), YidiNetwork(replaced={"agency": broken}):
        pass
    assert ours() == []


def test_a_port_that_is_lost(our_image: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody takes Kafka's port before its use, another is chosen, and the first try is gone."""
    with socket.create_server((ports.LOOPBACK, 0)) as other:
        chosen: list[int] = []
        pick = ports.pick

        def picked() -> int:
            chosen.append(pick() if chosen else other.getsockname()[1])
            return chosen[-1]

        monkeypatch.setattr(ports, "pick", picked)
        with YidiNetwork(image=our_image, without=("agency", "hospital", "platform")) as network:
            assert network.bootstrap == f"{ports.LOOPBACK}:{chosen[-1]}"
            assert len(chosen) > 1
            assert len(ours()) == 3
    assert ours() == []


def test_leftovers_of_the_dead_are_swept(our_image: str) -> None:
    """What a killed process left is removed by the next one; what a living one has stays."""
    machine = owner().split("/")[0]
    for label in (f"{machine}/4194304/1", owner()):
        docker("create", "--label", f"{OWNER}={label}", our_image)
    sweep()
    (mine,) = ours()
    docker("rm", "-f", mine)
    assert docker("ps", "-aq", "-f", f"label={OWNER}={machine}/4194304/1").stdout == ""
