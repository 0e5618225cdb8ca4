"""How the embedded broker is set: server.properties, JVM options, logging.

A broker that is its own controller, alone or one of several, on a laptop with two cores, for messages of up to 8 MiB.
Whoever wants another setting passes it as an override; what holds the embedding together cannot be overridden.
"""

from collections.abc import Mapping
from types import MappingProxyType

from yidi.broker.errors import SettingError
from yidi.broker.member import ALONE, Member
from yidi.broker.ports import LOOPBACK

MESSAGE_BYTES_MAX = 8 << 20
"""The largest record batch the broker takes; topics are set to it unless their plan says less."""
HEAP_MIB_DEFAULT = 384
HEAP_MIB_MIN = 128
ASCII_END = 128
NO_SECURITY: Mapping[str, str] = MappingProxyType({})

OURS_ALONE = frozenset(
    {
        "advertised.listeners",
        "authorizer.class.name",
        "controller.listener.names",
        "controller.quorum.bootstrap.servers",
        "controller.quorum.voters",
        "listener.security.protocol.map",
        "listeners",
        "log.dir",
        "log.dirs",
        "metadata.log.dir",
        "node.id",
        "process.roles",
    }
)
"""Address, place and role: overriding them would break the promise of loopback, or the start itself."""

TUNED = {
    # Topics come from the plan; a misspelt name must not create one.
    "auto.create.topics.enable": "false",
    # Internal topics: fewer partitions open faster. 50 is meant for clusters.
    "offsets.topic.num.partitions": "4",
    "transaction.state.log.num.partitions": "4",
    "share.coordinator.state.topic.num.partitions": "4",
    # A group of one service need not wait for members that never come; tests want short sessions.
    "group.initial.rebalance.delay.ms": "0",
    "group.min.session.timeout.ms": "1000",
    # Two cores, shared with the services.
    "num.network.threads": "2",
    "num.io.threads": "2",
    "num.replica.fetchers": "1",
    "num.recovery.threads.per.data.dir": "2",
    "background.threads": "2",
    "group.coordinator.threads": "1",
    "log.cleaner.threads": "1",
    "log.cleaner.dedupe.buffer.size": str(4 << 20),  # instead of 128 MiB of heap
    # The journal is kept for ever, and a position must not fall out of range: topics that may forget say so.
    "log.retention.ms": "-1",
    "log.segment.bytes": str(64 << 20),
    "log.index.size.max.bytes": str(1 << 20),  # 10 MiB a file otherwise, mapped, for every partition
    # Sizes. No forced flushes: the guarantee covers dead processes, the page cache survives those.
    "message.max.bytes": str(MESSAGE_BYTES_MAX),
    "replica.fetch.max.bytes": str(MESSAGE_BYTES_MAX),
    # A killed broker is taken back by its own controller only when its last session ran out, 9 s by default;
    # with one broker a long session protects nothing. Six missed beats still mean a JVM stalled for 3 s.
    "broker.heartbeat.interval.ms": "500",
    "broker.session.timeout.ms": "3000",
    # Nobody reads JMX here; registering thousands of beans costs start time and memory.
    "metric.reporters": "",
}

LOG_CONFIG = """\
<?xml version="1.0" encoding="UTF-8"?>
<Configuration status="ERROR" shutdownHook="disable">
  <Appenders>
    <RollingFile name="file" fileName="${sys:yidi.logs}/kafka.log" filePattern="${sys:yidi.logs}/kafka.log.%i">
      <PatternLayout pattern="%d{ISO8601} %p %c{1} %m%n"/>
      <Policies><SizeBasedTriggeringPolicy size="10MB"/></Policies>
      <DefaultRolloverStrategy max="2"/>
    </RollingFile>
  </Appenders>
  <Loggers>
    <Root level="WARN"><AppenderRef ref="file"/></Root>
    <Logger name="kafka.server.KafkaRaftServer" level="INFO"/>
  </Loggers>
</Configuration>
"""


def server_properties(
    log_dir: str,
    port: int,
    controller_port: int,
    overrides: Mapping[str, str],
    security: Mapping[str, str] = NO_SECURITY,
    *,
    member: Member | None = None,
) -> str:
    """The whole server.properties of one start; `security` takes the place of the plain listeners (`Vault`).

    Raises `SettingError` for an override that is not allowed.
    """
    member = member or Member(ALONE, "", port, {ALONE: controller_port})
    if taken := sorted((OURS_ALONE | security.keys()) & overrides.keys()):
        raise SettingError(f"The embedded broker sets {', '.join(taken)} itself: leave it out of the overrides.")
    placed = {
        "process.roles": "broker,controller",
        "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{controller_port}",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": log_dir,
    }
    lines = {**TUNED, **member.tuning, **overrides, **placed, **member.place, **security}
    return "".join(f"{key}={_escaped(value)}\n" for key, value in lines.items())


def _escaped(value: str) -> str:
    """A value as Java's properties format reads it back; it takes ASCII and treats backslashes as escapes."""
    plain = value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    utf16 = plain.encode("utf-16-be")
    units = (int.from_bytes(utf16[at : at + 2]) for at in range(0, len(utf16), 2))
    return "".join(chr(unit) if unit < ASCII_END else f"\\u{unit:04x}" for unit in units)


def jvm_options(heap_mib: int, logs: str, log_config: str) -> list[str]:
    """JVM options that hold for recording an archive and for using it alike."""
    if heap_mib < HEAP_MIB_MIN:
        raise SettingError(f"A heap of {heap_mib} MiB is too small for Kafka: give it {HEAP_MIB_MIN} or more.")
    return [
        f"-Xms{min(heap_mib, HEAP_MIB_MIN)}m",
        f"-Xmx{heap_mib}m",
        "-XX:+UseSerialGC",  # measured: least memory and CPU at this heap, pauses of milliseconds
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        "-Djava.awt.headless=true",
        f"-Dyidi.logs={logs}",
        f"-Dlog4j2.configurationFile={log_config}",
    ]
