"""Fifty kills on a real chain under load: nothing lost, nothing doubled, no fen off."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from yidi.audit import AuditReport, Verdict
from yidi.chain.place import Descriptor
from yidi.chain.sender import Message, Sender
from yidi.chain.settings import ChainSettings
from yidi.chain.verdict import verdict_of
from yidi.chaos.inputs import Sort
from yidi.chaos.trial import Ordeal, Trial, endure
from yidi.contract import topics
from yidi.contract.codec import JOURNAL_ENTRY
from yidi.runtime.decider import Record

KILLS = 50
COUNT = 2_500
SEED = 7
HEAL_S_MAX = 300.0

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.kafka,
    pytest.mark.xdist_group("chaos"),
    pytest.mark.asyncio(loop_scope="module"),
]


class Judges:
    """The oracle; then the same without the last journal entry, and with a forged one."""

    def __init__(self) -> None:
        self.with_a_loss: AuditReport | None = None
        self.with_a_forgery: AuditReport | None = None

    async def __call__(self, chain: Descriptor) -> AuditReport:
        last: list[Record] = []

        def note(record: Record) -> bool:
            if record.topic == topics.JOURNAL:
                last[:] = [record]
            return False

        report = await verdict_of(chain, hidden=note)
        self.with_a_loss = await verdict_of(chain, hidden=lambda record: record in last)
        await forge(chain, last[0])
        self.with_a_forgery = await verdict_of(chain)
        return report


async def forge(chain: Descriptor, entry: Record) -> None:
    """Put an entry into the journal for money that never moved."""
    forged = {**JOURNAL_ENTRY.decode(entry.value or b""), "journal_id": "forged", "setl_id": "forged"}
    value = JOURNAL_ENTRY.encode(forged)  # type: ignore[arg-type]  # an entry with two other ids
    async with Sender(chain.connection, chain.partitions) as sender:
        await sender.send([Message(topics.JOURNAL, entry.key or b"", value)])


@pytest.fixture(scope="module")
def judges() -> Judges:
    return Judges()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def ordeal(tmp_path_factory: pytest.TempPathFactory, judges: Judges) -> AsyncIterator[Ordeal]:
    settings = ChainSettings(data_dir=tmp_path_factory.mktemp("chaos"), fresh=True, persons=600, seed=SEED)
    yield await endure(Trial(settings, KILLS, SEED, COUNT, heal_s_max=HEAL_S_MAX), judge=judges)


async def test_the_audit_passes(ordeal: Ordeal) -> None:
    """After every kill, freeze and duplicate, the topics alone show that every promise was kept."""
    broken = [finding for check in ordeal.report.checks for finding in check.findings]
    assert ordeal.report.verdict is Verdict.PASS, broken


async def test_every_request_is_final(ordeal: Ordeal) -> None:
    """What was accepted has exactly one final outcome: none is open, none is unknown, none is missing."""
    assert ordeal.final == ordeal.requests
    assert sum(ordeal.outcomes.values()) == ordeal.requests
    assert ordeal.passed


async def test_it_was_no_walk_in_the_park(ordeal: Ordeal) -> None:
    """Everybody was struck, the broker included, and a fifth of the encounters came twice."""
    assert sum(suffered.kills for suffered in ordeal.suffered.values()) == KILLS
    assert set(ordeal.suffered) == {"hospital", "platform", "agency", "registry", "broker"}
    assert ordeal.inputs[Sort.DUPLICATE] >= COUNT * 20 // 100
    assert ordeal.outcomes["DONE"] > ordeal.outcomes["REFUSED"] > 0
    assert ordeal.outcomes["REVERSED"] > 0


async def test_a_lost_journal_entry_is_noticed(ordeal: Ordeal, judges: Judges) -> None:
    """The same topics without one journal entry do not pass: the verdict above is worth something."""
    assert ordeal.passed
    assert judges.with_a_loss is not None
    assert judges.with_a_loss.verdict is not Verdict.PASS


async def test_a_forged_journal_entry_fails(ordeal: Ordeal, judges: Judges) -> None:
    """The same topics with one entry more, for money that never moved, fail."""
    assert ordeal.passed
    assert judges.with_a_forgery is not None
    assert judges.with_a_forgery.verdict is Verdict.FAIL
