"""Ctrl-C while a command waits for the chain: what goes on is said, the exit code is 130, and nothing is lost."""

import asyncio
import json
import signal
import subprocess
from pathlib import Path

import pytest

from tests.e2e.talk import ANSWER_S_MAX, Talk
from tests.e2e.test_bills import STAY
from tests.e2e.up_process import STOP_S_MAX, UpProcess, begun, command, freeze
from yidi.cli.main import INTERRUPTED
from yidi.contract import topics

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker

LOOK_S = 0.1


async def encounters(talk: Talk) -> int:
    """How many were ever sent."""
    return sum(end for part, end in (await talk.ends()).items() if part.topic == topics.ENCOUNTERS)


async def interrupted_once_sent(talk: Talk, before: int, process: subprocess.Popen[str]) -> str:
    """Ctrl-C as soon as the command has sent something: it is at work then, not still starting; what it says."""
    async with asyncio.timeout(ANSWER_S_MAX):
        while await encounters(talk) == before:
            assert process.poll() is None, process.communicate()
            await asyncio.sleep(LOOK_S)
    process.send_signal(signal.SIGINT)
    _, said = await asyncio.to_thread(process.communicate, timeout=STOP_S_MAX)
    assert process.returncode == INTERRUPTED, said
    assert "interrupted; nothing that was accepted is lost" in said
    assert "Traceback" not in said
    return said


async def test_load(up: UpProcess, talk: Talk) -> None:
    """A load ends at once, far from its end; what it had sent is settled all the same."""
    before = await encounters(talk)
    endless = ("load", "--count", "100000", "--rate", "5", "--series", "77")
    with begun(*endless, data_dir=up.place.data_dir) as process:
        await interrupted_once_sent(talk, before, process)
    await talk.all_at_rest()


async def test_submit(up: UpProcess, talk: Talk, tmp_path: Path) -> None:
    """A bill that has no answer yet is named with the command that asks for it, and that finds it settled."""
    content = json.loads(STAY.read_text(encoding="utf-8"))
    content |= {"msgid": f"{content['msgid'][:-4]}9998", "mdtrt_id": f"{content['mdtrt_id']}8"}
    bill = tmp_path / "bill.json"
    bill.write_text(json.dumps(content), encoding="utf-8")
    before = await encounters(talk)
    agency = up.service("agency")
    freeze(agency)
    try:
        with begun("submit", str(bill), "--timeout", "1000", data_dir=up.place.data_dir) as process:
            said = await interrupted_once_sent(talk, before, process)
    finally:
        agency.resume()
    assert "1 without an answer yet; what was sent goes on without you." in said
    assert f"yidi query {content['msgid']}" in said
    await talk.all_at_rest()
    assert command("query", content["msgid"], data_dir=up.place.data_dir).returncode == 0
