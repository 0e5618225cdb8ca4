"""A real Apache Kafka for the chain: embedded as a child process, or any other one after a check.

Decisions and figures: docs/broker.md.
"""

from yidi.broker.bootstrap import check_bootstrap
from yidi.broker.cluster import EmbeddedCluster
from yidi.broker.embedded import EmbeddedBroker
from yidi.broker.errors import (
    BootstrapError,
    BrokerError,
    DataDirectoryBusyError,
    DataDirectoryForeignError,
    DiskFullError,
    JavaMissingError,
    KafkaJarsError,
    NotRunningError,
    PortBusyError,
    SettingError,
    StartFailedError,
)
from yidi.broker.progress import Progress
from yidi.broker.running import find_running
from yidi.broker.settings import MESSAGE_BYTES_MAX
from yidi.broker.vault import Vault

__all__ = [
    "MESSAGE_BYTES_MAX",
    "BootstrapError",
    "BrokerError",
    "DataDirectoryBusyError",
    "DataDirectoryForeignError",
    "DiskFullError",
    "EmbeddedBroker",
    "EmbeddedCluster",
    "JavaMissingError",
    "KafkaJarsError",
    "NotRunningError",
    "PortBusyError",
    "Progress",
    "SettingError",
    "StartFailedError",
    "Vault",
    "check_bootstrap",
    "find_running",
]
