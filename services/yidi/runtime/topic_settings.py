"""What the settings of a topic should be, what they are, and which of the differences may be mended by themselves.

A topic made by an older release, or by hand, is brought to the plan of this one. What makes it keep more, or take more,
is always done. What makes it keep less deletes data, and is done only when somebody asked for it. A size is never
lowered: what lies in a log or an outbox may be as large as it was allowed to be.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from yidi.contract.topics import Topic
from yidi.runtime.altering import AlterTopicsRequest
from yidi.runtime.stops import AFRESH, TopicsDiffer

BYTES_MAX: Final = "max.message.bytes"
MIN_INSYNC: Final = "min.insync.replicas"
KEPT: Final = frozenset({"retention.ms", "retention.bytes"})
WITHOUT_LIMIT: Final = -1

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Difference:
    """One setting of one topic that is not the plan's."""

    topic: str
    name: str
    found: str
    planned: str

    def __str__(self) -> str:
        return f"{self.topic}: {self.name} {self.found} → {self.planned}"

    @property
    def deletes(self) -> bool:
        """Whether mending it would make the topic forget what it keeps now."""
        return self.name in KEPT and _amount(self.planned) < _amount(self.found)

    @property
    def shrinks(self) -> bool:
        """Whether mending it would make the topic refuse what it takes now."""
        return self.name == BYTES_MAX and int(self.planned) < int(self.found)


def planned_settings(topic: Topic, min_insync: int | None) -> dict[str, str]:
    """The settings that a topic of the plan is made with; without `min_insync` the cluster's own default rules."""
    return topic.config() | ({} if min_insync is None else {MIN_INSYNC: str(min_insync)})


async def differences(admin: Any, planned: Mapping[str, Settings]) -> list[Difference]:  # noqa: ANN401 — untyped client
    """Every setting that is not as planned, of topics that exist."""
    asked = [
        ConfigResource(ConfigResourceType.TOPIC, topic, dict.fromkeys(settings)) for topic, settings in planned.items()
    ]
    return [
        Difference(topic, name, value, planned[topic][name])
        for answer in await admin.describe_configs(asked)
        for _, _, _, topic, entries in answer.resources
        for name, value, *_ in entries
        if value != planned[topic][name]
    ]


def mendable(found: Sequence[Difference], *, shorten: bool) -> list[Difference]:
    """Those that may be mended: nothing shrinks, and nothing is forgotten unless `shorten` asks for it."""
    return [one for one in found if not one.shrinks and (shorten or not one.deletes)]


async def mend(admin: Any, found: Sequence[Difference]) -> None:  # noqa: ANN401 — untyped client
    """Set them as planned; TopicsDiffer when the cluster does not let us."""
    wanted: dict[str, dict[str, str]] = {}
    for one in found:
        wanted.setdefault(one.topic, {})[one.name] = one.planned
    client = admin._client  # noqa: SLF001 — the admin client has no such call; its transport sends any
    response = await client.send(client.get_random_node(), AlterTopicsRequest(wanted))
    for code, words, _, topic in response.responses:
        if code:
            raise TopicsDiffer(
                f"Topic {topic} is not set as planned, and the cluster does not let us mend it ({words or code}). Ask "
                "somebody who may: " + "; ".join(str(one) for one in found if one.topic == topic)
            )


def refuse_unsafe(found: Sequence[Difference], plan: Sequence[Topic]) -> None:
    """TopicsDiffer for a topic under which a guarantee would break: too small, or forgetting what is kept for ever."""
    ever = {topic.name for topic in plan if topic.for_ever}
    for one in found:
        if one.name == BYTES_MAX and not one.shrinks:
            raise TopicsDiffer(
                f"Topic {one.topic} takes messages of {one.found} bytes, the plan says {one.planned}: raise the "
                f"topic's {BYTES_MAX} (kafka-configs --alter), or {AFRESH}."
            )
        if one.topic in ever and (one.name in KEPT or one.name == "cleanup.policy"):
            raise TopicsDiffer(
                f"Topic {one.topic} is kept for ever by the plan, and is set to forget ({one.name} is {one.found}): "
                f"set its {one.name} to {one.planned} (kafka-configs --alter)."
            )


def _amount(text: str) -> float:
    value = int(text)
    return float("inf") if value == WITHOUT_LIMIT else value
