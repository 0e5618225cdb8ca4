"""Several embedded brokers as one Kafka: what one of them acknowledged, another has, too."""

import asyncio
import os
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Final

from yidi.broker import ports
from yidi.broker.data import DataDirectory, Memory
from yidi.broker.embedded import EmbeddedBroker
from yidi.broker.errors import NotRunningError, PortBusyError, SettingError, StartFailedError
from yidi.broker.lifetime import Lifetime
from yidi.broker.member import Member, copies, in_sync_min
from yidi.broker.probe import NotKafkaError, lagging
from yidi.broker.progress import Progress, silent
from yidi.broker.provision import Provision, provide
from yidi.broker.vault import Vault
from yidi.runtime.connection import Connection

SIZE_DEFAULT: Final = 3
SIZE_MAX: Final = 9
"""More brokers on one machine prove nothing more."""
HEAP_MIB: Final = 256
"""Of each broker: three of them fit beside the services on a laptop (docs/broker.md has figures)."""
PORT_ATTEMPTS_MAX: Final = 5
IN_SYNC_TIMEOUT_S: Final = 120.0
LOOK_AGAIN_S: Final = 0.1
ANSWER_TIMEOUT_S: Final = 2.0


class EmbeddedCluster(Lifetime):
    """`size` Kafka brokers that live as long as we let them, and never longer than this process.

    Each is a controller as well; of three, two are a quorum. Topics have `replication` copies, and a message is
    acknowledged when `min_insync` of them have it: any one broker may die, freeze or restart, nothing that was
    acknowledged is lost, and after a moment everything goes on. Promises and calls are those of `EmbeddedBroker`;
    single brokers take orders by themselves: `cluster.brokers[1].kill()`. `port` is the first of `size` in a row.
    """

    def __init__(
        self,
        data_dir: Path | str,
        size: int = SIZE_DEFAULT,
        *,
        port: int | None = None,
        fresh: bool = False,
        heap_mib: int = HEAP_MIB,
        overrides: Mapping[str, str] | None = None,
        security: Vault | None = None,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> None:
        if not 1 < size <= SIZE_MAX:
            raise SettingError(f"A cluster of {size} brokers cannot be had here: ask for 2 to {SIZE_MAX}, best for 3.")
        self.size = size
        self._data = DataDirectory(Path(data_dir))
        self._wished_port = port
        self._fresh = fresh
        self._vault = security
        self._progress = progress
        self._cache = cache
        self._started = False
        self.brokers = tuple(
            EmbeddedBroker(self._data.of_member(node), heap_mib=heap_mib, overrides=overrides, security=security)
            for node in range(1, size + 1)
        )

    @property
    def data_dir(self) -> Path:
        return self._data.root

    @property
    def replication(self) -> int:
        return copies(self.size)

    @property
    def min_insync(self) -> int:
        return in_sync_min(self.size)

    @property
    def running(self) -> bool:
        """Whether every broker's process exists."""
        return all(broker.running for broker in self.brokers)

    @property
    def bootstrap(self) -> str:
        """HOST:PORT of every broker, by commas; raises `NotRunningError` before the first start."""
        return ",".join(broker.bootstrap for broker in self.brokers)

    @property
    def connection(self) -> Connection:
        """How whoever started it reaches it, with every right; raises `NotRunningError` before the first start."""
        each = [broker.connection for broker in self.brokers]
        return each[0].model_copy(update={"bootstrap": ",".join(one.bootstrap for one in each)})

    def start(self) -> str:
        """Start every broker that does not run, wait until all serve, and return the bootstrap addresses.

        Raises a `BrokerError` in plain words when it cannot be; after a failed first start nothing is left running.
        """
        if not self._started:
            self._begin(provide(self._cache, self._progress))
            return self.bootstrap
        if not self._data.lock.held:
            self._data.claim()
        self._together([broker.start for broker in self.brokers])
        return self.bootstrap

    def _begin(self, provision: Provision) -> None:
        self._data.claim()
        try:
            if self._fresh:
                self._data.wipe()
            if self._vault is not None:
                self._vault.fill()
            memory = self._data.settle_cluster(provision.kafka_version, self.size)
            self._first_start(memory, provision)
        except BaseException:
            self.stop()
            raise
        self._started = True

    def _first_start(self, memory: Memory, provision: Provision) -> None:
        for attempt in range(1, PORT_ATTEMPTS_MAX + 1):
            members = self._members(memory.cluster_id)
            self._data.remember(replace(memory, port=members[0].port, owner_pid=os.getpid()))
            pairs = zip(self.brokers, members, strict=True)
            try:
                self._together([_starting(broker, member, provision) for broker, member in pairs])
            except PortBusyError:
                if attempt == PORT_ATTEMPTS_MAX:
                    raise
                self._together([broker.stop for broker in self.brokers])
            else:
                return

    def _members(self, cluster_id: str) -> list[Member]:
        """Everybody's part, with the ports of the last run as far as they are free."""
        nodes = range(1, self.size + 1)
        known = {node: self._data.of_member(node).remembered() for node in nodes}
        taken: set[int] = set()
        clients, controllers = dict[int, int](), dict[int, int]()
        for node in nodes:
            memory = known[node] or Memory("", "")
            wished = None if self._wished_port is None else ports.demand(self._wished_port + node - 1)
            clients[node] = wished or _taking(memory.port, taken)
            taken.add(clients[node])
        for node in nodes:
            controllers[node] = _taking((known[node] or Memory("", "")).controller_port, taken)
        return [Member(node, cluster_id, clients[node], controllers) for node in nodes]

    def stop(self) -> None:
        """Let every broker close its files and end; kill those that do not in time. Idempotent."""
        self._together([broker.stop for broker in self.brokers])
        self._data.lock.release()

    def behind(self) -> int:
        """How many partitions have a copy that is missing or behind, as the worst informed broker tells.

        Raises `NotRunningError` when one of them does not answer.
        """
        return max(_behind(broker) for broker in self.brokers)

    def await_in_sync(self, timeout_s: float = IN_SYNC_TIMEOUT_S) -> None:
        """Return once every copy of every partition is complete; `StartFailedError` when they are not in time."""
        deadline = time.monotonic() + timeout_s
        while not self._in_sync():
            if time.monotonic() >= deadline:
                raise StartFailedError(
                    f"The copies of {self.data_dir} were not complete within {timeout_s:.0f} s: see kafka.log there."
                )
            time.sleep(LOOK_AGAIN_S)

    def _in_sync(self) -> bool:
        try:
            return self.behind() == 0
        except NotRunningError:
            return False

    def rolling_restart(self) -> None:
        """Restart one broker after the other, each only when every copy is complete: there is always a quorum."""
        for broker in self.brokers:
            self.await_in_sync()
            broker.restart()
        self.await_in_sync()

    def _together(self, orders: list[Callable[[], object]]) -> None:
        """Give all orders at once, wait for all, and raise the first failure: no broker is ready without a quorum."""
        with ThreadPoolExecutor(len(orders)) as threads:
            running = [threads.submit(order) for order in orders]
        for one in running:
            one.result()

    async def arolling_restart(self) -> None:
        """`rolling_restart` beside the event loop; carried through even if the caller is cancelled."""
        await asyncio.shield(asyncio.to_thread(self.rolling_restart))


def _starting(broker: EmbeddedBroker, member: Member, provision: Provision) -> Callable[[], str]:
    return lambda: broker.start_as(member, provision)


def _taking(remembered: int | None, taken: set[int]) -> int:
    """The remembered port, or any free one; noted as taken."""
    known = remembered is not None and remembered not in taken and ports.is_free(remembered)
    port = remembered if known and remembered is not None else ports.pick(avoid=frozenset(taken))
    taken.add(port)
    return port


def _behind(broker: EmbeddedBroker) -> int:
    inside = broker.connection
    host, _, port = inside.bootstrap.rpartition(":")
    try:
        return lagging(host, int(port), timeout_s=ANSWER_TIMEOUT_S, security=inside.security)
    except (OSError, NotKafkaError) as error:
        raise NotRunningError(f"The broker at {broker.bootstrap} does not answer.") from error
