"""`yidi replay` on a chain without a desk: what topics tell forbids to send a case that is claimed or settled."""

import asyncio
import json
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaProducer, TopicPartition

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess, command
from yidi.contract import topics
from yidi.contract.codec import OPERATOR_ACTION
from yidi.contract.topics import partition_of
from yidi.desk.ledger import GENESIS, Deed, Head, link

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("no-desk")]

EXAMPLES = Path(__file__).parents[2] / "examples" / "encounters"
OPTIONS = ("--persons", "0", "--partitions", "1", "--no-console", "--no-desk")


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory) -> Iterator[UpProcess]:
    process = UpProcess(tmp_path_factory.mktemp("no-desk") / "chain", *OPTIONS).start()
    try:
        process.ready()
        yield process
    finally:
        process.stop()


def refused(up: UpProcess, name: str) -> tuple[dict[str, Any], str]:
    """An example bill that is refused, and the id of its error."""
    path = EXAMPLES / name
    done = command("submit", "--json", str(path), data_dir=up.place.data_dir)
    answer = json.loads(done.stdout)
    assert (done.returncode, answer["outcome"]) == (1, "REFUSED")
    return json.loads(path.read_text(encoding="utf-8")), answer["error_id"]


def file(up: UpProcess, bill: dict[str, Any]) -> None:
    """The filing that the bill lacks."""
    begin = date.fromisoformat(bill["begntime"][:10])
    days = ["--begin", f"{begin}", "--end", f"{begin + timedelta(days=365)}"]
    filed = command("file", bill["psn_no"], "--place", bill["mdtrtarea_admvs"], *days, data_dir=up.place.data_dir)
    assert filed.returncode == 0, filed.stderr


def ends(up: UpProcess) -> dict[TopicPartition, int]:
    """Where all topics end, once nothing more is written."""

    async def asked() -> dict[TopicPartition, int]:
        talk = Talk(up.ready())
        await talk.all_at_rest()
        return await talk.ends()

    return asyncio.run(asked())


def refuses(up: UpProcess, error_id: str) -> str:
    """What the command says that sends nothing."""
    before = ends(up)
    done = command("replay", error_id, data_dir=up.place.data_dir)
    assert (done.returncode, done.stdout) == (1, "")
    assert ends(up) == before
    return " ".join(done.stderr.split())


def test_settled_is_not_sent_again(up: UpProcess) -> None:
    """The first replay settles; the second one is refused in words, and no topic grows."""
    bill, error_id = refused(up, "fails-not-filed.json")
    file(up, bill)
    assert command("replay", error_id, data_dir=up.place.data_dir).returncode == 0
    said = refuses(up, error_id)
    assert "It is settled by now." in said
    assert f"yidi explain {bill['msgid']}" in said


def test_claimed_is_not_sent_at_all(up: UpProcess) -> None:
    """A claim that a desk, gone by now, left on the operators' topic holds: it would be paid twice."""
    bill, error_id = refused(up, "fails-filing-wrong-area.json")
    file(up, bill)
    asyncio.run(claimed(up, error_id))
    said = refuses(up, error_id)
    assert "It is a manual claim now. → What is claimed is never replayed: it would be paid twice." in said


async def claimed(up: UpProcess, error_id: str) -> None:
    """As the desk writes it down."""
    deed = Deed("anna", True, "claim", error_id, "discharged", "claimed, until 2027-02-20")
    value = OPERATOR_ACTION.encode(link(Head(0, GENESIS), deed, 1))
    key = error_id.encode()
    async with AIOKafkaProducer(bootstrap_servers=up.ready().bootstrap) as producer:
        await producer.send_and_wait(topics.OPERATIONS, value, key=key, partition=partition_of(key, 1))
