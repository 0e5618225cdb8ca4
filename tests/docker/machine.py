"""This machine's Docker: what runs there, and in which words a test is left out where it does not."""

import json
import os
import shutil
import subprocess
import time
from collections.abc import Callable
from typing import Any, NoReturn

PATIENCE_S = 600
"""For one command of Docker, on a machine that does other things as well."""


def left_out(words: str) -> NoReturn:
    """Skip in words on a laptop; fail where YIDI_REQUIRE says that containers must run."""
    import pytest  # noqa: PLC0415 — nothing else here needs it

    if "docker" in os.environ.get("YIDI_REQUIRE", "").split():
        pytest.fail(f"YIDI_REQUIRE names docker, but: {words}")
    pytest.skip(words)


def run(*command: str, check: bool = True, **variables: str) -> subprocess.CompletedProcess[str]:
    """One command to its end, under further variables of the environment. AssertionError with its words if it fails."""
    done = subprocess.run(  # noqa: S603 — our own commands
        command,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
        env={**os.environ, "NO_COLOR": "1", "COMPOSE_HTTP_TIMEOUT": str(PATIENCE_S), **variables},
    )
    if check and done.returncode != 0:
        raise AssertionError(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done


def docker(*arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    return run("docker", *arguments, check=check)


def lines(*arguments: str) -> list[str]:
    """What a listing of Docker says, a line each."""
    return docker(*arguments).stdout.split()


def inspect(what: str) -> dict[str, Any]:
    """All that Docker knows about a container or an image."""
    found: list[dict[str, Any]] = json.loads(docker("inspect", what).stdout)
    return found[0]


def has_image(name: str) -> bool:
    return docker("image", "inspect", name, check=False).returncode == 0


def compose_command() -> tuple[str, ...]:
    """`docker compose`, or the program of its own that older systems have."""
    if docker("compose", "version", check=False).returncode == 0:
        return ("docker", "compose")
    if shutil.which("docker-compose"):
        return ("docker-compose",)
    left_out("Docker has no compose here: install it (Debian: apt-get install docker-compose).")


def demand_docker() -> None:
    """Docker answers."""
    if shutil.which("docker") is None:
        left_out("There is no Docker here: install it (Debian: apt-get install docker.io) to test with containers.")
    if docker("info", check=False).returncode != 0:
        left_out("Docker does not answer here: start its daemon to test with containers.")


def until(what: Callable[[], bool], seconds: float, words: str, evidence: Callable[[], str] = str) -> None:
    """Wait until it is so; when it is not so in time, fail with the words, and with what is known then."""
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, f"not within {seconds:g} s: {words}\n{evidence()}"
        time.sleep(0.5)
