"""The pinned jars: which files make up Kafka, and what each must hash to."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

LOCK_FILE = Path(__file__).with_name("kafka.lock")
KAFKA = "org.apache.kafka:kafka_2.13"
HASH_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Jar:
    """One pinned file of a Maven repository."""

    group: str
    artifact: str
    version: str
    sha256: str
    size_bytes: int

    @property
    def name(self) -> str:
        return f"{self.artifact}-{self.version}.jar"

    def is_genuine(self, path: Path) -> bool:
        """Whether the file at `path` is this very jar, by its whole content."""
        return path.stat().st_size == self.size_bytes and sha256_of(path) == self.sha256


@dataclass(frozen=True)
class Pins:
    """All jars of one Kafka."""

    jars: tuple[Jar, ...]

    @cached_property
    def kafka_version(self) -> str:
        return next(jar.version for jar in self.jars if f"{jar.group}:{jar.artifact}" == KAFKA)

    @cached_property
    def digest(self) -> str:
        """Names this exact set of files; another set never shares its cache directory."""
        return hashlib.sha256("".join(jar.sha256 for jar in self.jars).encode()).hexdigest()[:12]


def sha256_of(path: Path) -> str:
    """Hash a file without holding it whole."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(HASH_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


def load_pins(path: Path = LOCK_FILE) -> Pins:
    """Read the lock file shipped with the package."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return Pins(tuple(_jar(line) for line in lines if line and not line.startswith("#")))


def _jar(line: str) -> Jar:
    coordinate, sha256, size = line.split()
    group, artifact, version = coordinate.split(":")
    return Jar(group, artifact, version, sha256, int(size))
