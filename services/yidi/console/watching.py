"""One watcher for all viewers: looks at the chain and at the desk, and tells every open page what is new."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any, Final

from yidi.chain.errors import ChainError
from yidi.console.chain import Chain
from yidi.console.door import Desk, DeskError
from yidi.console.reading import Observer, Pulse
from yidi.console.visitor import Visitor

LOOK_S: Final = 1.0
"""Between two looks at the chain."""
EVENTS_WAIT_S: Final = 25
"""How long the desk may hold the question for news; its limit is 30 s."""
BREATH_S: Final = 1.0
"""Between two questions: a burst of news becomes one, and a desk that does not wait is not asked in a circle."""
ASK_AGAIN_S: Final = 3.0
"""After a failure."""
VIEWERS_MAX: Final = 200
"""Open live pages; further ones are told to come back later."""
QUEUE_MAX: Final = 16
"""News that a slow page may fall behind by; then the oldest are dropped, for the newest is what counts."""

Counts = dict[str, int]


@dataclass(frozen=True, slots=True)
class News:
    """What a live page is told: `pulse` of the chain, or `errors` when a case is new or has changed."""

    kind: str
    ids: tuple[str, ...] = ()


END: Final = News("end")


@dataclass(slots=True)
class Snapshot:
    """The newest that is known. `by_service` and `by_region` count unsolved errors; None while no desk answers."""

    pulse: Pulse = field(default_factory=lambda: Pulse(trouble="The chain has not been looked at yet."))
    by_service: Counts | None = None
    by_region: list[dict[str, Any]] = field(default_factory=list)
    unsolved: int = 0


class Watching:
    """Run `look` and `listen` beside the server; open pages iterate over `news`."""

    def __init__(self, chain: Chain, desk: Desk, visitor: Visitor) -> None:
        self._chain, self._desk, self._visitor = chain, desk, visitor
        self._observer = Observer()
        self._viewers: set[asyncio.Queue[News]] = set()
        self._ended = False
        self.now = Snapshot()

    @property
    def full(self) -> bool:
        return len(self._viewers) >= VIEWERS_MAX

    async def run(self) -> None:
        """Both, until cancelled. Afterwards nothing is known, whatever ended it: an old pulse is no health."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._look_on())
                group.create_task(self._listen_on())
        finally:
            self.now.pulse = Pulse(trouble="The console has stopped looking at the chain.")

    async def look(self) -> None:
        """One look at the chain; a chain that does not answer is news too."""
        try:
            self.now.pulse = self._observer.observe(await self._chain.reading())
        except ChainError as error:
            self.now.pulse = Pulse(trouble=error.what)
        self._tell(News("pulse"))

    async def count(self) -> None:
        """Ask the desk what is unsolved, by service and by place; without a desk nothing is known."""
        try:
            causes = await self._desk.get(self._visitor, "/groups", by="cause")
            places = await self._desk.get(self._visitor, "/groups", by="region")
        except DeskError:
            self.now.by_service = None
            return
        found: Counts = {}
        for group in causes["groups"]:
            found[group["service"]] = found.get(group["service"], 0) + group["count"]
        self.now.by_service, self.now.unsolved = found, causes["total"]
        self.now.by_region = places["groups"]

    async def begin(self) -> int:
        """Where the desk's news begin: now. DeskError when it does not answer."""
        last = int((await self._desk.get(self._visitor, "/health"))["last_event"])
        await self.count()
        return last

    async def listen(self, after: int) -> int:
        """Wait for the desk's next news and pass it on; returns where to go on. DeskError when it does not answer."""
        answer = await self._desk.get(self._visitor, "/events", after=after, wait=EVENTS_WAIT_S)
        if answer["events"]:
            await self.count()
            self._tell(News("errors", tuple(sorted({event["error_id"] for event in answer["events"]}))))
        return int(answer["last"])

    async def news(self) -> AsyncIterator[News]:
        """What is new, from now on, for one viewer, until the console stops."""
        queue: asyncio.Queue[News] = asyncio.Queue(QUEUE_MAX)
        self._viewers.add(queue)
        try:
            news = News("pulse")
            while news is not END:
                yield news
                news = END if self._ended and queue.empty() else await queue.get()
        finally:
            self._viewers.discard(queue)

    def end(self) -> None:
        """Let every viewer go, also one whose page is being opened just now: the console stops."""
        self._ended = True
        self._tell(END)

    def _tell(self, news: News) -> None:
        for queue in self._viewers:
            if queue.full():
                queue.get_nowait()
            queue.put_nowait(news)

    async def _look_on(self) -> None:
        while True:
            await self.look()
            await asyncio.sleep(LOOK_S)

    async def _listen_on(self) -> None:
        while True:
            with contextlib.suppress(DeskError):
                after = await self.begin()
                while True:
                    after = await self.listen(after)
                    await asyncio.sleep(BREATH_S)
            self.now.by_service = None
            await asyncio.sleep(ASK_AGAIN_S)
