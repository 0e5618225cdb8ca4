"""`YidiNetwork`: the chain in containers, on testcontainers. All seats, any seat left out, or one of your own in it.

    with YidiNetwork(without=("agency",)) as network:
        network.bootstrap          # HOST:PORT of its Kafka, for programs on this machine
        network.run("my-agency:latest", YIDI_KAFKA_BOOTSTRAP=network.inside)     # or in a container beside the others

Several networks stand side by side. Everything ends with the block; what a killed process leaves, the next run removes.
"""

import asyncio
import contextlib
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from docker.errors import DockerException
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from yidi import __version__
from yidi.broker import ports
from yidi.chain.errors import ChainError, StartFailed
from yidi.chain.foreign import Foreign
from yidi.chain.patience import patiently
from yidi.chain.place import Descriptor
from yidi.chain.routing import route
from yidi.chain.seal import Seeded
from yidi.chain.seeding import send, wait_for
from yidi.contract.topics import DEFAULT_INBOX, plan
from yidi.runtime.admin import ensure_topics
from yidi.runtime.connection import Connection
from yidi.testing.background import Background
from yidi.testing.docker_images import OWNER, demand, kafka_image, our_image, owner, spare_ryuk, sweep
from yidi.testing.docker_missing import DockerMissing
from yidi.testing.wishes import Build

PARTITIONS: Final = 2
READY_S: Final = 180
"""Four services start at once, on a machine that may do other things as well."""
INSIDE: Final = "kafka:9092"
TOLD: Final = {"YIDI_KAFKA_BOOTSTRAP": INSIDE, "YIDI_PARTITIONS": str(PARTITIONS)}
"""What somebody else's seat finds in its environment."""
PORT: Final = 9094
"""Of Kafka's listener for this machine."""
LOOK_AGAIN_S: Final = 0.2
HEALTH_INTERVAL_NS: Final = 1_000_000_000
PORT_ATTEMPTS_MAX: Final = 5
"""Between choosing a free port and Docker listening on it, another program may take it."""
PORT_LOST: Final = ("port is already allocated", "address already in use")
"""How Docker says so."""


class YidiNetwork:
    """One chain in containers. A context; or `start` and, whatever happens, `stop`.

    `replaced`: seat → a container of your own, not started; it finds YIDI_KAFKA_BOOTSTRAP and YIDI_PARTITIONS. It is
    ready when its HEALTHCHECK says so, where its image has one, and else as soon as it runs.
    `image`, `kafka`: names of images, where YIDI_IMAGE and YIDI_KAFKA_IMAGE are not to say it.
    `agencies`, `hospitals`: region → inbox of your own seat for that region alone. DockerMissing when there is none.
    """

    def __init__(
        self,
        *,
        without: tuple[str, ...] = (),
        replaced: Mapping[str, DockerContainer] | None = None,
        agencies: Mapping[str, str] | None = None,
        hospitals: Mapping[str, str] | None = None,
        answer_deadline_s: float | None = None,
        image: str | None = None,
        kafka: str | None = None,
        today: date = date(2025, 6, 15),
    ) -> None:
        self._build = Build(tuple(without) + tuple(replaced or ()), answer_deadline_s=answer_deadline_s)
        self._foreign = Foreign(agencies=agencies or {}, hospitals=hospitals or {})
        self._replaced, self._today = dict(replaced or {}), today
        self._image, self._kafka_image = image or our_image(), kafka or kafka_image()
        self._network: Network | None = None
        self._containers: dict[str, DockerContainer] = {}
        self._port = 0

    @property
    def bootstrap(self) -> str:
        """Kafka for programs on this machine."""
        return f"{ports.LOOPBACK}:{self._port}"

    @property
    def inside(self) -> str:
        """Kafka for containers of this network."""
        return INSIDE

    @property
    def chain(self) -> Descriptor:
        """What commands and `RunningChain` need to know of it."""
        return Descriptor(
            bootstrap=self.bootstrap,
            partitions=PARTITIONS,
            inboxes=self._inboxes,
            services=self._build.services,
            foreign=self._foreign,
            seed=1,
            persons=0,
            today=self._today,
            started_at=datetime.now(UTC),
            version=__version__,
        )

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> Self:
        """Return when every seat is ready and knows the reference data; nothing is left when it cannot be."""
        spare_ryuk()
        demand(self._image, self._kafka_image)
        sweep()
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Remove every container and the network. Idempotent."""
        for name in reversed(list(self._containers)):
            self._remove(name)
        if self._network is not None:
            with contextlib.suppress(DockerException):
                self._network.remove()
            self._network = None

    def run(self, image: str | DockerContainer, *command: str, **variables: str) -> DockerContainer:
        """Start a container of your own on this network; it ends with it."""
        container = DockerContainer(image) if isinstance(image, str) else image
        if command:
            container.with_command(list(command))
        name = f"own-{len(self._containers)}"
        return self._begin(name, container, variables)

    def write_logs(self, folder: Path) -> None:
        """What every container wrote so far, a file each."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, container in self._containers.items():
            with contextlib.suppress(DockerException):
                (folder / f"{name}.log").write_bytes(b"".join(container.get_logs()))

    # Inside -----------------------------------------------------------------------------------------------------

    @property
    def _inboxes(self) -> tuple[str, ...]:
        return (DEFAULT_INBOX, *self._foreign.inboxes)

    @property
    def _connection(self) -> Connection:
        return Connection(bootstrap=self.bootstrap)

    def _start(self) -> None:
        self._network = Network(docker_network_kw={"labels": {OWNER: owner()}}).create()
        self._begin_kafka()
        background = Background()
        try:
            background.run(self._ready_kafka())
            for seat in self._build.services:
                self._begin(seat, self._seat(seat), {})
            for seat, container in self._replaced.items():
                self._begin(seat, _looked_at_often(container), TOLD)
            background.run(self._furnished())
        finally:
            background.close()

    def _begin_kafka(self) -> None:
        """On a port that we choose, since Kafka tells its clients by which they come back; another if it is lost."""
        for attempt in range(1, PORT_ATTEMPTS_MAX + 1):
            self._port = ports.pick()
            try:
                self._begin("kafka", self._kafka(), {})
            except DockerMissing as error:
                self._remove("kafka")
                if attempt == PORT_ATTEMPTS_MAX or not any(words in str(error) for words in PORT_LOST):
                    raise
            else:
                return

    async def _ready_kafka(self) -> None:
        topics = plan(self._inboxes, PARTITIONS)
        await patiently(self._connection, READY_S, lambda: ensure_topics(self._connection, topics), lambda _words: None)

    async def _furnished(self) -> None:
        seeded = Seeded(seed=1, persons=0, today=self._today, version=__version__)
        await send(self._connection, PARTITIONS, seeded, lambda *_: None)
        try:  # the first to ask a new Kafka about groups is told to come again
            await patiently(self._connection, READY_S, self._read, lambda _words: None)
        except ChainError as error:
            raise StartFailed(f"{error.what}\n{self._last_words()}", error.todo) from None
        await route(self._connection, PARTITIONS, self._foreign, self._build.services)

    async def _read(self) -> None:
        """Wait until our services have read it and the seats of others are ready, for as long as all of them live."""
        reading = asyncio.ensure_future(wait_for(self._connection, PARTITIONS, self._build.services, READY_S))
        deadline = time.monotonic() + READY_S
        try:
            while (unready := await asyncio.to_thread(self._unready)) or not reading.done():
                if time.monotonic() > deadline:
                    raise StartFailed(f"Not ready within {READY_S} s: {unready}.", "Its last words may say why.")
                await asyncio.sleep(LOOK_AGAIN_S)
            reading.result()
        finally:
            reading.cancel()
            await asyncio.gather(reading, return_exceptions=True)

    def _unready(self) -> str:
        """A seat of somebody else whose HEALTHCHECK did not pass yet; StartFailed where a container has ended."""
        unready = ""
        for name, container in self._containers.items():
            wrapped = container.get_wrapped_container()
            wrapped.reload()
            if wrapped.status in ("exited", "dead"):
                raise StartFailed(f"What fills the seat {name} ended.", "Its last words say why.")
            if name in self._replaced and wrapped.health in ("starting", "unhealthy"):
                unready = unready or name
        return unready

    def _begin(self, name: str, container: DockerContainer, variables: Mapping[str, str]) -> DockerContainer:
        if self._network is None:
            raise RuntimeError("the network was not started")
        for variable, value in variables.items():
            container.with_env(variable, value)
        container.with_network(self._network).with_network_aliases(name)
        container._kwargs = {**container._kwargs, "labels": {OWNER: owner()}}  # noqa: SLF001 — with_kwargs forgets
        self._containers[name] = container
        try:
            return container.start()
        except DockerException as error:
            raise DockerMissing(f"The container of {name} did not start: {error}") from error

    def _remove(self, name: str) -> None:
        with contextlib.suppress(DockerException):
            self._containers.pop(name).stop()

    def _kafka(self) -> DockerContainer:
        container = DockerContainer(self._kafka_image)
        container.ports[str(PORT)] = (ports.LOOPBACK, self._port)  # type: ignore[assignment]  # Docker takes a pair
        return container.with_envs(**kafka_environment(self._port))

    def _seat(self, seat: str) -> DockerContainer:
        deadline = self._build.answer_deadline_s
        container = DockerContainer(self._image).with_command(["serve", seat])
        container.with_kwargs(init=True, read_only=True, healthcheck={"test": ["NONE"]})
        container.with_tmpfs_mount("/tmp")  # noqa: S108 — inside; stores go to a volume that ends with the container
        return container.with_envs(
            YIDI_KAFKA_BOOTSTRAP=INSIDE,
            YIDI_PARTITIONS=str(PARTITIONS),
            YIDI_INBOXES=",".join(self._foreign.served(seat, self._inboxes)),
            YIDI_ANSWER_DEADLINE_S="" if deadline is None else str(deadline),
        )

    def _last_words(self) -> str:
        lines = []
        for name, container in self._containers.items():
            with contextlib.suppress(DockerException):
                said = b"".join(container.get_logs()).decode("utf-8", "replace").strip().splitlines()[-3:]
                lines += [f"  {name} {container.get_wrapped_container().status}: {line}" for line in said]
        return "\n".join(lines)


def _looked_at_often(container: DockerContainer) -> DockerContainer:
    """With its image's own HEALTHCHECK, if it has one, every second: whoever waits need not wait for its next turn."""
    container._kwargs = {"healthcheck": {"interval": HEALTH_INTERVAL_NS}, **container._kwargs}  # noqa: SLF001 — as above
    return container


def kafka_environment(port: int) -> dict[str, str]:
    """One broker that is its own controller: INSIDE for containers, HOST for this machine, told by its own address."""
    return {
        "CLUSTER_ID": "eWlkaS1pbi10ZXN0aW5nMA",
        "KAFKA_NODE_ID": "1",
        "KAFKA_HEAP_OPTS": "-Xms128m -Xmx512m",
        "KAFKA_PROCESS_ROLES": "broker,controller",
        "KAFKA_CONTROLLER_QUORUM_VOTERS": "1@localhost:9093",
        "KAFKA_CONTROLLER_LISTENER_NAMES": "CONTROLLER",
        "KAFKA_LISTENERS": f"INSIDE://:9092,CONTROLLER://:9093,HOST://:{PORT}",
        "KAFKA_ADVERTISED_LISTENERS": f"INSIDE://{INSIDE},HOST://{ports.LOOPBACK}:{port}",
        "KAFKA_INTER_BROKER_LISTENER_NAME": "INSIDE",
        "KAFKA_LISTENER_SECURITY_PROTOCOL_MAP": "INSIDE:PLAINTEXT,CONTROLLER:PLAINTEXT,HOST:PLAINTEXT",
        "KAFKA_BROKER_HEARTBEAT_INTERVAL_MS": "500",  # one that stood still is taken back at its next heartbeat
        "KAFKA_AUTO_CREATE_TOPICS_ENABLE": "false",
        "KAFKA_LOG_RETENTION_MS": "-1",
        "KAFKA_MESSAGE_MAX_BYTES": "8388608",
        "KAFKA_REPLICA_FETCH_MAX_BYTES": "8388608",
        "KAFKA_OFFSETS_TOPIC_NUM_PARTITIONS": "4",
        "KAFKA_OFFSETS_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_REPLICATION_FACTOR": "1",
        "KAFKA_TRANSACTION_STATE_LOG_MIN_ISR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_REPLICATION_FACTOR": "1",
        "KAFKA_SHARE_COORDINATOR_STATE_TOPIC_MIN_ISR": "1",
        "KAFKA_GROUP_INITIAL_REBALANCE_DELAY_MS": "0",
    }
