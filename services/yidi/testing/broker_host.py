"""One embedded Kafka for a session of tests, and on it one chain at a time; a secured chain has a Kafka of its own.

Tests with the same build share the running chain: each has people, bills and ids of its own, so that no test sees
another one's. Who touched more than that, or left something that the oracle does not pass, has its chain thrown away.
"""

import asyncio
from pathlib import Path
from typing import Any, Final

from yidi.broker import EmbeddedBroker
from yidi.chain.foreign import Foreign
from yidi.chain.place import Descriptor, Place
from yidi.chain.settings import ChainSettings
from yidi.chain.supervisor import Supervisor
from yidi.contract.topics import DEFAULT_INBOX
from yidi.testing.background import Background
from yidi.testing.wishes import Build

PARTITIONS: Final = 2
"""Enough for people to lie apart, few enough to start fast: shared reference data lies in each of them."""


class BrokerHost:
    """Use: `chain` for every test, `drop` when it must not be used again, `close` at the end. Not for threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._background = Background()
        self._broker = EmbeddedBroker(folder / "kafka")
        self._supervisor: Supervisor | None = None
        self._watching: asyncio.Task[Any] | None = None
        self._running: tuple[Build, Descriptor] | None = None
        self._slots = self._chains = 0

    @property
    def secures(self) -> bool:
        """Whether it can make a secured chain: on a Kafka of its own, which ends with it."""
        return True

    @property
    def logs(self) -> Path:
        """Where the seats of the running chain write."""
        return Place(self._place).log("any").parent

    def collect(self) -> None:
        """Seats write their logs by themselves."""

    def next_slot(self) -> int:
        """A number that no other test on this Kafka has."""
        self._slots += 1
        return self._slots

    def chain(self, build: Build) -> Descriptor:
        """A running chain of that build: the one that is there, or a new one in its place."""
        if self._running is not None and self._running[0] == build and self._is_watched:
            return self._running[1]
        self.drop()
        self._chains += 1
        if not build.secure and not self._broker.running:
            self._broker.start()
        supervisor = Supervisor(self._settings(build))
        try:
            descriptor = self._background.run(supervisor.start())
        except BaseException:
            self._background.run(supervisor.stop())
            raise
        self._supervisor, self._running = supervisor, (build, descriptor)
        self._watching = self._background.start(supervisor.watch())
        return descriptor

    def drop(self) -> None:
        """The running chain is not handed out again."""
        self._running = None
        if self._watching is not None:
            self._background.run(_ended(self._watching))
            self._watching = None
        if self._supervisor is not None:
            self._background.run(self._supervisor.stop())
            self._supervisor = None

    def close(self) -> None:
        """Nothing is left running."""
        try:
            self.drop()
        finally:
            self._broker.stop()
            self._background.close()

    @property
    def _is_watched(self) -> bool:
        return self._watching is not None and not self._watching.done()

    @property
    def _place(self) -> Path:
        return self._folder / f"chain-{self._chains}"

    def _settings(self, build: Build) -> ChainSettings:
        foreign = Foreign(agencies=dict(build.agencies), hospitals=dict(build.hospitals))
        deadline = build.answer_deadline_s
        return ChainSettings(
            data_dir=self._place,
            bootstrap=None if build.secure else self._broker.bootstrap,
            secure=build.secure,
            fresh=True,
            partitions=PARTITIONS,
            inboxes=(DEFAULT_INBOX, *foreign.inboxes),
            foreign=foreign,
            persons=0,
            services=build.services,
            answer_deadline_ms=None if deadline is None else round(deadline * 1_000),
        )


async def _ended(task: "asyncio.Task[Any]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
