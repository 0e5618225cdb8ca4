"""A session's chains in containers: one network at a time, built anew when a test asks for other seats."""

from pathlib import Path

from yidi.chain.place import Descriptor
from yidi.testing.network import YidiNetwork
from yidi.testing.wishes import Build


class ContainerHost:
    """The same calls as `BrokerHost`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: tuple[Build, YidiNetwork] | None = None
        self._slots = 0

    @property
    def secures(self) -> bool:
        """Whether it can make a secured chain."""
        return False

    @property
    def network(self) -> YidiNetwork | None:
        """The one that runs."""
        return None if self._running is None else self._running[1]

    @property
    def logs(self) -> Path:
        """Where programs of a test write, and where `collect` writes."""
        return self._folder / "logs"

    def collect(self) -> None:
        """Fetch what the containers wrote."""
        if self._running is not None:
            self._running[1].write_logs(self.logs)

    def next_slot(self) -> int:
        self._slots += 1
        return self._slots

    def chain(self, build: Build) -> Descriptor:
        """A running chain of that build: the one that is there, or a new one in its place."""
        if self._running is None or self._running[0] != build:
            self.drop()
            network = YidiNetwork(
                without=build.without,
                agencies=dict(build.agencies),
                hospitals=dict(build.hospitals),
                answer_deadline_s=build.answer_deadline_s,
            )
            self._running = build, network.start()
        return self._running[1].chain

    def drop(self) -> None:
        """The running network is not handed out again."""
        running, self._running = self._running, None
        if running is not None:
            running[1].stop()

    def close(self) -> None:
        """Nothing is left."""
        self.drop()
