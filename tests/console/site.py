"""The console over a fake desk and a fake chain, called without a server."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from httpx import ASGITransport, AsyncClient

from tests.console.desks import FakeDesk
from yidi.chain.errors import ChainError
from yidi.chain.journey import NotFound
from yidi.chain.leg import Leg
from yidi.console.application import Setting, application
from yidi.console.reading import Reading
from yidi.console.visitor import Sessions, Visitor
from yidi.console.watching import Watching
from yidi.runtime.groups import Member

SECRET = b"a secret of the tests"
Fields = Mapping[str, str | list[str]]
BASE = "http://127.0.0.1:8470"


@dataclass
class FakeChain:
    """Readings one after the other, the last for ever; journeys by id."""

    readings: list[Reading] = field(default_factory=lambda: [reading(0)])
    journeys: dict[str, list[Leg]] = field(default_factory=dict)
    settled: list[Leg] = field(default_factory=list)
    down: bool = False

    async def reading(self) -> Reading:
        if self.down:
            raise ChainError("No chain is running here.", "Start one with `yidi up`.")
        return self.readings.pop(0) if len(self.readings) > 1 else self.readings[0]

    async def latest(self, most: int) -> list[Leg]:
        if self.down:
            raise ChainError("No chain is running here.", "Start one with `yidi up`.")
        return self.settled[:most]

    async def journey(self, wanted: str) -> list[Leg]:
        if wanted not in self.journeys:
            raise NotFound(f"No message on any topic carries the id {wanted}.", "Check the id.")
        return self.journeys[wanted]


def reading(at_ms: int, end: int = 10, read: int = 10) -> Reading:
    """A chain with one input topic per service, `end` records in it and `read` of them read."""
    ends = {("encounters", 0): end, ("settlement.requests", 0): end, ("settlement.journal", 0): end}
    positions: Mapping[str, Mapping[tuple[str, int], int]] = {
        "hospital": {("encounters", 0): read},
        "platform": {("settlement.requests", 0): read},
        "agency": {},
        "registry": {},
    }
    members = {"hospital": [Member("ward-1", (0,))], "platform": [Member("east", (0, 1, 2)), Member("west", (3, 5))]}
    return Reading(at_ms, ends, positions, members=members)


class Site:
    """One browser before one console."""

    def __init__(self, setting: Setting | None = None) -> None:
        self.desk, self.chain = FakeDesk(), FakeChain()
        self.sessions = Sessions("otto", SECRET)
        self.watching = Watching(self.chain, self.desk, Visitor("", "otto"))
        self.app = application(self.chain, self.desk, self.watching, self.sessions, setting or Setting())
        self.browser = AsyncClient(transport=ASGITransport(self.app), base_url=BASE)

    async def page(self, path: str, lang: str = "en") -> str:
        """The page's HTML, which has to be there."""
        answer = await self.browser.get(path, headers={"accept-language": lang})
        assert answer.status_code == 200, answer.text
        return answer.text

    async def send(
        self, path: str, fields: Mapping[str, str | list[str]] | None = None, origin: str = BASE
    ) -> "Answer":
        """Send a form as a browser does that has the page open."""
        token = found(await self.page("/login"), r'name="form_token" value="([^"]+)"')
        answer = await self.browser.post(path, data={"form_token": token, **(fields or {})}, headers={"origin": origin})
        return Answer(answer.status_code, answer.headers.get("location", ""), answer.text)


@dataclass(frozen=True)
class Answer:
    status: int
    location: str
    text: str


def found(text: str, pattern: str) -> str:
    match = re.search(pattern, text)
    assert match is not None, f"{pattern} is not in the page"
    return match[1]
