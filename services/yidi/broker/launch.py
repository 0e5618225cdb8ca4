"""One start of a broker process, from settings to readiness. Used by the broker and by the archive's recording."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from yidi.broker.data import DataDirectory
from yidi.broker.errors import PortBusyError, StartFailedError
from yidi.broker.java import Java
from yidi.broker.member import Member
from yidi.broker.ports import LOOPBACK
from yidi.broker.probe import NotKafkaError, ask
from yidi.broker.process import GuardedProcess
from yidi.broker.settings import HEAP_MIB_DEFAULT, jvm_options
from yidi.broker.vault import Vault
from yidi.runtime.connection import Security

MAIN_CLASS = "kafka.Kafka"
READY_POLL_S = 0.02
ANSWER_TIMEOUT_S = 2.0
LOG_TAIL_LINES = 12
LOG_TAIL_BYTES = 16 << 10
ADDRESS_IN_USE = "Address already in use"


@dataclass(frozen=True, slots=True)
class Launch:
    """What is needed to start one broker process on claimed data."""

    java: Java
    jars: Sequence[Path]
    data: DataDirectory
    port: int
    controller_port: int
    heap_mib: int = HEAP_MIB_DEFAULT
    archive_options: Sequence[str] = ()
    overrides: Mapping[str, str] = field(default_factory=dict)
    member: Member | None = None
    """Its part in a cluster; None for a broker that is alone."""
    vault: Vault | None = None
    """The secrets of a secured broker; None for an open one."""
    inside_port: int = 0
    """Where brokers and the supervisor reach a secured broker."""

    @property
    def own_port(self) -> int:
        """Where whoever started it asks it."""
        return self.port if self.vault is None else self.inside_port

    @property
    def own_security(self) -> Security:
        """How."""
        return Security.of() if self.vault is None else self.vault.supervisor()

    def spawn(self) -> GuardedProcess:
        """Write the settings and start the JVM under guard; it inherits the claim on the data."""
        data = self.data
        tuning = jvm_options(self.heap_mib, data.logs.name, data.log_config.name)
        classpath = ":".join(str(jar) for jar in self.jars)
        run = ["-cp", classpath, MAIN_CLASS, data.properties.name]
        security = (
            {} if self.vault is None else self.vault.properties(self.port, self.inside_port, self.controller_port)
        )
        data.configure(self.port, self.controller_port, self.overrides, security, member=self.member)
        data.kafka_log.unlink(missing_ok=True)
        command = [str(self.java.path), *tuning, *self.archive_options, *run]
        return GuardedProcess(command, folder=data.root, output=data.jvm_log, claim=data.lock.fd)


def await_ready(process: GuardedProcess, launch: Launch, *, timeout_s: float) -> None:
    """Return once the broker answers and counts itself among the live brokers.

    Raises `PortBusyError` if somebody took a port meanwhile, else `StartFailedError` with the log's end, when
    the process dies or stays silent for `timeout_s`. Leaves the process as it is.
    """
    deadline, data = time.monotonic() + timeout_s, launch.data
    port, security = launch.own_port, launch.own_security
    while not _answers(port, security):
        if process.exit_code is not None:
            raise _death(process, data)
        if time.monotonic() >= deadline:
            raise StartFailedError(_words(f"did not become ready within {timeout_s:.0f} s", data))
        time.sleep(READY_POLL_S)


def _answers(port: int, security: Security) -> bool:
    try:
        view = ask(LOOPBACK, port, timeout_s=ANSWER_TIMEOUT_S, security=security)
    except (OSError, NotKafkaError):
        return False
    return (LOOPBACK, port) in view.brokers


def _death(process: GuardedProcess, data: DataDirectory) -> PortBusyError | StartFailedError:
    if ADDRESS_IN_USE in log_tail(data):
        return PortBusyError(_words("found its port taken by another program", data))
    return StartFailedError(_words(f"ended while starting (exit code {process.exit_code})", data))


def _words(what: str, data: DataDirectory) -> str:
    return (
        f"The embedded Kafka {what}. The end of its log, {data.kafka_log}:\n{log_tail(data)}\n"
        "If the data is damaged, start afresh (which deletes the data); if memory is short, close other programs."
    )


def log_tail(data: DataDirectory) -> str:
    """The last lines that the broker and its JVM wrote in this start."""
    lines = [*_last_lines(data.jvm_log), *_last_lines(data.kafka_log)]
    return "\n".join(f"  {line}" for line in lines[-LOG_TAIL_LINES:]) or "  (nothing)"


def _last_lines(path: Path) -> list[str]:
    """The telling lines at the end of a log: no stack frames, no warnings of the JVM about itself."""
    try:
        text = path.read_bytes()[-LOG_TAIL_BYTES:].decode("utf-8", "replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip() and not line.startswith(("\tat ", "WARNING: "))]
