"""The audit over everything that the tests before did to the chain, and in any case over one settlement."""

import json

import pytest
import pytest_asyncio

from tests.e2e.talk import Talk
from tests.e2e.up_process import UpProcess, command
from yidi.audit import AuditReport, CheckReport, Verdict
from yidi.chain.verdict import verdict_of
from yidi.contract import topics
from yidi.contract.codec import JOURNAL_ENTRY
from yidi.runtime.decider import Record
from yidi.world.fault_case import Sent, anything, good

pytestmark = [pytest.mark.e2e, pytest.mark.xdist_group("chain")]  # one running chain, one worker


CODE = "SETTLEMENT_NOT_FOUND"
"""A code whose people have no settlement anywhere else."""


@pytest_asyncio.fixture(scope="module", loop_scope="module", autouse=True)
async def settled(talk: Talk) -> None:
    """Something for the oracle to judge, whichever tests ran before; and nothing more is written."""
    case = good(CODE, talk.chain.today, anything)
    await talk.plant(case.changes())
    answer = await talk.answer(case.encounter)
    assert answer.outcome == "DONE"
    await talk.all_at_rest()


def not_passed(report: AuditReport) -> list[CheckReport]:
    return [check for check in report.checks if check.verdict != Verdict.PASS]


async def test_it_passes(up: UpProcess, talk: Talk) -> None:
    """Bills, faults, poison, outages: nothing lost, nothing doubled, no fen off."""
    assert not_passed(await verdict_of(talk.chain)) == []
    done = command("audit", "--json", data_dir=up.place.data_dir)
    assert (done.returncode, json.loads(done.stdout)["verdict"]) == (0, "pass"), done.stderr


async def test_a_lost_journal_entry_is_noticed(talk: Talk) -> None:
    """One journal entry hidden from the oracle, and it does not pass: money moved that the journal does not have."""
    hidden: list[Record] = []

    def hide(record: Record) -> bool:
        if record.topic == topics.JOURNAL and not hidden:
            hidden.append(record)
        return record in hidden

    assert not_passed(await verdict_of(talk.chain, hidden=hide)) != []


async def test_a_forged_journal_entry_fails_it(up: UpProcess, talk: Talk) -> None:
    """An entry put into the journal for money that never moved, and it says fail; the command exits with 1."""
    start, *_ = await talk.journal()
    forged = {**JOURNAL_ENTRY.decode(start.value or b""), "journal_id": "forged", "setl_id": "forged"}
    await talk.post(Sent(topics.JOURNAL, start.key or b"", JOURNAL_ENTRY.encode(forged)))  # type: ignore[arg-type]
    assert command("audit", data_dir=up.place.data_dir).returncode == 1
