"""Our image and a project of it, for this folder's tests; where there is no Docker they skip in words."""

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import pytest

from tests.docker import images
from tests.docker.compose import ROOT, Compose
from tests.docker.machine import compose_command, demand_docker, docker

Project = Callable[..., AbstractContextManager[Compose]]


@pytest.fixture(scope="session")
def image() -> str:
    """Our image, built from this working tree; unchanged, that takes a second."""
    demand_docker()
    images.demand_image(images.base())
    docker("build", "--network", "host", "--tag", images.OURS, str(ROOT))
    return images.OURS


@pytest.fixture(scope="session")
def project(image: str) -> Project:
    """A maker of projects, named after an env-file of compose/ or none: up in the block, nothing left afterwards."""
    images.demand_image(images.kafka())
    command = compose_command()

    @contextmanager
    def make(name: str, settings: str | None = None) -> Iterator[Compose]:
        made = Compose(command, f"yiditest{os.getpid()}{name}", image, settings)
        try:
            made.up()
            yield made
        finally:
            made.down("--volumes", "--remove-orphans")

    return make
