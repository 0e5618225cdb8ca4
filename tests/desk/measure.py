"""How pleasant the desk stays with very many open errors: `python -m tests.desk.measure [COUNT]`. It has no verdict.

Errors come from a generator, spread over codes, regions, institutions and a month; everything runs on one SQLite file.
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from tests.desk.bench import ANNA, NOW_MS, Bench, bill, report
from yidi.contract import records
from yidi.contract.codec import ENCOUNTER_CHARGES
from yidi.desk import handling, plans, showing
from yidi.desk.plans import Wish
from yidi.domain.faults import FAULTS
from yidi.domain.instants import DAY_MS

BATCH = 2_000
QUERIES = ("code:NOT_FILED", "region:3301 since:7d", "-owner:none", "text_that_is_nowhere", "age:20d class:DATA")
REGIONS = tuple(f"{province}{city:02d}00" for province in range(11, 66) for city in range(1, 8))


def generated(count: int, seed: int = 1) -> Iterator[records.ErrorReport]:
    """Synthetic errors, the same for the same seed."""
    chance = random.Random(seed)
    codes = [code for code, fault in FAULTS.items() if fault.fault_class.value in ("BUSINESS", "DATA")]
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


def fill(bench: Bench, reports: list[records.ErrorReport]) -> None:
    for at in range(0, len(reports), BATCH):
        bench.reported(*reports[at : at + BATCH])


def view(bench: Bench, plan_id: str) -> Any:
    with bench.desk.store.read() as connection:
        return plans.view(bench.desk, connection, plan_id, bench.now_ms, with_items=True)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
