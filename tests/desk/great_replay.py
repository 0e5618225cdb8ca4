"""A replay of very many errors on a real Kafka, while its desk dies and ends.

`python -m tests.desk.great_replay [COUNT]` runs and measures one; it has no verdict. Errors come from the generator of
`tests.desk.measure`; who answers replays is a stand-in that settles each at once and counts what it got, by the
replay's id and attempt. Pages and lists are asked for all the while.
"""

import asyncio
import io
import signal
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from rich.console import Console

from tests.console.site import Site
from tests.desk.bench import result
from tests.desk.measure import LISTS, generated
from tests.served.seats import KEY, PARTITIONS, Seats
from yidi.broker import EmbeddedBroker
from yidi.contract import records, topics
from yidi.contract.codec import ENCOUNTER_CHARGES, ERROR_REPORT, SETTLEMENT_RESULT
from yidi.contract.topics import partition_of

DESK: Final = "desk"
CHUNK: Final = 1_000
LOOK_S: Final = 0.25
PATIENCE_S: Final = 240
"""Without any progress for so long it is given up."""
PAGES: Final = ("/errors", "/errors?by=region", "/errors?q=state%3Areplaying", "/replays")
HEADERS: Final = {"X-Yidi-Key": KEY, "X-Yidi-User": "root"}


@asynccontextmanager
async def meanwhile(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work that has no end of its own, for the time of the block."""
    working = asyncio.create_task(work)
    try:
        yield
    finally:
        working.cancel()
        with suppress(asyncio.CancelledError):
            await working


@dataclass
class Answerer:
    """The chain's stand-in: settles a replay when it comes first; `seen` counts by (error id, attempt)."""

    bootstrap: str
    seen: Counter[tuple[bytes, bytes]] = field(default_factory=Counter)
    bytes_of: dict[tuple[bytes, bytes], bytes] = field(default_factory=dict)
    differing: int = 0

    def answering(self) -> AbstractAsyncContextManager[None]:
        return meanwhile(self._work())

    async def _work(self) -> None:
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest")
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap) as producer, consumer:
            parts = [TopicPartition(topics.ENCOUNTERS, p) for p in range(PARTITIONS)]
            consumer.assign(parts)
            await consumer.seek_to_beginning(*parts)
            while True:
                polled = await consumer.getmany(timeout_ms=100)
                answers = [answer for batch in polled.values() for one in batch if (answer := self._answer(one))]
                await publish(producer, topics.hospital_results(topics.DEFAULT_INBOX), answers)

    def _answer(self, record: Any) -> tuple[bytes, bytes] | None:
        headers = dict(record.headers)
        replay = (headers["replays"], headers["attempt"])
        self.seen[replay] += 1
        if self.seen[replay] > 1:
            self.differing += self.bytes_of[replay] != record.value
            return None
        self.bytes_of[replay] = record.value
        charges = ENCOUNTER_CHARGES.decode(record.value)
        return record.key, SETTLEMENT_RESULT.encode(result(charges, attempt=int(headers["attempt"])))

    @property
    def repeats(self) -> int:
        """Messages that came again after a death: the same replay under the same attempt."""
        return self.seen.total() - len(self.seen)


async def publish(producer: AIOKafkaProducer, topic: str, messages: Sequence[tuple[bytes, bytes]]) -> None:
    sending = [
        await producer.send(topic, value, key=key, partition=partition_of(key, PARTITIONS)) for key, value in messages
    ]
    await asyncio.gather(*sending)


async def fill(bootstrap: str, reports: Sequence[records.ErrorReport]) -> None:
    """The errors, as the platform would report them."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for at in range(0, len(reports), CHUNK):
            some = reports[at : at + CHUNK]
            await publish(
                producer, topics.errors("platform"), [(r["key"] or b"", ERROR_REPORT.encode(r)) for r in some]
            )


class Operator:
    """Asks the served desk; a desk that is not there is asked again."""

    def __init__(self, seats: Seats) -> None:
        self._seats = seats
        self._http = httpx.AsyncClient(headers=HEADERS, timeout=120, trust_env=False)
        self.spent_ms: defaultdict[str, list[float]] = defaultdict(list)

    async def ask(self, method: str, path: str, **what: Any) -> Any:
        answer = await self._http.request(method, f"{self._seats.address(DESK)}{path}", **what)
        answer.raise_for_status()
        return answer.json()

    async def get(self, _who: object, path: str, **query: Any) -> Any:
        """As `yidi.console.door.Desk` asks."""
        return await self.ask("GET", path, params={k: v for k, v in query.items() if v is not None})

    async def until(self, enough: Callable[[], Awaitable[tuple[bool, int]]], words: str) -> None:
        """Wait for something that makes progress: (whether it is enough, how far it is)."""
        far, since = -1, time.monotonic()
        while True:
            with suppress(httpx.HTTPError):
                done, now = await enough()
                assert now >= far, f"{words}: it went back from {far} to {now}"
                if done:
                    return
                if now > far:
                    far, since = now, time.monotonic()
            assert time.monotonic() < since + PATIENCE_S, f"in vain: {words} ({far})\n{self._words()}"
            await asyncio.sleep(LOOK_S)

    def _words(self) -> str:
        return self._seats.words(DESK).read_text()[-2_000:]

    def looking(self) -> AbstractAsyncContextManager[None]:
        """Pages and lists are asked for again and again, and how long each takes is kept."""
        return meanwhile(self._look())

    async def _look(self) -> None:
        site = Site()
        site.desk.get = self.get  # type: ignore[method-assign]
        while True:
            for words, look in self._looks(site):
                began = time.perf_counter()
                with suppress(httpx.HTTPError):
                    await look()
                    self.spent_ms[words].append(1000 * (time.perf_counter() - began))
                await asyncio.sleep(LOOK_S)

    def _looks(self, site: Site) -> Iterator[tuple[str, Callable[[], Awaitable[Any]]]]:
        for page in PAGES:
            yield f"page {page}", lambda page=page: site.page(page)
        for words, path, table in LISTS[:4]:
            yield f"yidi errors {words}", lambda path=path, table=table: self._list(path, table)

    async def _list(self, path: str, table: Callable[[Any], Any]) -> None:
        Console(file=io.StringIO(), width=120).print(table(await self.get(None, path)))

    async def close(self) -> None:
        await self._http.aclose()


@dataclass
class Figures:
    """What came of it. Seconds."""

    planned: int = 0
    plan_s: float = 0
    execute_s: float = 0
    whole_s: float = 0
    back_s: list[float] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    intact: bool = False


class GreatReplay:
    """One run: a Kafka without a chain, a desk, a number of errors."""

    def __init__(self, seats: Seats, count: int, **variables: str) -> None:
        """`variables` of the desk's environment, besides those that every run has."""
        self._seats, self._count, self._variables = seats, count, variables
        self.answerer, self.operator, self.figures = Answerer(seats.bootstrap), Operator(seats), Figures()
        self.ids: set[bytes] = set()

    def start(self) -> None:
        self._seats.start(DESK, DESK_FOUR_EYES_ABOVE="1000000", DESK_WAIT_S="600", **self._variables)

    async def run(self, *interruptions: signal.Signals) -> Figures:
        """Plan and execute everything; interrupt the desk by each signal in turn, evenly spread, and start it again."""
        reports = list(generated(self._count, codes=REPLAYABLE))
        self.ids = {report["error_id"].encode() for report in reports}
        await fill(self._seats.bootstrap, reports)
        self.start()
        await self.operator.until(self._taken_in, "the desk has all errors")
        try:
            async with self.answerer.answering(), self.operator.looking():
                await self._replay(interruptions)
        finally:
            await self.operator.close()
        return self.figures

    async def _taken_in(self) -> tuple[bool, int]:
        cases = (await self.operator.ask("GET", "/health"))["cases"]
        return cases == self._count, cases

    async def _replay(self, interruptions: Sequence[signal.Signals]) -> None:
        figures, ask = self.figures, self.operator.ask
        began = time.perf_counter()
        wish = {"q": "state:open", "reason": "a trial", "canary": 1, "rate": 1000, "predict": False}
        plan = await ask("POST", "/plans", json=wish)
        figures.planned, figures.plan_s = plan["planned"], time.perf_counter() - began
        path = f"/plans/{plan['plan_id']}"
        began = time.perf_counter()
        await ask("POST", f"{path}/execute", json={"reason": "a trial"})
        figures.execute_s = time.perf_counter() - began
        for nr, number in enumerate(interruptions, 1):
            await self._settled(path, self._count * nr // (len(interruptions) + 1))
            await self._interrupt(number)
        await self._settled(path, self._count)
        await self.operator.until(lambda: self._ended(path), "the plan is done")
        figures.whole_s = time.perf_counter() - began
        figures.counts = (await ask("GET", path))["counts"]
        figures.intact = (await ask("POST", "/verify", json={}))["intact"]

    async def _settled(self, path: str, wanted: int) -> None:
        async def enough() -> tuple[bool, int]:
            settled = (await self.operator.ask("GET", path))["counts"].get("settled", 0)
            return settled >= wanted, settled

        await self.operator.until(enough, f"{wanted} replays settled")

    async def _ended(self, path: str) -> tuple[bool, int]:
        return (await self.operator.ask("GET", path))["state"] == "done", 0

    async def _interrupt(self, number: signal.Signals) -> None:
        began = time.perf_counter()
        if number is signal.SIGTERM:
            assert await asyncio.to_thread(self._seats.stop, DESK) == 0
        else:
            process = self._seats.running.pop(DESK)
            process.send_signal(number)
            process.wait()
        self.start()
        await self.operator.until(self._taken_in, "the desk is back")
        self.figures.back_s.append(time.perf_counter() - began)


REPLAYABLE: Final = ("NOT_FILED", "FILING_EXPIRED", "CARD_UNREADABLE", "TOKEN_EXPIRED", "SUM_MISMATCH")


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder, EmbeddedBroker(Path(folder) / "kafka") as broker:
        seats = Seats(broker.bootstrap, Path(folder))
        try:
            made = seats.run("topics", "--create")
            assert made.returncode == 0, made.stderr
            run = GreatReplay(seats, count)
            figures = asyncio.run(run.run(signal.SIGKILL, signal.SIGTERM))
        finally:
            seats.kill()
    sys.stdout.write(f"{figures}\nreplays {len(run.answerer.seen)}, repeats {run.answerer.repeats}\n")
    for words, spent in run.operator.spent_ms.items():
        spread = f"{statistics.median(spent):7.0f} median {max(spent):7.0f} max of {len(spent)}"
        sys.stdout.write(f"{words:<45} ms {spread}\n")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
