"""Topics on the cluster: made by the plan, compared with it, deleted for a fresh start; and who the log is."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import (
    ClusterAuthorizationFailedError,
    InvalidReplicationFactorError,
    KafkaError,
    NodeNotReadyError,
    TopicAlreadyExistsError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    for_code,
)
from aiokafka.protocol.metadata import MetadataRequest

from yidi.contract.topics import Topic
from yidi.runtime.connection import Connection
from yidi.runtime.metadata import TopicIdsRequest
from yidi.runtime.stops import AFRESH, AccessRefused, TooFewBrokers, TopicsDiffer, TopicsMissing
from yidi.runtime.store import LogIdentity
from yidi.runtime.topic_settings import Difference, differences, mend, mendable, planned_settings, refuse_unsafe

SETTLED_S_MAX: Final = 60.0
"""How long a change may take to hold: topics to get leaders or to be gone, settings, rights and users to be read."""
DIAL_S_MAX: Final = 30.0
RETRY_S: Final = 0.2
CHANGE_MS_MAX: Final = 60_000
"""How long a change may take on a busy machine: many topics are many files. One that is gone is noticed at once."""
CLUSTERS_OWN: Final = -1
"""A replication factor that says: as the cluster makes its topics by default. `NewTopic` itself does not take it."""


@dataclass(frozen=True, slots=True)
class Described:
    """A topic as the cluster has it."""

    name: str
    id: str
    partitions: int
    led: bool
    """Every partition has a leader."""
    replicas: int
    """Of the partition that has fewest."""


async def ensure_topics(
    connection: Connection,
    plan: Sequence[Topic],
    *,
    replication: int | None = None,
    min_insync: int | None = None,
    shorten: bool = False,
) -> list[str]:
    """Create what is missing of the plan, bring the settings of what exists to it, and wait until it can be used.

    `replication` copies of each partition, of which `min_insync` must have a message before it is acknowledged; None
    leaves either to the cluster. Only `shorten` lets a topic forget what it keeps now (`runtime.topic_settings`).
    Returns what was changed, a line each. `TopicsDiffer` when a topic exists with another number of partitions, or
    with fewer copies than asked for, or when the cluster has too few brokers: nothing was changed then.
    """
    planned = {topic.name: planned_settings(topic, min_insync) for topic in plan}
    async with administering(connection, CHANGE_MS_MAX) as admin:
        _, found = await _describe(admin, list(planned))
        _compare(plan, found, missing_too=False)
        _compare_replicas(found, replication)
        missing = [topic for topic in plan if topic.name not in found]
        await _create(admin, missing, planned, replication)
        await _until_led(admin, plan)
        wanted = mendable(await differences(admin, planned), shorten=shorten)
        if wanted:
            await mend(admin, wanted)
            await _until_mended(admin, planned, wanted)
        return [str(one) for one in wanted]


async def delete_topics(connection: Connection, names: Iterable[str]) -> None:
    """Delete topics and wait until they are gone; those that do not exist are no error."""
    wanted = list(names)
    async with administering(connection, CHANGE_MS_MAX) as admin, asyncio.timeout(SETTLED_S_MAX):
        response = await admin.delete_topics(wanted)
        _raise_errors(response, "topic_error_codes", UnknownTopicOrPartitionError)

        async def gone() -> bool:
            return not (await _describe(admin, wanted))[1]

        await until(gone)


async def identify(connection: Connection, plan: Sequence[Topic]) -> LogIdentity:
    """Who the log is: cluster id and topic ids. `TopicsDiffer` when its topics are not the plan's."""
    async with administering(connection) as admin:
        cluster, found = await _describe(admin, [topic.name for topic in plan])
        _compare(plan, found, missing_too=True)
        refuse_unsafe(await differences(admin, {topic.name: topic.config() for topic in plan}), plan)
        return LogIdentity(cluster, {name: topic.id for name, topic in found.items()}, plan[0].partitions)


async def partition_counts(connection: Connection) -> dict[str, int]:
    """Every topic that the cluster shows us, and how many partitions it has."""
    async with administering(connection) as admin:
        everything = (await asked(admin, MetadataRequest(None))).to_object()
        return {topic["topic"]: len(topic["partitions"]) for topic in everything["topics"]}


@asynccontextmanager
async def administering(connection: Connection, request_ms_min: int = 0) -> AsyncIterator[Any]:
    """A client for administration, for a while, that waits so long for an answer at least.

    Untyped, as the library has it.
    """
    request_ms = max(connection.request_timeout_ms, request_ms_min)
    admin = AIOKafkaAdminClient(**{**connection.options(), "request_timeout_ms": request_ms})
    try:
        async with asyncio.timeout(DIAL_S_MAX):
            await admin.start()
        yield admin
    finally:
        await admin.close()


async def until(holds: Callable[[], Awaitable[bool]]) -> None:
    """Ask until it holds, for brokers have no event for what they have read; TimeoutError after `SETTLED_S_MAX`."""
    async with asyncio.timeout(SETTLED_S_MAX):
        while not await holds():  # noqa: ASYNC110 — the event that would be waited for is the brokers' own
            await asyncio.sleep(RETRY_S)


async def asked(admin: Any, request: Any) -> Any:  # noqa: ANN401 — untyped client
    """The answer of any broker to a request that the library itself does not make.

    A dead broker is named by the others until its session ends: whoever cannot be reached is passed over.
    """
    client = admin._client  # noqa: SLF001 — the admin client has no call for it; its transport has
    first = client.get_random_node()
    for node in (first, *(broker.nodeId for broker in client.cluster.brokers() if broker.nodeId != first)):
        with suppress(NodeNotReadyError):
            return await client.send(node, request)
    raise NodeNotReadyError("no broker can be reached")


async def _describe(admin: Any, names: list[str]) -> tuple[str, dict[str, Described]]:  # noqa: ANN401 — untyped client
    """Cluster id, and the topics of these names that exist."""
    response = (await asked(admin, TopicIdsRequest(names))).to_object()
    hidden = [row["topic"] for row in response["topics"] if row["error_code"] == TopicAuthorizationFailedError.errno]
    if hidden:
        raise AccessRefused(f"This user may not see topic {hidden[0]}: give it the rights of `yidi topics --acls`.")
    topics = [_described(row) for row in response["topics"] if row["error_code"] == 0]
    return response["cluster_id"], {topic.name: topic for topic in topics}


def _described(row: dict[str, Any]) -> Described:
    parts = row["partitions"]
    led = all(partition["leader"] >= 0 and not partition["error_code"] for partition in parts)
    replicas = min((len(partition["replicas"]) for partition in parts), default=0)
    return Described(row["topic"], row["topic_id"].hex(), len(parts), led, replicas)


async def _create(
    admin: Any,  # noqa: ANN401 — untyped client
    missing: Sequence[Topic],
    planned: Mapping[str, dict[str, str]],
    replication: int | None,
) -> None:
    if not missing:
        return
    new = [NewTopic(topic.name, topic.partitions, 1, topic_configs=planned[topic.name]) for topic in missing]
    for topic in new:
        topic.replication_factor = CLUSTERS_OWN if replication is None else replication
    try:
        _raise_errors(await admin.create_topics(new), "topic_errors", TopicAlreadyExistsError)
    except InvalidReplicationFactorError as error:
        raise TooFewBrokers(
            f"The cluster cannot keep {_copies(replication)} of each topic ({error}). Start more brokers, or ask for "
            "fewer copies."
        ) from error


def _copies(count: int | None) -> str:
    return "1 copy" if count == 1 else f"{count} copies" if count else "its own number of copies"


async def _until_led(admin: Any, plan: Sequence[Topic]) -> None:  # noqa: ANN401 — untyped client

    async def led() -> bool:
        _, found = await _describe(admin, [topic.name for topic in plan])
        every = all(topic.name in found and found[topic.name].led for topic in plan)
        if every:
            _compare(plan, found, missing_too=True)
        return every

    await until(led)


async def _until_mended(
    admin: Any,  # noqa: ANN401 — untyped client
    planned: Mapping[str, dict[str, str]],
    mended: Sequence[Difference],
) -> None:
    """A broker tells its new settings only once it has read them from its controller's log."""

    async def told() -> bool:
        return not set(await differences(admin, planned)) & set(mended)

    await until(told)


def _compare(plan: Sequence[Topic], found: dict[str, Described], *, missing_too: bool) -> None:
    for topic in plan:
        known = found.get(topic.name)
        if known is None and missing_too:
            raise TopicsMissing(f"Topic {topic.name} does not exist: create the topics first (`yidi topics --create`).")
        if known is not None and known.partitions != topic.partitions:
            raise TopicsDiffer(
                f"Topic {topic.name} has {known.partitions} partitions, the plan says {topic.partitions}. A key's "
                f"partition is fixed by the count: set the count the topic has, or {AFRESH}."
            )


def _compare_replicas(found: Mapping[str, Described], replication: int | None) -> None:
    for topic in found.values():
        if replication is not None and topic.replicas < replication:
            raise TopicsDiffer(
                f"Topic {topic.name} has {topic.replicas} of the {replication} copies asked for: add copies with "
                f"kafka-reassign-partitions, or {AFRESH}."
            )


def _raise_errors(response: Any, rows: str, ignored: type[KafkaError]) -> None:  # noqa: ANN401 — untyped client
    for name, code, *words in getattr(response, rows):
        error = for_code(code)
        if error in (TopicAuthorizationFailedError, ClusterAuthorizationFailedError):
            raise AccessRefused(
                f"This user may not make, change or delete topic {name}: let one who administers the Kafka do it "
                "(`yidi topics --create`)."
            )
        if code and error is not ignored:
            raise error(f"{name}: {words[0] if words and words[0] else error.description}")
