"""Kills on a secured chain: whoever comes back is let in again."""

from pathlib import Path

import pytest

from yidi.audit import Verdict
from yidi.chain.settings import ChainSettings
from yidi.chaos.blows import Blow, Kind
from yidi.chaos.trial import Trial, endure

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("chaos")]

BLOWS = tuple(Blow(1.5, Kind.KILL, victim) for victim in ("agency", "broker", "platform", "hospital"))


async def test_broker_and_services_die_behind_locked_doors(tmp_path: Path) -> None:
    """Each of them is killed once under load on a Kafka that takes only known users: all is final, the audit passes."""
    settings = ChainSettings(data_dir=tmp_path, fresh=True, persons=100, secure=True)
    ordeal = await endure(Trial(settings, kills=0, seed=3, count=200, planned=BLOWS))
    assert ordeal.report.verdict is Verdict.PASS
    assert ordeal.passed
