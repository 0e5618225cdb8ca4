"""The broker's data directory: who owns it, what it remembers, how it becomes empty.

DIRECTORY/
  broker.lock        claimed by the running chain, its guard and its JVM, all of them
  broker.json        what is remembered between runs: ids, ports, version, owner
  server.properties  log4j2.xml  written anew at each start
  kafka/             Kafka's own data
  logs/              kafka.log (rolling), jvm.log (this start only)
  broker-N/          instead of all but the first two: one such directory for each broker of a cluster
"""

import base64
import json
import os
import shutil
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from yidi.broker.errors import DataDirectoryBusyError, DataDirectoryForeignError
from yidi.broker.filelock import BorrowedLock, FileLock
from yidi.broker.member import ALONE, Member
from yidi.broker.settings import LOG_CONFIG, NO_SECURITY, server_properties

ORPHAN_WAIT_S = 30.0
"""How long a broker whose chain was just killed may take to be gone: its guard ends it at once, on a free machine."""
CHECKPOINT = Path("__cluster_metadata-0") / "00000000000000000000-0000000000.checkpoint"
"""What Kafka's format tool leaves of the cluster's first features; all else is in meta.properties."""


@dataclass(frozen=True, slots=True)
class Memory:
    """What a data directory remembers between runs."""

    kafka: str
    cluster_id: str
    port: int | None = None
    controller_port: int | None = None
    inside_port: int | None = None
    """Of a secured broker: where brokers and the supervisor come in."""
    owner_pid: int | None = None
    brokers: int = 1
    """How many share the directory, each in one of its own below it."""


class DataDirectory:
    """The files of one broker. Everything but `claim` and reading needs the claim."""

    def __init__(self, root: Path, claim: FileLock | None = None) -> None:
        self.root = root.absolute()
        self.kafka = self.root / "kafka"
        self.logs = self.root / "logs"
        self.properties = self.root / "server.properties"
        self.log_config = self.root / "log4j2.xml"
        self.kafka_log = self.logs / "kafka.log"
        self.jvm_log = self.logs / "jvm.log"
        self._memory = self.root / "broker.json"
        self.lock = claim or FileLock(self.root / "broker.lock")

    def of_member(self, node_id: int) -> "DataDirectory":
        """The directory of one broker of a cluster; the claim on the whole holds for it, too."""
        return DataDirectory(self.root / f"broker-{node_id}", BorrowedLock(self.lock))

    def claim(self) -> None:
        """Make the directory ours until the last process that inherits the claim is gone.

        Raises `DataDirectoryBusyError` if another running chain has it, `DataDirectoryForeignError` if
        the directory was never ours.
        """
        self._refuse_foreign()
        if not self.lock.acquire(wait_s=ORPHAN_WAIT_S if self._owner_is_gone() else 0):
            raise DataDirectoryBusyError(self._busy_words())

    def _refuse_foreign(self) -> None:
        if self.root.exists() and not self.root.is_dir():
            raise DataDirectoryForeignError(f"{self.root} is a file: name a directory for the broker's data.")
        if self.root.is_dir() and not self.lock.path.exists() and any(self.root.iterdir()):
            raise DataDirectoryForeignError(
                f"{self.root} holds files that no embedded broker wrote: name an empty or a new directory."
            )

    def _owner_is_gone(self) -> bool:
        memory = self.remembered()
        return memory is None or memory.owner_pid is None or not _lives(memory.owner_pid)

    def _busy_words(self) -> str:
        memory = self.remembered()
        owner = f" (process {memory.owner_pid}, port {memory.port})" if memory else ""
        return (
            f"The data directory {self.root} is in use by another running chain{owner}. "
            "Stop that one, use it as it runs, or name another data directory."
        )

    def wipe(self) -> None:
        """Forget everything: data, logs, ids, ports."""
        for folder in (self.kafka, self.logs, _half_made(self.kafka), *self.root.glob("broker-[0-9]*")):
            shutil.rmtree(folder, ignore_errors=True)
        for file in (self._memory, self.properties, self.log_config):
            file.unlink(missing_ok=True)

    def remembered(self) -> Memory | None:
        """The last run's memory; None if there is none, or none that can be read."""
        try:
            return Memory(**json.loads(self._memory.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def remember(self, memory: Memory) -> None:
        fresh = self._memory.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(memory), indent=1), encoding="utf-8")
        fresh.replace(self._memory)

    def settle_in(self, kafka_version: str, checkpoint: bytes, member: Member | None = None) -> Memory:
        """Make the directory ready for this Kafka: new if it is empty, refused if a newer Kafka wrote it."""
        memory = self.remembered()
        self._refuse_other_form(memory, 1)
        if memory is None or not self.kafka.is_dir():
            return self._found(kafka_version, checkpoint, member)
        self._refuse_newer(memory, kafka_version)
        return replace(memory, kafka=kafka_version)

    def settle_cluster(self, kafka_version: str, brokers: int) -> Memory:
        """The same for a directory that several brokers share; each of them settles in below it."""
        memory = self.remembered()
        if memory is None:
            self._refuse_forgotten(self.kafka.is_dir() or any(self.root.glob("broker-[0-9]*")))
            memory = Memory(kafka_version, _kafka_id(), brokers=brokers)
            self.remember(memory)
        self._refuse_other_form(memory, brokers)
        self._refuse_newer(memory, kafka_version)
        return replace(memory, kafka=kafka_version)

    def _refuse_forgotten(self, data: bool) -> None:  # noqa: FBT001 — the only thing it asks
        if data:
            raise DataDirectoryForeignError(
                f"{self.root / 'broker.json'} is missing or damaged beside existing data: put it back, start "
                "afresh (which deletes the data), or name another directory."
            )

    def _refuse_newer(self, memory: Memory, kafka_version: str) -> None:
        if _numbers(memory.kafka) > _numbers(kafka_version):
            raise DataDirectoryForeignError(
                f"{self.root} was written by Kafka {memory.kafka}, this one is {kafka_version} and cannot read "
                "it: use the newer yidi again, start afresh (which deletes the data), or name another directory."
            )

    def _refuse_other_form(self, memory: Memory | None, brokers: int) -> None:
        if memory is not None and memory.brokers != brokers:
            raise DataDirectoryForeignError(
                f"{self.root} holds the data of {_brokers(memory.brokers)}, asked for {_brokers(brokers)}: start as "
                "many as before, start afresh (which deletes the data), or name another directory."
            )

    def _found(self, kafka_version: str, checkpoint: bytes, member: Member | None) -> Memory:
        self._refuse_forgotten(self.kafka.is_dir())
        memory = Memory(kafka_version, _kafka_id() if member is None else member.cluster_id)
        self._format(memory.cluster_id, ALONE if member is None else member.node_id, checkpoint)
        self.remember(memory)
        return memory

    def _format(self, cluster_id: str, node_id: int, checkpoint: bytes) -> None:
        """As Kafka's own format tool does, without its JVM; appears in one step or not at all."""
        half_made = _half_made(self.kafka)
        shutil.rmtree(half_made, ignore_errors=True)
        (half_made / CHECKPOINT).parent.mkdir(parents=True)
        (half_made / CHECKPOINT).write_bytes(checkpoint)
        meta = {"version": 1, "cluster.id": cluster_id, "node.id": node_id, "directory.id": _kafka_id()}
        (half_made / "meta.properties").write_text("".join(f"{k}={v}\n" for k, v in meta.items()))
        half_made.rename(self.kafka)

    def configure(
        self,
        port: int,
        controller_port: int,
        overrides: Mapping[str, str],
        security: Mapping[str, str] = NO_SECURITY,
        *,
        member: Member | None = None,
    ) -> None:
        """Write the settings of one start."""
        self.logs.mkdir(exist_ok=True)
        self.log_config.write_text(LOG_CONFIG, encoding="utf-8")
        text = server_properties(self.kafka.name, port, controller_port, overrides, security, member=member)
        self.properties.write_text(text, encoding="ascii")


def _brokers(count: int) -> str:
    return "one broker" if count == 1 else f"{count} brokers"


def _half_made(folder: Path) -> Path:
    return folder.with_suffix(".new")


def _kafka_id() -> str:
    """A random id as Kafka writes them: 16 bytes in URL-safe base64, never with a dash in front."""
    while True:
        text = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        if not text.startswith("-"):
            return text


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
