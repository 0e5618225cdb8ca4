"""What can go wrong around the broker, each with words for people.

BrokerError
├── KafkaJarsError            the jars are neither cached nor to be had, or are not the pinned ones
├── JavaMissingError          no Java that can run this Kafka
├── DataDirectoryBusyError    another running chain owns the data directory
├── DataDirectoryForeignError the directory holds something that is not ours, or that a newer Kafka wrote
├── PortBusyError             the wished port belongs to somebody else
├── SettingError              a setting that is not the caller's to change, or makes no sense
├── DiskFullError             there is no room for the broker to write
├── StartFailedError          the broker died or stayed silent while starting; carries the end of its log
├── NotRunningError           an order to a broker that does not run
└── BootstrapError            the other Kafka that was asked for cannot serve the chain
"""


class BrokerError(Exception):
    """Something around the broker failed; the text says what, where, and what to do."""


class KafkaJarsError(BrokerError):
    """Kafka's jars cannot be provided."""


class JavaMissingError(BrokerError):
    """No usable Java."""


class DataDirectoryBusyError(BrokerError):
    """The data directory is in use."""


class DataDirectoryForeignError(BrokerError):
    """The data directory is not one that this version may use."""


class PortBusyError(BrokerError):
    """The wished port is taken."""


class SettingError(BrokerError):
    """A setting cannot be taken."""


class DiskFullError(BrokerError):
    """The disk of the broker's data is full."""


class StartFailedError(BrokerError):
    """The broker did not become ready."""


class NotRunningError(BrokerError):
    """There is no running broker to act on."""


class BootstrapError(BrokerError):
    """The other Kafka cannot be used."""
