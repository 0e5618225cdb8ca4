"""How pleasant the desk stays with very many open errors: `python -m tests.desk.measure [COUNT]`. It has no verdict.

Errors come from a generator, spread over codes, regions, institutions and a month; everything runs on one SQLite file.
"""

import asyncio
import io
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console

from tests.console.site import Site
from tests.desk.bench import ANNA, NOW_MS, Bench, bill, report
from yidi.cli import errors_tables
from yidi.contract import records
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.desk import bulk, handling, plans, showing, work
from yidi.desk.plans import Wish
from yidi.desk.web import application
from yidi.domain.faults import FAULTS
from yidi.domain.instants import DAY_MS

BATCH = 2_000
QUERIES = ("code:NOT_FILED", "region:3301 since:7d", "-owner:none", "text_that_is_nowhere", "age:20d class:DATA")
REGIONS = tuple(f"{province}{city:02d}00" for province in range(11, 66) for city in range(1, 8))


CODES = tuple(code for code, fault in FAULTS.items() if fault.fault_class.value in ("BUSINESS", "DATA"))


def generated(count: int, seed: int = 1, codes: Sequence[str] = CODES) -> Iterator[records.ErrorReport]:
    """Synthetic errors, the same for the same seed."""
    chance = random.Random(seed)
    for nr in range(count):
        insured, treated = chance.choice(REGIONS), chance.choice(REGIONS)
        charges: Any = {
            **bill(nr),
            "psn_no": f"{insured}{chance.randrange(10**14):014d}",
            "insuplc_admdvs": insured,
            "mdtrtarea_admvs": treated,
            "fixmedins_code": f"H{treated}{chance.randrange(40):05d}",
        }
        at = NOW_MS - chance.randrange(30 * DAY_MS)
        value = ENCOUNTER_CHARGES.encode(charges)
        same = {"first_failed_at": at, "last_failed_at": at, "value": value, "source_offset": nr}
        yield report(charges, code=chance.choice(codes), **same)


def timed(words: str, work: Callable[[], Any]) -> Any:
    began = time.perf_counter()
    done = work()
    sys.stdout.write(f"{words:<60} {1000 * (time.perf_counter() - began):9.1f} ms\n")
    return done


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), four_eyes_above=10**9)
        reports = list(generated(count))
        timed(f"taking in {count} errors", lambda: fill(bench, reports))
        desk = bench.desk
        with desk.store.read() as connection:
            timed("groups by cause", lambda: showing.groups(desk, connection, ""))
            timed("groups by region", lambda: showing.groups(desk, connection, "", "region"))
            first = timed("first page", lambda: showing.page(desk, connection, "", 50, None))
            timed("second page", lambda: showing.page(desk, connection, "", 50, first["next"]))
            for q in QUERIES:
                timed(f"page of {q}", lambda q=q: showing.page(desk, connection, q, 50, None))
            cursor = f"{sorted(r['last_failed_at'] for r in reports)[count // 2]}_"
            timed("a page in the middle", lambda: showing.page(desk, connection, "", 50, cursor))
            timed("one whole case", lambda: showing.whole(desk, connection, reports[0]["error_id"]))
            timed("everything as CSV", lambda: showing.table(desk, connection, ""))
        timed("taking one", lambda: handling.take(desk, ANNA, reports[1]["error_id"]))
        wish = Wish(q="code:NOT_FILED,FILING_EXPIRED,SUM_MISMATCH", predict=False, rate=1000, canary=0)
        made = timed("a plan", lambda: plans.make(desk, ANNA, wish))
        timed(f"executing the plan of {made['planned']}", lambda: plans.execute(desk, ANNA, made["plan_id"]))
        timed("a step of it", bench.step)
        timed("the next step, a second later", lambda: bench.step(1_100))
        timed("looking at it", lambda: view(bench, made["plan_id"]))
        everything = timed("a plan of everything", lambda: plans.make(desk, ANNA, Wish(q="state:open", predict=False)))
        sys.stdout.write(f"{everything['planned']} of {count} would be replayed\n")
        taken = timed("a batch of everything", lambda: bulk.make(desk, ANNA, bulk.Wish("take", q="state:open")))
        asyncio.run(pages(bench, reports[0]["error_id"]))
        bulk.execute(desk, ANNA, taken["batch_id"])
        timed("the first step of the batch (200 cases)", lambda: work.step_batches(desk))
        bench.reopen()
        timed("ten steps after a restart (2,000 cases)", lambda: [work.step_batches(bench.desk) for _ in range(10)])


async def pages(bench: Bench, error_id: str) -> None:
    """Every page of the console and every list of the command line, over this desk's own HTTP interface."""
    transport = httpx.ASGITransport(application(bench.desk, KEY))
    headers = {"X-Yidi-Key": KEY, "X-Yidi-User": "root"}
    async with httpx.AsyncClient(transport=transport, base_url="http://desk", headers=headers) as client:
        site = Site()
        door = Door(client)
        site.desk.get = door.get  # type: ignore[method-assign]
        for path in PAGES:
            wanted = path.replace("ID", error_id)
            began = time.perf_counter()
            html = await site.page(wanted)
            spent = 1000 * (time.perf_counter() - began)
            sys.stdout.write(f"page {wanted[:52]:<55} {spent:9.1f} ms {len(html) // 1024:5} KiB\n")
        for words, path, table in LISTS:
            began = time.perf_counter()
            found = await door.get(None, path)
            Console(file=io.StringIO(), width=120).print(table(found))
            sys.stdout.write(f"yidi errors {words:<48} {1000 * (time.perf_counter() - began):9.1f} ms\n")


class Door:
    """`yidi.console.door.Desk` in this process."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def get(self, _who: object, path: str, **query: Any) -> Any:
        answer = await self._client.get(path, params={k: v for k, v in query.items() if v is not None})
        answer.raise_for_status()
        return answer.json()


KEY = "the key of this start"
PAGES = (
    "/errors",
    "/errors?by=region",
    "/errors?by=institution",
    "/errors?by=state",
    "/errors?q=code%3ANOT_FILED",
    "/errors?q=region%3A33+since%3A7d",
    "/errors?q=nowhere",
    "/errors/ID",
    "/errors/ID/slip",
    "/errors/ID/mend",
    "/errors/ID/amend",
    "/codes",
    "/mends",
    "/replays",
    "/batches",
    "/approvals",
    "/actions",
)
LISTS: tuple[tuple[str, str, Callable[[Any], Any]], ...] = (
    ("(groups)", "/groups", errors_tables.groups),
    ("groups --by institution", "/groups?by=institution", errors_tables.groups),
    ("list", "/cases", errors_tables.cases),
    ("list --limit 500", "/cases?limit=500", errors_tables.cases),
    ("list age:20d", "/cases?q=age:20d", errors_tables.cases),
    ("code", "/codes", lambda found: errors_tables.faults(found["codes"])),
    ("actions", "/actions?newest=1&limit=50", lambda found: errors_tables.actions(found["actions"])),
    ("bulk", "/batches", lambda found: errors_tables.batches(found["batches"])),
    ("plan", "/plans", lambda found: found["plans"][:0]),
)


def fill(bench: Bench, reports: list[records.ErrorReport]) -> None:
    for at in range(0, len(reports), BATCH):
        bench.reported(*reports[at : at + BATCH])


def view(bench: Bench, plan_id: str) -> Any:
    with bench.desk.store.read() as connection:
        return plans.view(bench.desk, connection, plan_id, bench.now_ms, with_items=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
