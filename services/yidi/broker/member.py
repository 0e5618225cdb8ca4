"""One broker's part in a cluster: who it is, where the others are, and how it differs from a broker that is alone."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from yidi.broker.ports import LOOPBACK

ALONE: Final = 1
"""Node id of a broker that is alone."""
COPIES_MAX: Final = 3
"""More copies cost more and protect little more: two brokers may fail at once, one of them on purpose."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of several brokers, each a controller, too: together they are one quorum."""

    node_id: int
    cluster_id: str
    port: int
    controllers: Mapping[int, int]
    """Controller port of every member by node id."""

    @property
    def controller_port(self) -> int:
        return self.controllers[self.node_id]

    @property
    def place(self) -> dict[str, str]:
        """Settings that say who it is; nobody overrides them."""
        voters = ",".join(f"{node}@{LOOPBACK}:{port}" for node, port in sorted(self.controllers.items()))
        return {"node.id": str(self.node_id), "controller.quorum.voters": voters}

    @property
    def tuning(self) -> dict[str, str]:
        """Settings that keep what is acknowledged through the loss of one broker."""
        size = len(self.controllers)
        kept, needed = str(copies(size)), str(in_sync_min(size))
        return {
            "default.replication.factor": kept,
            "min.insync.replicas": needed,
            "offsets.topic.replication.factor": kept,
            "transaction.state.log.replication.factor": kept,
            "transaction.state.log.min.isr": needed,
            "share.coordinator.state.topic.replication.factor": kept,
            "share.coordinator.state.topic.min.isr": needed,
        }


def copies(size: int) -> int:
    """How many copies of each partition a cluster of this size keeps."""
    return min(size, COPIES_MAX)


def in_sync_min(size: int) -> int:
    """How many copies must have a message before it is acknowledged: one may be missing where there are several."""
    return max(1, copies(size) - 1)
