"""How long topics keep, and how much: what an operator may say, and what no guarantee survives.

Journal, reference data and operators' actions are kept for ever, whatever is said. Flow and error topics may keep
longer than the plan, and shorter down to a limit that has a reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from yidi.contract.topics import DAY_MS, ERROR_RETENTION_MS, FLOW_RETENTION_MS, MIB, Topic

FLOW_DAYS_MIN: Final = 7
"""A service that is behind its topic's retention has lost inputs and stops: it must be able to be down over the longest
public holiday, a week. Unknown outcomes close far sooner: the platform asks for about an hour."""
ERROR_DAYS_MIN: Final = 92
"""The manual claim's three months (domain §7): until then an error can be replayed from its topic."""
FLOW_MIB_MIN: Final = 256
"""Of one partition: Kafka deletes whole segments of 64 MiB at most, and of several large bills none may be pushed out
before it is read."""


@dataclass(frozen=True, slots=True)
class Retention:
    """None leaves the plan's own."""

    flow_days: int | None = None
    error_days: int | None = None
    flow_mib: int | None = None
    """Of each partition of a flow topic; the oldest records go first, read or not."""

    @property
    def said(self) -> bool:
        """Whether anything was asked for: only then may a topic forget what it keeps now."""
        return self != Retention()

    def of(self, plan: Sequence[Topic]) -> list[Topic]:
        """The plan with this retention."""
        return [self._of_topic(topic) for topic in plan]

    def _of_topic(self, topic: Topic) -> Topic:
        if topic.retention_ms == FLOW_RETENTION_MS:
            size = -1 if self.flow_mib is None else self.flow_mib * MIB
            return replace(topic, retention_ms=_ms(self.flow_days, topic.retention_ms), retention_bytes=size)
        if topic.retention_ms == ERROR_RETENTION_MS:
            return replace(topic, retention_ms=_ms(self.error_days, topic.retention_ms))
        return topic


def checked_flow_days(days: int) -> int:
    """ValueError in words when it is too short for a guarantee; so are the other two."""
    if days < FLOW_DAYS_MIN:
        raise ValueError(
            f"a service that was down for longer would lose inputs: keep flow topics {FLOW_DAYS_MIN} days or more"
        )
    return days


def checked_error_days(days: int) -> int:
    if days < ERROR_DAYS_MIN:
        raise ValueError(
            f"a failed settlement can be replayed or claimed for three months: keep error topics {ERROR_DAYS_MIN} days "
            "or more"
        )
    return days


def checked_flow_mib(mib: int) -> int:
    if mib < FLOW_MIB_MIN:
        raise ValueError(
            f"inputs could be pushed out before they are read: give a partition {FLOW_MIB_MIN} MiB or more"
        )
    return mib


def _ms(days: int | None, otherwise: int) -> int:
    return otherwise if days is None else days * DAY_MS
