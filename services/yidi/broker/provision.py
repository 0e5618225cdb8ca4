"""All that a broker needs from the cache: Java, jars, a formatted cluster's first file, options for a quick start."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from yidi.broker.archive import provide_archive, provide_checkpoint
from yidi.broker.cache import cache_root, kafka_home
from yidi.broker.jars import provide_jars
from yidi.broker.java import Java, find_java
from yidi.broker.pins import load_pins
from yidi.broker.progress import Progress


@dataclass(frozen=True, slots=True)
class Provision:
    """The same for every broker of this machine."""

    java: Java
    jars: Sequence[Path]
    checkpoint: bytes
    archive_options: Sequence[str]
    kafka_version: str


def provide(cache: Path | None, progress: Progress) -> Provision:
    """Find it, or fetch and make it, once on a machine. Raises a `BrokerError` in words."""
    pins, java = load_pins(), find_java()
    home = kafka_home(cache or cache_root(), pins)
    jars = provide_jars(home, pins, progress)
    checkpoint = provide_checkpoint(home, java, jars)
    options = provide_archive(home, java, jars, checkpoint, progress)
    return Provision(java, jars, checkpoint, options, pins.kafka_version)
