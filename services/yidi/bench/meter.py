"""CPU time and peak memory of processes, asked of the system."""

from collections.abc import Mapping
from pathlib import Path

import psutil

KIB = 1024
MIB = 1024 * 1024


class Meter:
    """Looks at processes by name; one that is gone keeps what was seen last."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._processes = {name: psutil.Process(pid) for name, pid in pids.items()}
        self._cpu_s: dict[str, float] = dict.fromkeys(pids, 0.0)
        self._peak: dict[str, int] = dict.fromkeys(pids, 0)

    def follow(self, name: str, pid: int) -> None:
        """Look at one process more; its time counts from its own start."""
        self._processes[name] = psutil.Process(pid)
        self._cpu_s.setdefault(name, 0.0)
        self._peak.setdefault(name, 0)

    def cpu_s(self) -> dict[str, float]:
        """Seconds in user and system mode since each process began."""
        for name, process in self._processes.items():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            self._cpu_s[name] = times.user + times.system
            self._peak[name] = max(self._peak[name], _peak_bytes(process))
        return dict(self._cpu_s)

    def machine_s(self) -> float:
        """Seconds that all cores of the machine were busy since it started, whoever kept them so."""
        times = psutil.cpu_times()
        return float(sum(times) - times.idle - getattr(times, "iowait", 0.0) - getattr(times, "guest", 0.0))

    def peak_mib(self) -> dict[str, float]:
        """The most memory that each process held at once."""
        self.cpu_s()
        return {name: peak / MIB for name, peak in self._peak.items()}


def _peak_bytes(process: psutil.Process) -> int:
    """VmHWM where the system keeps it (Linux); else what is held now, of which the caller takes the maximum."""
    try:
        status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii", errors="replace")
    except OSError:
        return int(process.memory_info().rss)
    found = [line for line in status.splitlines() if line.startswith("VmHWM:")]
    return int(found[0].split()[1]) * KIB if found else int(process.memory_info().rss)
