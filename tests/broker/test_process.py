"""A guarded process, with a sleeping program in the broker's place."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from yidi.broker.errors import NotRunningError
from yidi.broker.filelock import FileLock
from yidi.broker.process import GuardedProcess

PATIENCE_S = 60
"""For what takes an instant, on a machine that does other things as well."""
SLEEP = ["/bin/sleep", "600"]
PARENT = """
import os, signal, sys, time
from pathlib import Path
from yidi.broker.process import GuardedProcess
for number in (signal.SIGINT, signal.SIGHUP):  # whoever runs the tests in the background makes them ignored
    signal.signal(number, signal.SIG_DFL)
folder = Path(sys.argv[1])
child = GuardedProcess(["/bin/sleep", "600"], folder=folder, output=folder / "log")
if sys.argv[2] == "paused":
    child.send(signal.SIGSTOP)
if sys.argv[2] == "forked" and os.fork() == 0:
    os.setsid()
    (folder / "new").write_text(str(os.getpid()))
    (folder / "new").rename(folder / "heir")  # whole, when it is seen
    time.sleep(600)
while sys.argv[2] == "forked" and not (folder / "heir").exists():
    time.sleep(0.01)
print(child.pid, flush=True)
time.sleep(600)
"""


def gone(pid: int) -> bool:
    """Whether the process ends within the test's patience."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def sleeping(tmp_path: Path) -> Iterator[GuardedProcess]:
    process = GuardedProcess(SLEEP, folder=tmp_path, output=tmp_path / "log")
    yield process
    process.kill()


def parent_of_a_sleeper(folder: Path, how: str) -> tuple[subprocess.Popen[str], int]:
    command = [sys.executable, "-c", PARENT, str(folder), how]
    parent = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 — the text above
    if parent.stdout is None:
        raise AssertionError("asked for a pipe")
    return parent, int(parent.stdout.readline())


@pytest.mark.parametrize("how", ["running", "paused"])
@pytest.mark.parametrize("blow", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_no_orphan_whatever_kills_the_parent(tmp_path: Path, how: str, blow: signal.Signals):
    """When the parent dies by any signal, its guarded child is gone, frozen or not."""
    parent, child = parent_of_a_sleeper(tmp_path, how)
    assert psutil.pid_exists(child)
    parent.send_signal(blow)
    parent.communicate()
    assert gone(child)


def test_no_orphan_though_a_fork_of_the_parent_lives_on(tmp_path: Path):
    """A forked copy of the parent that holds the lifeline open does not save the child."""
    parent, child = parent_of_a_sleeper(tmp_path, "forked")
    heir = int((tmp_path / "heir").read_text())
    parent.kill()
    assert gone(child)
    assert psutil.pid_exists(heir)
    os.kill(heir, signal.SIGKILL)
    parent.communicate()


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux's kernel kills the child of a killed guard")
def test_no_orphan_when_the_guard_itself_is_killed(sleeping: GuardedProcess):
    """Should the guard be killed, the kernel kills its child, and we see it ended."""
    child = psutil.Process(sleeping.pid)
    child.parent().kill()
    assert gone(child.pid)
    assert sleeping.wait(PATIENCE_S)


def test_ctrl_c_in_the_terminal_does_not_reach_it(sleeping: GuardedProcess):
    """The child is in another session than we are, and so is its guard."""
    guard = psutil.Process(sleeping.pid).ppid()
    assert {os.getsid(sleeping.pid), os.getsid(guard)} == {guard}
    assert os.getsid(0) != guard


def test_end_by_signal_is_seen(sleeping: GuardedProcess):
    """A signal reaches the child itself, and its way of ending is told."""
    assert sleeping.exit_code is None
    sleeping.send(signal.SIGTERM)
    assert sleeping.wait(PATIENCE_S)
    assert sleeping.exit_code == 128 + signal.SIGTERM
    with pytest.raises(NotRunningError):
        sleeping.send(signal.SIGTERM)


def test_a_frozen_one_stands_still(sleeping: GuardedProcess):
    """When `freeze` returns the child runs no more, until it is told to go on; a dead one cannot be frozen."""
    sleeping.freeze()
    assert psutil.Process(sleeping.pid).status() == psutil.STATUS_STOPPED
    sleeping.send(signal.SIGCONT)
    assert sleeping.exit_code is None
    sleeping.kill()
    with pytest.raises(NotRunningError):
        sleeping.freeze()


def test_kill_ends_at_once_and_twice_is_harmless(sleeping: GuardedProcess):
    """After `kill` the child is gone, and a second `kill` changes nothing."""
    sleeping.kill()
    assert not psutil.pid_exists(sleeping.pid)
    sleeping.kill()
    assert sleeping.exit_code == 128 + signal.SIGKILL


def test_own_end_is_seen_with_its_output(tmp_path: Path):
    """Exit status and output of a program that ends by itself are kept."""
    command = ["/bin/sh", "-c", "echo words; echo more >&2; exit 7"]
    process = GuardedProcess(command, folder=tmp_path, output=tmp_path / "log")
    assert process.wait(PATIENCE_S)
    assert process.exit_code == 7
    assert (tmp_path / "log").read_text() == "words\nmore\n"


def test_program_that_does_not_exist_ends_with_a_word(tmp_path: Path):
    """A program that cannot be run is an end with status 127, not a child of ours gone astray."""
    process = GuardedProcess([str(tmp_path / "nothing")], folder=tmp_path, output=tmp_path / "log")
    assert process.wait(PATIENCE_S)
    assert process.exit_code == 127
    assert "nothing: No such file" in (tmp_path / "log").read_text()


def test_claim_is_inherited(tmp_path: Path):
    """The data stays claimed while the child lives, even if we let go."""
    ours, other = FileLock(tmp_path / "lock"), FileLock(tmp_path / "lock")
    assert ours.acquire(wait_s=0)
    process = GuardedProcess(SLEEP, folder=tmp_path, output=tmp_path / "log", claim=ours.fd)
    ours.release()
    assert not other.acquire(wait_s=0)
    process.kill()
    assert other.acquire(wait_s=0)
    other.release()
