"""Why a service stops by itself: what people must mend before it can go on.

ServiceStopped        the text says what happened, where, and what to do
├── TopicsDiffer      topics are missing, or their partitions are not those of the plan
│   ├── TopicsMissing they are not there; a seat that runs on its own may wait for them
│   └── TooFewBrokers the cluster cannot keep as many copies as asked for; more brokers may be about to join
├── WaitedTooLong     what was waited for at the start did not come in the time that was set
├── PortTaken         nothing can listen where `/health` is to be
├── OffsetLost        the log no longer holds the position that the store names
├── PartitionsSplit   the group gave topics of one partition number to different instances
├── SecurityUnusable  the settings of TLS or SASL make no sense, or name a file that cannot serve
└── AccessRefused     the broker refuses who we say we are, or what we have to do
"""

from typing import Final

AFRESH: Final = (
    "begin afresh without all data (`yidi up --fresh`; where seats are served: delete topics and stores, then "
    "`yidi topics --create`)"
)
"""The last way out, as every text names it: stores and topics are only ever wiped together."""


class ServiceStopped(Exception):
    """A state that waiting does not mend."""


class TopicsDiffer(ServiceStopped):
    """The cluster's topics are not the plan's."""


class TopicsMissing(TopicsDiffer):
    """Topics of the plan do not exist; somebody may be about to create them."""


class TooFewBrokers(TopicsDiffer):
    """Fewer brokers than copies asked for; nothing was made."""


class WaitedTooLong(ServiceStopped):
    """What was waited for at the start did not come in the time that was set."""


class PortTaken(ServiceStopped):
    """Nothing can listen where it was told to."""


class OffsetLost(ServiceStopped):
    """Going on would skip inputs silently."""


class PartitionsSplit(ServiceStopped):
    """One task needs all topics of its partition number."""


class SecurityUnusable(ServiceStopped):
    """No client can be made of these settings."""


class AccessRefused(ServiceStopped):
    """Nobody gets further with this user: its password, its certificate or its rights have to be mended."""
