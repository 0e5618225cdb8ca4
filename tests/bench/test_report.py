"""A miss is reported as it is, and a run that the audit does not pass is void."""

import json
from dataclasses import replace

import msgspec

from yidi.bench.latency import Latency
from yidi.bench.report import BenchReport, Machine
from yidi.bench.steady import Steady

FAST = BenchReport(
    machine=Machine(2, "a processor", "Linux", "3.11", 0.1),
    seed=1,
    encounters=20_000,
    persons=5_000,
    relay=Steady(12_000.0, 1.0, 12_000, {"broker": 60.0}, 1.9),
    chain=Steady(3_000.0, 4.0, 12_000, {"broker": 200.0, "hospital": 150.0}, 1.9),
    messages_per_settlement=6.1,
    idle=Latency(200, 0.0, 12.0, 25.0, 30.0),
    half=Latency(20_000, 1_500.0, 20.0, 80.0, 120.0),
    half_cpu_us={"broker": 300.0, "hospital": 200.0},
    peak_mib={"broker": 400.0, "hospital": 120.0},
    opening=None,
    verdict="pass",
    took_s=60.0,
)


def test_all_targets_met() -> None:
    """A fast run meets every target; the broker's memory is no service's."""
    assert set(FAST.targets_met().values()) == {True}
    assert not FAST.void


def test_each_miss_is_seen() -> None:
    """Every target can be missed, each by its own figure."""
    slow = msgspec.structs.replace(
        FAST,
        chain=replace(FAST.chain, rate=2_754.0),
        idle=replace(FAST.idle, p50_ms=30.0),
        half=replace(FAST.half, p99_ms=150.0),
        peak_mib={"hospital": 256.1},
    )
    assert set(slow.targets_met().values()) == {False}


def test_void_unless_the_audit_passes() -> None:
    """Neither fail nor unknown is a pass."""
    assert all(msgspec.structs.replace(FAST, verdict=verdict).void for verdict in ("fail", "unknown"))


def test_the_json_says_it_all() -> None:
    """The file holds every figure, the ratio, the targets, and whether the run is void."""
    found = json.loads(FAST.to_json())
    assert found["ratio_to_relay"] == 0.25
    assert found["void"] is False
    assert found["chain"]["cpu_us"]["hospital"] == 150
    assert found["half"]["p99_ms"] == 80
    assert len(found["targets_met"]) == 4
