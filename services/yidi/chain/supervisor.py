"""Starts the chain, keeps it alive, stops it: brokers and services, each a process of its own."""

import asyncio
import contextlib
import os
import shutil
import time
from collections import ChainMap, deque
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Final

import psutil

from yidi import __version__
from yidi.broker import BrokerError, DiskFullError, EmbeddedBroker, check_bootstrap
from yidi.chain.child import Child
from yidi.chain.errors import ChainBusy, StartFailed
from yidi.chain.kafka import Kafka, Node, demand_ports, embedded, nodes_of, port_before
from yidi.chain.keys import Keys, hand_out
from yidi.chain.place import Descriptor, Place
from yidi.chain.readings import topics_of
from yidi.chain.restarts import Restarts, Stoppable
from yidi.chain.routing import route
from yidi.chain.seats import instance_of, service_of
from yidi.chain.seeding import seed
from yidi.chain.settings import SERVICES, ChainSettings, ServiceSettings
from yidi.contract import access
from yidi.contract.topics import Topic, plan
from yidi.desk.settings import DeskSettings
from yidi.domain.instants import business_date
from yidi.runtime.admin import delete_topics, ensure_topics
from yidi.runtime.connection import Connection, Security
from yidi.runtime.lock import is_held
from yidi.runtime.stores import check_shared, wipe_shared

READY_TIMEOUT_S: Final = 120
RESTARTS_MAX: Final = 10
RESTART_WINDOW_S: Final = 60
"""A service that dies more often than this is broken, not unlucky: the chain stops and says so."""
RESTART_PAUSE_S: Final = 0.2
ROOM_LOOK_S: Final = 2.0
PREDECESSOR_S_MAX: Final = 60
"""A service may take ten seconds to end, and on a busy machine some more to begin with it."""

DESK: Final = "desk"
DESK_PROGRAM: Final = "yidi.chain.desk_process"

Say = Callable[[str], None]
"""Told each step in words."""
Progress = Callable[[str, int, int], None]
"""Told how far a long step is: name, done, total."""


class Supervisor:
    """The processes of one chain. Use: `start`, then `watch` until cancelled, then `stop` (always)."""

    def __init__(
        self,
        settings: ChainSettings,
        *,
        say: Say = lambda _words: None,
        progress: Progress = lambda _step, _done, _total: None,
        restarts_max: int = RESTARTS_MAX,
    ) -> None:
        self.settings = settings
        self.place = Place(settings.data_dir)
        self._claim = self.place.claimed()
        self.children: dict[str, Child] = {}
        self.broker: Kafka | None = None
        self.nodes: dict[str, Node] = {}
        """Every embedded broker by name."""
        self._say = say
        self._progress = progress
        self._restarts_max = restarts_max
        self._restarts: dict[str, deque[float]] = {}
        self._keys = Keys(Connection(bootstrap="", security=Security.of()), "")

    async def start(self) -> Descriptor:
        """Start everything and return when every service is ready and knows the reference data."""
        self._claim_place()
        await self._predecessor_gone()
        bootstrap = await self._checked_bootstrap()
        demand_ports(self.settings)
        if self.settings.fresh:
            self._wipe()
        await self._check_store()
        self.place.prepare()
        self._keys = await self._start_broker() if bootstrap is None else self._keys_of(bootstrap)
        topics = self.settings.retention.of(plan(self.settings.inboxes, self.settings.partitions))
        if self.settings.fresh and self.settings.bootstrap:
            await delete_topics(self._keys.own, [topic.name for topic in topics])
        await self._ensure_topics(topics)
        await hand_out(self._keys, self.settings)
        self._say("starting " + ", ".join(self.settings.names))
        await asyncio.gather(*(self.start_service(name) for name in self.settings.names))
        today = business_date(time.time_ns() // 1_000_000)
        today = await seed(self._keys.own, self.settings, self.place, today, self._progress)
        await route(self._keys.own, self.settings.partitions, self.settings.foreign, self.settings.services)
        if self.settings.desk:
            self._say("starting the error desk")
            await self._start_desk()
        descriptor = self._descriptor(today)
        self.place.write(descriptor)
        self._claim.announced()
        return descriptor

    async def watch(self) -> None:
        """Bring back whatever dies, within limits, until cancelled; StartFailed when something dies too often."""
        async with asyncio.TaskGroup() as group:
            for name in self.children:
                group.create_task(self._keep(name))
            stoppable = ChainMap[str, Stoppable](self.children, self.nodes)  # type: ignore[arg-type]  # it is only read
            group.create_task(Restarts(self.place).obey(stoppable, self._say))
            for name, node in self.nodes.items():
                group.create_task(self._keep_broker(name, node.broker))

    async def stop(self) -> None:
        """Stop services, then the broker; nothing of the chain is left running. Idempotent.

        A supervisor that was refused the place leaves alone what another one has there.
        """
        if self.children:
            self._say("stopping; what was accepted is kept")
        await asyncio.gather(*(child.stop() for child in self.children.values()))
        if self.broker is not None:
            await self.broker.astop()
        if self._claim.held:
            self.place.descriptor.unlink(missing_ok=True)
            self._claim.give_up()

    def _claim_place(self) -> None:
        """One supervisor a place, from before anything is touched; the claim ends with the process."""
        running = self.place.read()
        if running is not None and running.elsewhere:
            raise ChainBusy(
                f"{self.place.data_dir} is attached to the chain on {running.bootstrap}.",
                "Forget that with `yidi attach --forget`, or start a chain elsewhere with --data-dir.",
            )
        if self._claim.take():
            return
        starting = self.place.starting
        if starting is not None:
            who = f"it is starting, process {starting.pid}"
        else:
            who = f"process {running.pid}, Kafka {running.bootstrap}" if running else "it is stopping"
        raise ChainBusy(
            f"A chain runs at {self.place.data_dir} already ({who}).",
            "Use it, stop it with Ctrl-C where it runs, or start another with --data-dir.",
        )

    async def _predecessor_gone(self) -> None:
        """Services whose `yidi up` was killed end by themselves within seconds; until then they hold their stores.

        One that stays is left to the service that then cannot start: it says who holds its store.
        """
        stores = [self.place.store(service) for service in self.settings.services]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PREDECESSOR_S_MAX):
                while any(is_held(store) for store in stores):  # noqa: ASYNC110 — other processes
                    await asyncio.sleep(RESTART_PAUSE_S)

    async def _checked_bootstrap(self) -> str | None:
        """Another Kafka's address, once it has shown that it can serve the chain; None for the embedded one."""
        named = self.settings.bootstrap
        return None if named is None else await asyncio.to_thread(check_bootstrap, named, self.settings.security)

    async def _check_store(self) -> None:
        """Refuse a database that cannot serve before anything is started."""
        if self.settings.store is not None:
            await asyncio.to_thread(check_shared, self.settings.store, self.settings.services)

    def _wipe(self) -> None:
        if self.settings.store is not None:
            wipe_shared(self.settings.store, (*self.settings.services, DESK))
        self.place.vault.wipe()
        for path in (self.place.store("any").parent, self.place.log("any").parent):
            shutil.rmtree(path, ignore_errors=True)
        self.place.seeded.unlink(missing_ok=True)

    def _keys_of(self, bootstrap: str) -> Keys:
        """Another Kafka: one user, which the settings name, for everything."""
        return Keys(Connection(bootstrap=bootstrap, security=self.settings.security), bootstrap)

    async def _start_broker(self) -> Keys:
        self._say("starting Apache Kafka")
        before = port_before(self.settings, self.place)
        self.broker = embedded(self.settings, self.place, self._progress)
        self.nodes = nodes_of(self.broker)
        bootstrap = await self.broker.astart()
        if before is not None and f":{before}" not in bootstrap:
            self._say(f"port {before}, where Kafka was before, is taken by another program: it is at {bootstrap} now")
        return Keys(self.broker.connection, bootstrap, self.place.vault if self.settings.secure else None)

    async def _ensure_topics(self, topics: Sequence[Topic]) -> None:
        """As many copies as the embedded brokers can keep; another Kafka decides that by itself."""
        own = self.broker
        copies, needed = (None, None) if own is None else (own.replication, own.min_insync)
        shorten = self.settings.retention.said
        changes = await ensure_topics(self._keys.own, topics, replication=copies, min_insync=needed, shorten=shorten)
        for change in changes:
            self._say(f"brought to the plan: topic {change}")

    async def start_service(self, name: str) -> None:
        """Start one service and wait until it is ready; StartFailed when it does not become so."""
        child = self._child(name)
        self.children[name] = child
        await child.start()
        if not await child.ready(READY_TIMEOUT_S):
            await child.stop()
            raise StartFailed(
                f"The {name} service did not become ready. Its last words:\n{child.last_words()}",
                f"The whole log is {child.log}.",
            )

    async def _start_desk(self) -> None:
        """Start the desk; the chain settles without it, so that its failure is said, and tried again."""
        try:
            await self.start_service(DESK)
        except StartFailed as error:
            self._say(error.what)

    def _child(self, name: str) -> Child:
        log = self.place.log(name)
        if name == DESK:
            return Child(name, self._desk_settings().model_dump_json(exclude_unset=True), log, DESK_PROGRAM)
        return Child(service_of(name), self._service_settings(name).model_dump_json(), log)

    def _desk_settings(self) -> DeskSettings:
        settings, connection = self.settings, self._keys.of(access.DESK)
        return DeskSettings(
            bootstrap=connection.bootstrap,
            security=connection.security,
            data_dir=self.place.data_dir,
            partitions=settings.partitions,
            inboxes=settings.inboxes,
            store=settings.store,
            reads={name: topics_of(name, settings.foreign.served(name, settings.inboxes)) for name in SERVICES},
        )

    def _service_settings(self, name: str) -> ServiceSettings:
        settings = self.settings
        return ServiceSettings(
            connection=self._keys.of(service_of(name)),
            store=settings.store or str(self.place.store(service_of(name))),
            instance=instance_of(name),
            partitions=settings.partitions,
            inboxes=settings.foreign.served(service_of(name), settings.inboxes),
            answer_deadline_ms=settings.answer_deadline_ms,
        )

    async def _keep(self, name: str) -> None:
        while True:
            code = await self.children[name].ended()
            try:
                self._count_restart(name, f"exit code {code}\n{self.children[name].last_words()}")
            except StartFailed as error:
                if name != DESK:
                    raise
                self._say(f"{error.what} The chain goes on without it: `yidi up` again brings it back.")
                return
            self._say(f"{name} ended with exit code {code}; starting it again")
            await asyncio.sleep(RESTART_PAUSE_S)
            try:
                await self.start_service(name)
            except StartFailed as error:  # it died while it started: that counts as one more death, within the limit
                self._say(error.what)

    async def _keep_broker(self, name: str, broker: EmbeddedBroker) -> None:
        while True:
            await asyncio.sleep(RESTART_PAUSE_S)
            if broker.running:
                continue
            self._count_restart(name, f"its log is in {broker.data_dir}")
            self._say(f"Apache Kafka ended ({name}); starting it again")
            try:
                await self._start_with_room(broker)
            except BrokerError as error:
                self._say(str(error))

    async def _start_with_room(self, broker: EmbeddedBroker) -> None:
        """Start it; a full disk is said once and waited for, since trying again and again makes no room."""
        said = False
        while True:
            try:
                await asyncio.shield(asyncio.to_thread(broker.start))
            except DiskFullError as error:
                if not said:
                    self._say(f"{error} It is started again once there is room.")
                said = True
                await asyncio.sleep(ROOM_LOOK_S)
            else:
                return

    def _count_restart(self, name: str, why: str) -> None:
        times = self._restarts.setdefault(name, deque())
        now = time.monotonic()
        times.append(now)
        while times and times[0] < now - RESTART_WINDOW_S:
            times.popleft()
        if len(times) > self._restarts_max:
            raise StartFailed(
                f"The {name} ended {len(times)} times within {RESTART_WINDOW_S} seconds: {why}",
                "Read its log; nothing accepted is lost. `yidi up` takes the chain up where it stopped.",
            )

    def _descriptor(self, today: date) -> Descriptor:
        settings, connection = self.settings, self._keys.of(access.OPERATOR)
        return Descriptor(
            bootstrap=connection.bootstrap,
            security=connection.security,
            partitions=settings.partitions,
            inboxes=settings.inboxes,
            services=settings.services,
            foreign=settings.foreign,
            seed=settings.seed,
            persons=settings.persons,
            today=today,
            pid=os.getpid(),
            pid_created=psutil.Process().create_time(),
            started_at=datetime.now(UTC),
            version=__version__,
        )
