"""Topics on the cluster: made by the plan, compared with it, deleted for a fresh start; and who the log is."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, UnknownTopicOrPartitionError, for_code

from yidi.contract.topics import Topic
from yidi.runtime.connection import Connection
from yidi.runtime.metadata import TopicIdsRequest
from yidi.runtime.stops import TopicsDiffer
from yidi.runtime.store import LogIdentity

SETTLED_S_MAX: Final = 30.0
"""How long created topics may take to get leaders, and deleted ones to be gone."""
RETRY_S: Final = 0.2
BYTES_MAX: Final = "max.message.bytes"


@dataclass(frozen=True, slots=True)
class Described:
    """A topic as the cluster has it."""

    name: str
    id: str
    partitions: int
    led: bool
    """Every partition has a leader."""


async def ensure_topics(connection: Connection, plan: Sequence[Topic], *, replication: int = 1) -> None:
    """Create what is missing of the plan and wait until it can be used.

    `TopicsDiffer` when a topic exists with another number of partitions, which nothing can mend but a fresh start, or
    when it takes smaller messages than the plan says.
    """
    async with _admin(connection) as admin:
        _, found = await _describe(admin, [topic.name for topic in plan])
        _compare(plan, found, missing_too=False)
        missing = [topic for topic in plan if topic.name not in found]
        new = [NewTopic(t.name, t.partitions, replication, topic_configs=t.config()) for t in missing]
        if new:
            _raise_errors(await admin.create_topics(new), "topic_errors", TopicAlreadyExistsError)
        await _until_led(admin, plan)
        await _check_sizes(admin, plan)


async def delete_topics(connection: Connection, names: Iterable[str]) -> None:
    """Delete topics and wait until they are gone; those that do not exist are no error."""
    wanted = list(names)
    async with _admin(connection) as admin, asyncio.timeout(SETTLED_S_MAX):
        response = await admin.delete_topics(wanted)
        _raise_errors(response, "topic_error_codes", UnknownTopicOrPartitionError)
        while (await _describe(admin, wanted))[1]:  # noqa: ASYNC110 — the broker has no event for it
            await asyncio.sleep(RETRY_S)


async def identify(connection: Connection, plan: Sequence[Topic]) -> LogIdentity:
    """Who the log is: cluster id and topic ids. `TopicsDiffer` when its topics are not the plan's."""
    async with _admin(connection) as admin:
        cluster, found = await _describe(admin, [topic.name for topic in plan])
        _compare(plan, found, missing_too=True)
        await _check_sizes(admin, plan)
        return LogIdentity(cluster, {name: topic.id for name, topic in found.items()}, plan[0].partitions)


@asynccontextmanager
async def _admin(connection: Connection) -> AsyncIterator[Any]:
    admin = AIOKafkaAdminClient(**connection.options())
    try:
        async with asyncio.timeout(SETTLED_S_MAX):
            await admin.start()
        yield admin
    finally:
        await admin.close()


async def _describe(admin: Any, names: list[str]) -> tuple[str, dict[str, Described]]:  # noqa: ANN401 — untyped client
    """Cluster id, and the topics of these names that exist."""
    client = admin._client  # noqa: SLF001 — the admin client knows no topic ids; its transport does
    response = (await client.send(client.get_random_node(), TopicIdsRequest(names))).to_object()
    topics = [_described(row) for row in response["topics"] if row["error_code"] == 0]
    return response["cluster_id"], {topic.name: topic for topic in topics}


def _described(row: dict[str, Any]) -> Described:
    led = all(partition["leader"] >= 0 and not partition["error_code"] for partition in row["partitions"])
    return Described(row["topic"], row["topic_id"].hex(), len(row["partitions"]), led)


async def _until_led(admin: Any, plan: Sequence[Topic]) -> None:  # noqa: ANN401 — untyped client
    async with asyncio.timeout(SETTLED_S_MAX):
        while True:
            _, found = await _describe(admin, [topic.name for topic in plan])
            if all(topic.name in found and found[topic.name].led for topic in plan):
                _compare(plan, found, missing_too=True)
                return
            await asyncio.sleep(RETRY_S)


def _compare(plan: Sequence[Topic], found: dict[str, Described], *, missing_too: bool) -> None:
    for topic in plan:
        known = found.get(topic.name)
        if known is None and missing_too:
            raise TopicsDiffer(f"Topic {topic.name} does not exist: create the topics of the plan first.")
        if known is not None and known.partitions != topic.partitions:
            raise TopicsDiffer(
                f"Topic {topic.name} has {known.partitions} partitions, the plan says {topic.partitions}. A key's "
                "partition is fixed by the count: set the count the topic has, or start with --fresh to wipe both "
                "the topics and the stores."
            )


async def _check_sizes(admin: Any, plan: Sequence[Topic]) -> None:  # noqa: ANN401 — untyped client
    """A topic that takes less than the plan says would block an outbox for ever."""
    asked = [ConfigResource(ConfigResourceType.TOPIC, topic.name, {BYTES_MAX: None}) for topic in plan]
    limits = {topic.name: topic.message_bytes_max for topic in plan}
    for answer in await admin.describe_configs(asked):
        for _, _, _, topic, entries in answer.resources:
            for name, value, *_ in entries:
                if name == BYTES_MAX and int(value) < limits[topic]:
                    raise TopicsDiffer(
                        f"Topic {topic} takes messages of {value} bytes, the plan says {limits[topic]}: raise the "
                        f"topic's {BYTES_MAX} (kafka-configs --alter), or start with --fresh."
                    )


def _raise_errors(response: Any, rows: str, ignored: type[KafkaError]) -> None:  # noqa: ANN401 — untyped client
    for name, code, *words in getattr(response, rows):
        error = for_code(code)
        if code and error is not ignored:
            raise error(f"{name}: {words[0] if words and words[0] else error.description}")
