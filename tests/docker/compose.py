"""One project of the compose file: ports and names of its own, so that it disturbs nobody's."""

import re
import subprocess
from pathlib import Path
from typing import Any

from tests.docker.machine import docker, inspect, lines, run, until
from yidi.broker.ports import pick

ROOT = Path(__file__).parents[2]
SEATS = ("registry", "hospital", "platform", "agency", "desk", "console")
PORTS = ("YIDI_KAFKA_PORT", "YIDI_KAFKA_PORT_2", "YIDI_KAFKA_PORT_3", "YIDI_CONSOLE_PORT")
TAKEN = re.compile(r"127\.0\.0\.1:(\d+)[^\n]*(?:already allocated|already in use)")
"""How Docker says that somebody else has a port."""
PORT_ATTEMPTS_MAX = 5
AUDIT_S_MAX = 180
SMALL = {"YIDI_PERSONS": "40", "YIDI_PARTITIONS": "4", "YIDI_HEALTH_INTERVAL": "4s"}


class Compose:
    """Commands to one project; `settings` names an env-file of compose/."""

    def __init__(self, command: tuple[str, ...], project: str, image: str, settings: str | None = None) -> None:
        chosen = ("--env-file", str(ROOT / "compose" / f"{settings}.env")) if settings else ()
        self._command = (*command, *chosen, "--project-name", project, "--file", str(ROOT / "docker-compose.yml"))
        self.project = project
        self.ports: dict[str, str] = {}
        for name in PORTS:
            self._choose(name)
        self._variables = {**SMALL, "YIDI_IMAGE": image}

    def run(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return run(*self._command, *arguments, check=check, **self._variables, **self.ports)

    def up(self, *services: str) -> None:
        """Return when everything is healthy and the reference data is read; else fail with what the containers say."""
        done = self.start(*services)
        seeded = done.returncode == 0 and docker("wait", *self.containers("seed")).stdout.split() == ["0"]
        assert seeded, f"{done.stdout}{done.stderr}\n{self.run('logs', '--tail=15').stdout}"

    def start(self, *services: str) -> subprocess.CompletedProcess[str]:
        """`up`, again with another port where somebody took ours between its choice and its use; nothing else is.

        Docker cannot choose: Kafka tells its clients the port by which they come back, so it must know it at its start.
        """
        for _ in range(PORT_ATTEMPTS_MAX):
            done = self.run("up", "--detach", *services, check=False)
            taken = set(TAKEN.findall(done.stderr))
            lost = [name for name, port in self.ports.items() if port in taken] if done.returncode else []
            if not lost:
                break
            for name in lost:
                self._choose(name)
        return done

    def down(self, *options: str) -> None:
        self.run("down", "--timeout", "20", *options)

    def yidi(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """A command of ours as users without Python give it."""
        return self.run("exec", "-T", "console", "yidi", *arguments, check=check)

    def audit_passes(self) -> None:
        """Return when the oracle says so; what is still on its way after an answer makes it say unknown until then."""
        said = ""

        def passes() -> bool:
            nonlocal said
            said = self.yidi("audit", check=False).stdout
            return "PASS" in said

        until(passes, AUDIT_S_MAX, "the audit passes", lambda: said)

    def containers(self, service: str) -> list[str]:
        """Their ids, of ended ones too."""
        mine = (f"label=com.docker.compose.project={self.project}", f"label=com.docker.compose.service={service}")
        return sorted(lines("ps", "--all", "--quiet", "--filter", mine[0], "--filter", mine[1]))

    def health(self, service: str) -> list[str]:
        """What Docker says of each of its containers."""
        return [inspect(one)["State"]["Health"]["Status"] for one in self.containers(service)]

    def looks(self) -> str:
        """Docker's last looks at the health of every seat, for whoever wonders."""
        looks = [(seat, look) for seat in SEATS for one in self.containers(seat) for look in _looks(one)]
        return "\n".join(f"{seat} {look['Start']} {look['ExitCode']} {look['Output'].strip()}" for seat, look in looks)

    def left(self) -> list[str]:
        """Containers, volumes and networks of this project."""
        mine = ("--quiet", "--filter", f"label=com.docker.compose.project={self.project}")
        return [*lines("ps", "--all", *mine), *lines("volume", "ls", *mine), *lines("network", "ls", *mine)]

    def _choose(self, name: str) -> None:
        self.ports[name] = str(pick(avoid=frozenset(int(port) for port in self.ports.values())))


def _looks(container: str) -> list[dict[str, Any]]:
    looks: list[dict[str, Any]] = inspect(container)["State"]["Health"]["Log"]
    return looks
