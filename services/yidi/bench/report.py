"""What the benchmark found, as plain data and as JSON."""

import platform
from typing import Any, Final

import msgspec

from yidi.audit import Verdict
from yidi.bench.latency import Latency
from yidi.bench.steady import Steady

TARGET_RATE: Final = 2_755.0
"""Settlements a second: the nation's 238 million of a year in a day."""
TARGET_IDLE_P50_MS: Final = 30.0
TARGET_HALF_P99_MS: Final = 150.0
TARGET_PEAK_MIB: Final = 256.0


class Opening(msgspec.Struct, frozen=True):
    """Seconds from process start until the agency is ready, on its store as the run left it and with so many more."""

    small_s: float
    large_s: float
    persons: int
    bytes: int
    first_answer_ms: float


class Machine(msgspec.Struct, frozen=True):
    """Where it ran. `load_before` is the load average of a minute before: others' work spoils the figures."""

    cpus: int
    model: str
    system: str
    python: str
    load_before: float


class BenchReport(msgspec.Struct, frozen=True):
    """One run. Rates are settlements a second with the broker on this machine; CPU is microseconds a settlement."""

    machine: Machine
    seed: int
    encounters: int
    persons: int
    relay: Steady
    chain: Steady
    messages_per_settlement: float
    idle: Latency
    half: Latency
    half_cpu_us: dict[str, float]
    """CPU a settlement at half load, where batches are small."""
    peak_mib: dict[str, float]
    opening: Opening | None
    verdict: str
    took_s: float

    @property
    def void(self) -> bool:
        """Figures of a run whose audit does not pass mean nothing."""
        return self.verdict != Verdict.PASS

    @property
    def ratio(self) -> float:
        """The chain's rate to the relay's."""
        return self.chain.rate / self.relay.rate

    def to_json(self) -> bytes:
        """UTF-8 JSON, indented; the fields above, and what follows from them."""
        plain: dict[str, Any] = msgspec.to_builtins(self)
        derived = {"void": self.void, "ratio_to_relay": self.ratio, "targets_met": self.targets_met()}
        return msgspec.json.format(msgspec.json.encode({**derived, **plain}), indent=2)

    def targets_met(self) -> dict[str, bool]:
        """Each target and whether this run meets it."""
        services = [mib for name, mib in self.peak_mib.items() if name != "broker"]
        return {
            f"{TARGET_RATE:.0f} settlements/s": self.chain.rate >= TARGET_RATE,
            f"p50 idle < {TARGET_IDLE_P50_MS:.0f} ms": self.idle.p50_ms < TARGET_IDLE_P50_MS,
            f"p99 at half load < {TARGET_HALF_P99_MS:.0f} ms": self.half.p99_ms < TARGET_HALF_P99_MS,
            f"a service ≤ {TARGET_PEAK_MIB:.0f} MiB": max(services) <= TARGET_PEAK_MIB,
        }


def system_words() -> str:
    """Operating system and architecture."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"
