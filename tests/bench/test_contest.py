"""One small run of the whole benchmark. It is a test of the benchmark, not of speed."""

import os
from contextlib import suppress
from dataclasses import replace

import psutil
import pytest

from yidi.bench.contest import Contest, contend
from yidi.bench.report import BenchReport
from yidi.chain.settings import SERVICES, ChainSettings

SIZES = (3_000, 12_000)
"""A machine that looks away for most of a short run cannot measure it, and is told to take more encounters."""

pytestmark = [pytest.mark.e2e, pytest.mark.kafka, pytest.mark.xdist_group("bench")]


async def test_a_run_measures_everything_and_leaves_nothing(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Relay and chain have rates, every process its CPU and memory, the audit passes, and all processes are gone."""
    before = set(psutil.Process(os.getpid()).children(recursive=True))
    settings = ChainSettings(data_dir=tmp_path_factory.mktemp("bench"), fresh=True, persons=600)
    report = await measured(replace(Contest(settings), singles=20, half_s=2.0, million=False))
    assert not report.void
    assert report.relay.rate > 0
    assert report.chain.rate > 0
    assert set(report.chain.cpu_us) == set(report.half_cpu_us) == set(report.peak_mib) == {*SERVICES, "broker"}
    assert 6 < report.messages_per_settlement < 7
    assert 0 < report.idle.p50_ms <= report.idle.p99_ms
    assert set(psutil.Process(os.getpid()).children(recursive=True)) <= before


async def measured(contest: Contest) -> BenchReport:
    for encounters in SIZES:
        with suppress(ValueError):
            return await contend(
                replace(contest, encounters=encounters), lambda _words: None, lambda _step, _done, _total: None
            )
    raise AssertionError("not even the longer run could be measured")
