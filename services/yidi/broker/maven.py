"""Fetching one pinned jar from a Maven repository, through jgo.

jgo's resolver in pure Python asks for the file itself; nothing is resolved at run time, for the pins already
say which files and versions belong together.
"""

import os
import shutil
import time
from pathlib import Path

from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext

from yidi.broker.errors import KafkaJarsError
from yidi.broker.pins import Jar

ATTEMPTS_MAX = 3
BACK_OFF_S = 0.5
TIMEOUT_S = 20


def repository() -> str:
    """`YIDI_MAVEN`, a mirror of Maven Central, else Maven Central itself."""
    where: str = os.environ.get("YIDI_MAVEN", MAVEN_CENTRAL_URL)
    return where.rstrip("/")


def fetch(jar: Jar, staging: Path, target: Path) -> None:
    """Fetch one jar into `staging`, check it, and put it in its place in one step.

    Raises `KafkaJarsError` after `ATTEMPTS_MAX` attempts; `target` then is as it was before.
    """
    failure = "was never tried"
    for attempt in range(ATTEMPTS_MAX):
        time.sleep(BACK_OFF_S * attempt)
        attempt_folder = staging / f"{jar.name}-{attempt}"
        try:
            path = _download(jar, attempt_folder)
        except (OSError, RuntimeError) as error:
            failure = _reason(error)
            continue
        if jar.is_genuine(path):
            path.replace(target)
            return
        shutil.rmtree(attempt_folder)
        failure = "is not the pinned file (its SHA-256 differs)"
    raise KafkaJarsError(_words(jar, failure, target))


def _download(jar: Jar, folder: Path) -> Path:
    context = MavenContext(repo_cache=folder, remote_repos={"pinned": repository()}, timeout=TIMEOUT_S)
    project = context.project(jar.group, jar.artifact)
    return Path(project.at_version(jar.version).artifact().resolve())


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):  # every error of the HTTP library is one; its class says TLS, proxy, time-out
        return f"could not be reached ({type(error).__name__})"
    return "was not found there"


def _words(jar: Jar, failure: str, target: Path) -> str:
    return (
        f"Kafka cannot be provided: {jar.name} from {repository()} {failure}. "
        "Only the first start needs the network (45 MB). Connect and start again, or name a mirror of Maven "
        f"Central in YIDI_MAVEN, or copy {target.parent} from a machine that has it, "
        "or use a Kafka of your own with --bootstrap HOST:PORT."
    )
