"""Pin another Kafka: `python -m yidi.broker.relock 4.4.0` rewrites kafka.lock. For maintainers, needs network.

Kafka's own dependencies leave out the bridge from slf4j to log4j (its release archive adds it), and without
it the broker logs nothing; it is added here in the version of log4j that Kafka asks for.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

from jgo.maven import MavenContext

from yidi.broker.pins import KAFKA, LOCK_FILE, sha256_of

HEADER = """\
# Apache Kafka and everything it runs with: group:artifact:version sha256 bytes.
# Written by: python -m yidi.broker.relock VERSION. Every jar is checked against this file before it is used.
"""
LOG4J = "org.apache.logging.log4j"


def relock(version: str) -> str:
    """Resolve one Kafka from Maven Central and return the lock file's text."""
    with tempfile.TemporaryDirectory() as folder:
        context = MavenContext(repo_cache=Path(folder))
        wanted, needed = context.resolver.resolve([context.create_dependency(f"{KAFKA}:{version}")])
        artifacts = [d.artifact for d in (*wanted, *needed) if d.scope in (None, "compile", "runtime")]
        log4j = next(a.version for a in artifacts if a.artifactId == "log4j-core")
        artifacts.append(context.project(LOG4J, "log4j-slf4j-impl").at_version(log4j).artifact())
        return HEADER + "".join(sorted(_line(artifact) for artifact in artifacts))


def _line(artifact: Any) -> str:  # noqa: ANN401 — jgo is published without type information
    path = Path(artifact.resolve())
    coordinate = f"{artifact.groupId}:{artifact.artifactId}:{artifact.version}"
    return f"{coordinate} {sha256_of(path)} {path.stat().st_size}\n"


if __name__ == "__main__":
    LOCK_FILE.write_text(relock(sys.argv[1]), encoding="utf-8")
