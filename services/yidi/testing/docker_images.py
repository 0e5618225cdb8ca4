"""What a network of containers is made of: which images, whether they are here, and what earlier runs left behind."""

import contextlib
import os
import socket
from functools import cache
from typing import Final

import psutil
from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config

import docker
from yidi import __version__
from yidi.testing.docker_missing import DockerMissing

OWNER: Final = "cn.yidi.testing.owner"
"""Label of everything that is made here: the machine, and the process that has to be alive for it."""
RYUK_DISABLED: Final = "TESTCONTAINERS_RYUK_DISABLED"


def our_image() -> str:
    """`docker build -t yidi:VERSION .` in the repository; YIDI_IMAGE names another."""
    return os.environ.get("YIDI_IMAGE") or f"yidi:{__version__}"


def kafka_image() -> str:
    """Kafka's own; YIDI_KAFKA_IMAGE names another."""
    return os.environ.get("YIDI_KAFKA_IMAGE") or "apache/kafka:4.4.0"


def demand(*images: str) -> None:
    """Docker answers and has these images; one that is not here is pulled. DockerMissing in words."""
    with _client() as client:
        for image in images:
            try:
                client.images.get(image)
            except ImageNotFound:
                _pull(client, image)


@cache
def spare_ryuk() -> None:
    """Do without testcontainers' reaper where its image cannot be had: `sweep` and `stop` leave nothing behind."""
    if RYUK_DISABLED in os.environ or testcontainers_config.ryuk_disabled:
        return
    try:
        demand(testcontainers_config.ryuk_image)
    except DockerMissing:
        testcontainers_config.ryuk_disabled = True


def owner() -> str:
    """This process, as a label says it."""
    return f"{socket.gethostname()}/{os.getpid()}/{psutil.Process().create_time():.0f}"


def sweep() -> None:
    """Remove what a process of this machine that lives no more has left."""
    with _client() as client:
        for container in client.containers.list(all=True, filters={"label": OWNER}):
            if _is_orphaned(container.labels[OWNER]):
                with contextlib.suppress(DockerException):
                    container.remove(force=True, v=True)
        for network in client.networks.list(filters={"label": OWNER}):
            if _is_orphaned(network.attrs["Labels"][OWNER]):
                with contextlib.suppress(DockerException):
                    network.remove()


def _is_orphaned(label: str) -> bool:
    machine, pid, created = label.split("/")
    if machine != socket.gethostname():
        return False
    try:
        return f"{psutil.Process(int(pid)).create_time():.0f}" != created
    except psutil.Error:
        return True


def _client() -> contextlib.closing[docker.DockerClient]:
    try:
        client = docker.from_env()
        client.ping()
    except DockerException as error:
        raise DockerMissing(
            f"Docker does not answer ({error}). Install it and start its daemon, or use yidi_kafka, which needs none."
        ) from None
    return contextlib.closing(client)


def _pull(client: docker.DockerClient, image: str) -> None:
    try:
        client.images.pull(*image.rsplit(":", 1))
    except DockerException:
        how = f"docker build -t {image} ." if image == our_image() else f"docker pull {image}"
        raise DockerMissing(f"The image {image} is not here, and cannot be pulled: `{how}`.") from None
