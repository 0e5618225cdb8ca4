"""The desk in a running chain: see, mend, replay, prove; killed half-way; an outage; a forgery."""

import asyncio
import json
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psutil
import pytest
from aiokafka import AIOKafkaProducer

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess, command, freeze
from yidi.chain.reader import Reader
from yidi.chain.replay import replay, report_of
from yidi.chain.rest import at_rest
from yidi.contract import topics
from yidi.contract.codec import OPERATOR_ACTION
from yidi.desk.client import DeskClient, DeskMissing
from yidi.desk.ledger import Deed, Head, link
from yidi.hospital.intake import read_files

EXAMPLES = Path(__file__).parents[2] / "examples" / "encounters"
PATIENCE_S = 180
pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("desk-chain")]


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    process = UpProcess(tmp_path_factory.mktemp("desk") / "chain", "--answer-deadline", "30").start()
    try:
        process.ready()
        yield process
    finally:
        process.stop()


def errors(up: UpProcess, *arguments: str) -> tuple[int, Any]:
    """One command of the desk: exit code and JSON."""
    done = command("errors", *arguments, "--json", data_dir=up.place.data_dir)
    assert done.stdout, done.stderr
    return done.returncode, json.loads(done.stdout)


def submit(up: UpProcess, name: str) -> int:
    return command("submit", str(EXAMPLES / name), data_dir=up.place.data_dir).returncode


def until(enough: Callable[[], Any], words: str) -> Any:
    """Wait for something, and return it; a desk that is not there at the moment is waited for."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        with suppress(DeskMissing):
            found = enough()
            if found:
                return found
        time.sleep(0.3)
    raise AssertionError(f"in vain: {words}")


def asked(up: UpProcess, path: str, **query: Any) -> Any:
    """Ask the desk."""
    with DeskClient(up.place.data_dir) as desk:
        return desk.get(path, **query)


def reports_of(up: UpProcess, error_id: str, count: int) -> list[dict[str, Any]]:
    """What was reported of a case, once the desk has read so many: they come apart from the results."""

    def read() -> Any:
        found = asked(up, f"/cases/{error_id}")["reports"]
        return len(found) >= count and found

    found: list[dict[str, Any]] = until(read, f"{count} reports")
    return found


def desk_process(up: UpProcess) -> psutil.Process:
    family = psutil.Process(up.pid).children(recursive=True)
    return next(process for process in family if "yidi.chain.desk_process" in process.cmdline())


def test_see_mend_replay_prove(up: UpProcess) -> None:
    """Why a settlement failed, mended, replayed as foretold, and proved; the audit finds nothing amiss."""
    assert submit(up, "fails-not-filed.json") == 1
    found = until(lambda: asked(up, "/cases", q="code:NOT_FILED")["cases"], "the error at the desk")
    error_id = found[0]["error_id"]
    code, foretold = errors(up, "replay", error_id)
    assert (code, foretold["items"][0]["predicted"]["code"]) == (0, "NOT_FILED")
    code, mended = errors(up, "mend", "filing", error_id, "--reason", "made up at the counter", "--timeout", "120")
    assert (code, mended["state"], [row["error_id"] for row in mended["heals"]]) == (0, "applied", [error_id])
    code, plan = errors(up, "replay", "-q", "ready:yes")
    assert plan["items"][0]["predicted"]["outcome"] == "DONE"
    code, done = errors(up, "replay", "--execute", plan["plan_id"])
    assert (code, done["state"], done["counts"]) == (0, "done", {"settled": 1})
    assert (done["items"][0]["differs"], done["items"][0]["attempt"]) == (False, 2)
    code, proof = errors(up, "verify")
    assert (code, proof["intact"]) == (0, True)
    assert proof["links"] >= 5
    asyncio.run(at_rest(up.ready(), PATIENCE_S))
    verdict = command("audit", data_dir=up.place.data_dir)
    assert verdict.returncode == 0, verdict.stdout


def test_killed_half_way(up: UpProcess) -> None:
    """A desk that is killed in the middle of a bulk replay finishes it: every record under one attempt, none twice."""
    command("load", "--count", "150", "--failing", "20", "--series", "7", data_dir=up.place.data_dir)
    wanted = "code:SUM_MISMATCH,LINE_SUM_MISMATCH,CARD_UNREADABLE,TOKEN_EXPIRED,LINE_DUPLICATE,IDENTITY_DIFFERS"
    until(lambda: asked(up, "/cases", q=wanted)["total"] > 5, "errors at the desk")
    with DeskClient(up.place.data_dir) as desk:
        plan = desk.post("/plans", q=wanted, reason="again", canary=0, rate=4, stop=False, predict=False)
        desk.post(f"/plans/{plan['plan_id']}/execute", reason="again")
    until(lambda: asked(up, f"/plans/{plan['plan_id']}")["planned"] < plan["planned"] - 2, "some replays")
    desk_process(up).send_signal(signal.SIGKILL)
    path = f"/plans/{plan['plan_id']}"
    done = until(lambda: (p := asked(up, path, items=1))["state"] == "done" and p, "the end of the plan")
    assert done["counts"] == {"refused": plan["planned"]}
    assert {item["attempt"] for item in done["items"]} == {2}
    for item in done["items"]:
        assert [report["attempt"] for report in reports_of(up, item["error_id"], 2)] == [1, 2]
    assert errors(up, "verify")[1]["intact"]


def test_instances_are_shown(up: UpProcess) -> None:
    """The flow names each service's instance with all the partitions it holds, as JSON and as a table."""
    services = until(lambda: asked(up, "/flow")["services"], "the flow")
    assert {s["service"] for s in services} == {"hospital", "platform", "agency", "registry"}
    (held,) = {tuple(instance["partitions"]) for s in services for instance in s["instances"]}
    assert held == tuple(range(up.ready().partitions))
    shown = command("errors", "flow", data_dir=up.place.data_dir).stdout
    assert shown.count(f"0–{held[-1]}") == len(services)


def test_outage_is_seen_and_resumed(up: UpProcess) -> None:
    """A frozen agency is shown with its backlog and the command that resumes it; then what waited settles."""
    (bill,) = read_files([EXAMPLES / "04-pharmacy-account.json"])
    agency = up.service("agency")
    freeze(agency)
    try:
        asyncio.run(Talk(up.ready()).send(bill.charges))
        stands = until(lambda: _standing(up), "the agency that stands still")
        assert stands["lag"] > 0
        assert stands["todo"] == "yidi errors resume agency"
        assert command("errors", "resume", "agency", data_dir=up.place.data_dir).returncode == 0
    finally:
        with suppress(psutil.NoSuchProcess):
            agency.resume()
    until(lambda: submit(up, "04-pharmacy-account.json") == 0, "the settlement")
    until(lambda: not _standing(up), "the agency that moves")


async def test_replay_goes_through_the_desk(up: UpProcess) -> None:
    """`yidi replay` is an act with a name, a plan and the next attempt each time; what is claimed it never sends.

    Who writes past the desk all the same pays twice: the case comes back to the top, and verify names the attempt.
    """
    bill = "fails-filing-wrong-area.json"
    assert submit(up, bill) == 1
    (case,) = until(lambda: asked(up, "/cases", q="code:FILING_WRONG_AREA")["cases"], "the error at the desk")
    error_id = case["error_id"]
    for attempt in (2, 3):
        again = command("replay", error_id, "--json", "--reason", "to see", data_dir=up.place.data_dir)
        assert (again.returncode, json.loads(again.stdout)["attempt"]) == (1, attempt), again.stderr
    _, found = errors(up, "actions", error_id)
    assert [a["action"] for a in found["actions"] if a["action"] == "replay"] == ["replay", "replay"]
    later = reports_of(up, error_id, 3)[-1]["error_id"]
    assert asked(up, f"/cases/{later}")["error_id"] == error_id
    assert errors(up, "claim", error_id, "--execute", "--reason", "discharged")[0] == 0
    never = command("replay", error_id, data_dir=up.place.data_dir)
    assert (never.returncode, "manual claim" in never.stderr) == (1, True)
    assert len(asked(up, f"/cases/{error_id}")["reports"]) == 3
    _mend_past_the_desk(up, json.loads((EXAMPLES / bill).read_text(encoding="utf-8")))
    chain = up.ready()
    async with Reader(chain.connection, chain.partitions) as reader:
        report = await report_of(reader, error_id)
    assert (await replay(chain, report, PATIENCE_S, attempt=4)).outcome == "DONE"
    until(lambda: asked(up, f"/cases/{error_id}")["state"] == "twice", "the case that is paid twice")
    assert until(lambda: asked(up, "/cases")["cases"], "the list")[0]["error_id"] == error_id
    code, proof = errors(up, "verify")
    assert (code, [row["error_id"] for row in proof["unplanned"]]) == (0, [error_id])
    assert errors(up, "recover", error_id, "--reason", "the claim was withdrawn")[1]["state"] == "settled"


def _mend_past_the_desk(up: UpProcess, bill: dict[str, Any]) -> None:
    begin = date.fromisoformat(bill["begntime"][:10])
    days = ["--begin", f"{begin}", "--end", f"{begin + timedelta(days=365)}"]
    filed = command("file", bill["psn_no"], "--place", bill["mdtrtarea_admvs"], *days, data_dir=up.place.data_dir)
    assert filed.returncode == 0, filed.stderr


def _standing(up: UpProcess) -> Any:
    services = asked(up, "/flow")["services"]
    return next((s for s in services if s["service"] == "agency" and not s["moving"]), None)


async def test_forged_link(up: UpProcess) -> None:
    """A link that somebody else wrote to the topic is found, though its hash is good and follows the last one."""
    _, proof = errors(up, "verify")
    head = Head(proof["head"]["links"], proof["head"]["hash"])
    forged = link(head, Deed("eve", True, "discard", "e" * 32, "nobody saw it", "discarded"), 1)
    producer = AIOKafkaProducer(bootstrap_servers=up.ready().bootstrap)
    await producer.start()
    await producer.send_and_wait(topics.OPERATIONS, OPERATOR_ACTION.encode(forged), key=b"e" * 32)
    await producer.stop()
    code, found = errors(up, "verify")
    assert (code, found["intact"]) == (1, False)
    assert str(head.links + 1) in found["findings"][0]
