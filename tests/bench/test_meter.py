"""CPU and memory of processes."""

import os
import subprocess
import sys

from yidi.bench.meter import Meter


def test_a_process_has_used_cpu_and_memory() -> None:
    """Our own process: time never goes back, and the peak is at least what an interpreter takes."""
    meter = Meter({"me": os.getpid()})
    first = meter.cpu_s()["me"]
    assert meter.cpu_s()["me"] >= first > 0
    assert meter.peak_mib()["me"] > 5


def test_the_machine_is_busier_than_any_process() -> None:
    """Everything on the machine together has used at least what we have."""
    meter = Meter({"me": os.getpid()})
    ours = meter.cpu_s()["me"]
    assert meter.machine_s() >= ours


def test_a_process_that_is_gone_keeps_its_last_figures() -> None:
    """A process that ended is no error: what was seen last stays."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        meter = Meter({})
        meter.follow("child", child.pid)
        seen = meter.peak_mib()["child"]
        child.communicate(b"\n")
    assert meter.peak_mib()["child"] == seen
    assert meter.cpu_s()["child"] >= 0
