"""The images that tests run: ours, and those that Dockerfile and compose file name."""

import re

from tests.docker.compose import ROOT
from tests.docker.machine import has_image, left_out

OURS = "yidi-test:latest"


def named(file: str, pattern: str) -> str:
    """What a file at the root names."""
    found = re.search(pattern, (ROOT / file).read_text(encoding="utf-8"), re.MULTILINE)
    assert found, f"{file} has nothing like {pattern}"
    return found[1]


def base() -> str:
    return named("Dockerfile", r"^ARG BASE_IMAGE=(.*)$")


def kafka() -> str:
    return named("docker-compose.yml", r"image: (apache/kafka:.*)$")


def postgres() -> str:
    return named("docker-compose.yml", r"image: (postgres:.*)$")


def demand_image(name: str) -> str:
    """The image is here; nothing is pulled behind a test's back."""
    if not has_image(name):
        left_out(f"The image {name} is not here: `docker pull {name}`, or .ci/docker/prepare for stand-ins.")
    return name
