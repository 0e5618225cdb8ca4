"""The image that the fixtures with containers run, built from this working tree."""

from collections.abc import Iterator

import pytest

from tests.docker import images
from tests.docker.machine import demand_docker, docker


@pytest.fixture(scope="session")
def our_image() -> Iterator[str]:
    """Its name, which the fixtures take from YIDI_IMAGE meanwhile; unchanged, building takes a second."""
    demand_docker()
    images.demand_image(images.base())
    images.demand_image(images.kafka())
    docker("build", "--network", "host", "--tag", images.OURS, str(images.ROOT))
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("YIDI_IMAGE", images.OURS)
        yield images.OURS
