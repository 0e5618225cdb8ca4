"""A service as a child process: ready, ended, stopped, killed, orphaned."""

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.e2e.up_process import freeze
from yidi.chain import child as child_module
from yidi.chain.child import Child

READY_S_MAX = 120
READY = "import sys,time; print('ready', flush=True); sys.stdin.read()"
DEAF = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + READY.replace(
    "sys.stdin.read()", "time.sleep(60)"
)


@pytest.fixture
async def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Any]:
    """Starts a child whose program is a line of Python."""
    begun: list[Child] = []
    real = asyncio.create_subprocess_exec

    async def begin(program: str) -> Child:
        async def fake(*_arguments: str, **options: Any) -> asyncio.subprocess.Process:
            return await real(sys.executable, "-c", program, **options)

        monkeypatch.setattr(child_module.asyncio, "create_subprocess_exec", fake)
        child = Child("fake", "{}", tmp_path / "fake.log")
        begun.append(child)
        await child.start()
        return child

    yield begin
    for child in begun:
        child.signal(signal.SIGKILL)
        await child.ended()


async def test_ready_when_it_says_so(start: Any) -> None:
    """It is ready when it prints its line, and runs until it is stopped; a stop twice is no error."""
    child = await start(READY)
    assert await child.ready(READY_S_MAX)
    assert child.exit_code is None
    await child.stop()
    await child.stop()
    assert not psutil.pid_exists(child.pid)


async def test_dying_is_not_being_ready(start: Any) -> None:
    """One that ends before it is ready is not waited for; its last words say why."""
    child = await start("import sys; sys.stderr.write('no such store'); sys.exit(3)")
    assert not await child.ready(READY_S_MAX)
    assert await child.ended() == 3
    assert child.last_words() == "no such store"


async def test_silence_is_not_being_ready(start: Any) -> None:
    """One that says nothing is not ready when the time is over, nor one that says something else."""
    assert not await (await start("import time; time.sleep(60)")).ready(0.1)
    assert not await (await start("print('hello'); import time; time.sleep(60)")).ready(READY_S_MAX)


async def test_deaf_ones_are_killed(start: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not stop when asked is killed."""
    monkeypatch.setattr(child_module, "STOP_TIMEOUT_S", 0.1)
    child = await start(DEAF)
    assert await child.ready(READY_S_MAX)
    await child.stop()
    assert child.exit_code == -signal.SIGKILL


async def test_frozen_ones_are_stopped(start: Any) -> None:
    """A frozen one is woken to be stopped."""
    child = await start(READY)
    assert await child.ready(READY_S_MAX)
    freeze(psutil.Process(child.pid))
    await child.stop()
    assert child.exit_code == -signal.SIGTERM


async def test_the_parents_end_is_heard(start: Any) -> None:
    """Its standard input ends with its parent: a service that reads it ends by itself."""
    child = await start(READY)
    assert await child.ready(READY_S_MAX)
    child._running.stdin.close()
    assert await child.ended() == 0


def test_not_started(tmp_path: Path) -> None:
    """Without a process there is no pid, and no last words."""
    child = Child("fake", "{}", tmp_path / "fake.log")
    assert child.last_words() == ""
    with pytest.raises(RuntimeError):
        _ = child.pid
