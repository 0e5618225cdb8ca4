"""The embedded broker: a real Apache Kafka as a child process, on loopback, with data of its own."""

import asyncio
import os
import signal
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Self

from yidi.broker import ports
from yidi.broker.data import DataDirectory, Memory
from yidi.broker.errors import NotRunningError, PortBusyError, StartFailedError
from yidi.broker.launch import Launch, await_ready
from yidi.broker.lifetime import Lifetime
from yidi.broker.member import ALONE, Member, copies, in_sync_min
from yidi.broker.process import GuardedProcess
from yidi.broker.progress import Progress, silent
from yidi.broker.provision import Provision, provide
from yidi.broker.room import demand_room
from yidi.broker.settings import HEAP_MIB_DEFAULT, NO_SECURITY, jvm_options, server_properties
from yidi.broker.vault import Vault
from yidi.runtime.connection import Connection, Security

START_TIMEOUT_S = 120.0
"""Generous: after a kill, Kafka first reads back what was not closed cleanly."""
STOP_TIMEOUT_S = 15.0
PORT_ATTEMPTS_MAX = 5
"""Between choosing a free port and Kafka listening on it, another program may take it."""


class EmbeddedBroker(Lifetime):
    """One Kafka broker that lives as long as we let it, and never longer than this process.

    `data_dir` is a directory of its own, kept between runs; `fresh` empties it at the first start. `port` is
    demanded when named, else the remembered one if it is free, else any free one. With `security`, which is
    filled with certificates, clients need a user and a password, and nobody may do anything before `connection`
    was used to give rights (docs/security.md). All calls block (about a second for a start); `astart` and its kin
    do the same beside an event loop. Orders from several threads take turns. After `kill`, `stop` or a death of
    its own, `restart` brings it back on the same port and data.
    """

    def __init__(
        self,
        data_dir: Path | str | DataDirectory,
        port: int | None = None,
        *,
        fresh: bool = False,
        heap_mib: int = HEAP_MIB_DEFAULT,
        overrides: Mapping[str, str] | None = None,
        security: Vault | None = None,
        progress: Progress = silent,
        cache: Path | None = None,
    ) -> None:
        self._data = data_dir if isinstance(data_dir, DataDirectory) else DataDirectory(Path(data_dir))
        self._wished_port = port
        self._fresh = fresh
        self._heap_mib = heap_mib
        self._overrides = dict(overrides or {})
        self._vault = security
        self._progress = progress
        self._cache = cache
        self._launch: Launch | None = None
        self._process: GuardedProcess | None = None
        self._turn = threading.RLock()
        jvm_options(heap_mib, "", "")  # refuse bad settings here, before anything is touched
        server_properties("", 0, 0, self._overrides, security.properties(0, 0, 0) if security else NO_SECURITY)

    @property
    def data_dir(self) -> Path:
        return self._data.root

    @property
    def running(self) -> bool:
        """Whether the process exists; a paused broker runs too."""
        return self._process is not None and self._process.exit_code is None

    @property
    def brokers(self) -> tuple[Self, ...]:
        """Every single broker of it, as of a cluster: just this one."""
        return (self,)

    @property
    def replication(self) -> int:
        """How many copies of each partition it can keep."""
        return copies(ALONE)

    @property
    def min_insync(self) -> int:
        """How many copies must have a message before it is acknowledged."""
        return in_sync_min(ALONE)

    @property
    def pid(self) -> int:
        """The JVM's process id; raises `NotRunningError` when there is none."""
        return self._alive().pid

    @property
    def bootstrap(self) -> str:
        """HOST:PORT for clients, the same from the first start on; raises `NotRunningError` before."""
        if self._launch is None:
            raise NotRunningError("The embedded broker was not started yet.")
        return f"{ports.LOOPBACK}:{self._launch.port}"

    @property
    def connection(self) -> Connection:
        """How whoever started it reaches it, with every right; raises `NotRunningError` before the first start."""
        launch = self._launch
        if launch is None or launch.vault is None:
            return Connection(bootstrap=self.bootstrap, security=Security.of())
        return Connection(bootstrap=f"{ports.LOOPBACK}:{launch.inside_port}", security=launch.vault.supervisor())

    def start(self) -> str:
        """Start, wait until Kafka serves, and return the bootstrap address; at once if it runs already.

        Raises a `BrokerError` in plain words when it cannot be; nothing is left running then.
        """
        with self._turn:
            if self.running:
                return self.bootstrap
            if self._launch is not None:
                return self.restart()
            if self._wished_port is not None:
                ports.demand(self._wished_port)
            return self.start_as(None, provide(self._cache, self._progress))

    def start_as(self, member: Member | None, provision: Provision) -> str:
        """The first start, with everything at hand; as one of several brokers, or (None) alone."""
        with self._turn:
            self._data.claim()
            try:
                self._first_start(self._planned(provision, member), provision)
            except BaseException:
                self._data.lock.release()
                raise
            return self.bootstrap

    def _planned(self, provision: Provision, member: Member | None) -> Launch:
        """The launch, but for its ports."""
        return Launch(
            provision.java,
            provision.jars,
            self._data,
            0,
            0,
            self._heap_mib,
            provision.archive_options,
            self._overrides,
            member,
            self._vault,
        )

    def _first_start(self, launch: Launch, provision: Provision) -> None:
        if self._fresh:
            self._data.wipe()
        if self._vault is not None:
            self._vault.fill()
        memory = self._data.settle_in(provision.kafka_version, provision.checkpoint, launch.member)
        for attempt in range(1, PORT_ATTEMPTS_MAX + 1):
            placed = self._placed(launch, memory)
            self._data.remember(_remembering(memory, placed))
            try:
                self._run(placed)
            except PortBusyError:
                if attempt == PORT_ATTEMPTS_MAX or launch.member is not None:  # whose ports the others know
                    raise
                continue
            self._launch = placed
            return

    def _placed(self, launch: Launch, memory: Memory) -> Launch:
        """The launch with its ports; those of a member were chosen with the others'."""
        member, wished = launch.member, self._wished_port if launch.member is None else launch.member.port
        port = _free_or_any(memory.port, frozenset()) if wished is None else ports.demand(wished)
        if member is None:
            controller_port = _free_or_any(memory.controller_port, frozenset({port}))
        else:
            controller_port = ports.demand(member.controller_port)
        inside_port = _free_or_any(memory.inside_port, frozenset({port, controller_port})) if launch.vault else 0
        return replace(launch, port=port, controller_port=controller_port, inside_port=inside_port)

    def _run(self, launch: Launch) -> None:
        demand_room(launch.data.root)
        process = launch.spawn()
        try:
            await_ready(process, launch, timeout_s=START_TIMEOUT_S)
        except BaseException as error:
            process.kill()
            if isinstance(error, StartFailedError):
                demand_room(launch.data.root)  # it is the better answer to why
            raise
        self._process = process

    def stop(self) -> None:
        """Let Kafka close its files and end; kill it if it does not within `STOP_TIMEOUT_S`. Idempotent."""
        with self._turn:
            self._end()
            self._data.lock.release()

    def _end(self) -> None:
        if self._process is None:
            return
        with suppress(NotRunningError, ProcessLookupError):
            self._process.send(signal.SIGTERM)
            self._process.send(signal.SIGCONT)  # a paused one could not hear the first
            self._process.wait(STOP_TIMEOUT_S)
        self._process.kill()
        self._process = None

    def kill(self) -> None:
        """SIGKILL, as a crash would; returns when the process is gone. The data stays claimed by us."""
        with self._turn:
            self._alive().kill()
            self._process = None

    def restart(self) -> str:
        """End it if it runs, and start it on the same port and the same data; never wipes."""
        with self._turn:
            launch = self._launch
            if launch is None:
                return self.start()
            self._end()
            if not self._data.lock.held:
                self._data.claim()
            try:
                self._run(_again(launch))
            except BaseException:
                self._data.lock.release()
                raise
            return self.bootstrap

    def pause(self) -> None:
        """Freeze it (SIGSTOP), and return when it stands still: connections stay open, nothing is answered."""
        self._alive().freeze()

    def resume(self) -> None:
        """Let a frozen one go on (SIGCONT)."""
        self._alive().send(signal.SIGCONT)

    def _alive(self) -> GuardedProcess:
        if self._process is None or self._process.exit_code is not None:
            raise NotRunningError(f"The embedded broker of {self._data.root} is not running: start it first.")
        return self._process

    async def arestart(self) -> str:
        """`restart` beside the event loop; carried through even if the caller is cancelled."""
        return await asyncio.shield(asyncio.to_thread(self.restart))


def _again(launch: Launch) -> Launch:
    """On the same ports; the controller's may change where nobody else knows it."""
    port = ports.demand(launch.port)
    inside_port = ports.demand(launch.inside_port) if launch.vault else 0
    if launch.member is not None:
        return replace(launch, controller_port=ports.demand(launch.controller_port))
    return replace(launch, controller_port=_free_or_any(launch.controller_port, frozenset({port, inside_port})))


def _free_or_any(remembered: int | None, avoid: frozenset[int]) -> int:
    if remembered is not None and remembered not in avoid and ports.is_free(remembered):
        return remembered
    return ports.pick(avoid=avoid)


def _remembering(memory: Memory, launch: Launch) -> Memory:
    return replace(
        memory,
        port=launch.port,
        controller_port=launch.controller_port,
        inside_port=launch.inside_port or memory.inside_port,
        owner_pid=os.getpid(),
    )
